"""What only one worker of a deployment does: it is the purger, and calls what is periodic.

Every worker applies for the office, in a thread of its own so that no long job lets it lapse. Two
purgers for a moment (one was stopped and woke up again) make nodes of the edge trust too little,
never too much: each takes the other's numbers for those of a node that was started anew.
"""

import logging
import threading
import time
from collections.abc import Sequence

from django.db import connection

from voxpop.events import lease
from voxpop.events.repeats import Repeats

logger = logging.getLogger(__name__)

TICK = 1.0


class Office:
    """Start it once in a worker; `is_ours` says whether this one has it at the moment."""

    def __init__(self, nodes: Sequence[str]) -> None:
        self._nodes = nodes
        self._lease = lease.lease_for("purger")
        self._known_until = 0.0
        self._repeats: Repeats | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="office", daemon=True)

    @property
    def is_ours(self) -> bool:
        """Nobody else may have it yet, by a clock that cannot jump."""
        return time.monotonic() < self._known_until

    def start(self) -> None:
        """Apply at once, and again every second."""
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Give it back when what it does has ended."""
        self._stopping.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self.look()
            while not self._stopping.wait(TICK):
                self.look()
        finally:
            self._leave()
            connection.close()

    def look(self) -> None:
        """Hold the office or not, and be the purger accordingly."""
        asked = time.monotonic()
        try:
            self._known_until = asked + lease.SECONDS if self._lease.hold() else 0.0
        except Exception:
            logger.exception("nobody can say whose the purger's office is; next try in a second")
            connection.close()
        if self.is_ours and self._repeats is None and self._nodes:
            self._repeats = Repeats(self._nodes)
            self._repeats.start()
        elif not self.is_ours and self._repeats is not None:
            logger.warning("another worker is the purger now")
            self._stop_repeating()

    def _stop_repeating(self) -> None:
        if self._repeats is not None:
            self._repeats.stop()
            self._repeats = None

    def _leave(self) -> None:
        self._known_until = 0.0
        self._stop_repeating()
        try:
            self._lease.let_go()
        except Exception:
            logger.exception("the purger's office ends by itself in %.0f s", lease.SECONDS)
