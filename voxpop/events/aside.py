"""What is periodic and may wait long for another's server has a thread of its own.

Where it hangs, nothing else does: not the outbox, not what else is periodic.
"""

import logging
import threading
from collections.abc import Callable

from django.db import connection

from voxpop.events.dispatch import Periodic

logger = logging.getLogger(__name__)


class Aside:
    """Start it once in a worker; it calls its verb while `is_ours` says that the office is."""

    def __init__(self, periodic: Periodic, is_ours: Callable[[], bool]) -> None:
        self._periodic = periodic
        self._is_ours = is_ours
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """End after what it is doing; what hangs longer is left behind, to be done again."""
        self._stopping.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            pause = self._periodic.every
            while not self._stopping.wait(pause):
                pause = self._periodic.every
                if self._is_ours() and self._call():
                    pause = 0.0  # it has done something: there may be more
                else:
                    # While it only waits, its connection is for those who serve: of all these
                    # threads together the pool would have none left.
                    connection.close()
        finally:
            connection.close()

    def _call(self) -> object:
        """What its verb answers: how much it has done."""
        try:
            return self._periodic.run()
        except Exception:
            logger.exception("%s failed; it is tried again", self._periodic.run)
            connection.close()
            return None
