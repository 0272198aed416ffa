"""Following what was written, beside the lanes: one thread that waits for the edge's nodes.

An author is answered when the nodes have forgotten what he changed. In a storm that takes tens of
milliseconds, in which his lane would stand still; here all who have written wait together.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from django.db import connection

from voxpop.events.dispatch import Recorded, follow

logger = logging.getLogger(__name__)

# Of one round: more would keep its first author waiting for the purges of all the others.
TOGETHER = 16

Written = tuple[Sequence[Recorded], Callable[[], object]]


class Following:
    """Start it once; `stop` when nothing is written any more."""

    def __init__(self) -> None:
        self._written: SimpleQueue[Written | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="following", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """End after what was handed in."""
        self._written.put(None)
        self._thread.join(timeout)

    def after(self, recorded: Sequence[Recorded], answer: Callable[[], object]) -> None:
        """Call `answer` when what was recorded has been followed; at once when nothing was."""
        if recorded:
            self._written.put((recorded, answer))
        else:
            answer()

    def _run(self) -> None:
        while (first := self._written.get()) is not None:
            together = [first]
            is_ending = False
            while len(together) < TOGETHER and not is_ending:
                try:
                    more = self._written.get_nowait()
                except Empty:
                    break
                if more is None:
                    is_ending = True
                else:
                    together.append(more)
            _follow_all(together)
            if is_ending:
                return


def _follow_all(together: Sequence[Written]) -> None:
    try:
        follow([each for recorded, _ in together for each in recorded])
    except Exception:
        # It is in the outbox: the worker does it. The authors' comments are true already.
        logger.exception("what follows was left to the worker")
    finally:
        connection.close()  # nothing here needs one; if something did, it may be stale next time
    for _, answer in together:
        answer()
