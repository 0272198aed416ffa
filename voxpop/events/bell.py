"""The bell: who records an event on PostgreSQL wakes the workers, wherever they are (NOTIFY).

It only saves them a second. What is due is found by looking into the outbox, so a bell that nobody
hears is no fault, and one that cannot be rung is not worth a word to an author.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

logger = logging.getLogger(__name__)

CHANNEL = "voxpop_outbox"
# NOTIFY lets transactions of all processes wait for each other at their commit: it is not said in
# the author's transaction, and by each process only so often.
QUIET = 0.1  # seconds
AGAIN = 2.0  # seconds until a lost connection is tried again
LOOK_UP = 1.0  # seconds after which a listener looks whether it is to end

_next_ring = 0.0


def ring() -> None:
    """Wake the workers. Nothing is said where they are in this process (SQLite)."""
    global _next_ring
    now = time.monotonic()
    if connection.vendor != "postgresql" or now < _next_ring:
        return
    _next_ring = now + QUIET
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    except Exception:
        logger.debug("the workers were not woken; they look by themselves", exc_info=True)


class Listener:
    """Hears the bell on a connection of its own, which the pool must not have back meanwhile."""

    def __init__(self, hear: Callable[[], object]) -> None:
        self._hear = hear
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)

    def start(self) -> None:
        """Listen, where there is anything to be heard."""
        if connection.vendor == "postgresql":
            self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Hang up."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:
                logger.warning("the bell is out of order (%s); workers look each second", error)
                self._stopping.wait(AGAIN)

    def _listen(self) -> None:
        from voxpop.postgres.base import Bounded  # where there is a PostgreSQL only

        with Bounded.connect(autocommit=True, **_parameters()) as ours:
            ours.execute(f"LISTEN {CHANNEL}")
            self._hear()  # what was said before anybody listened
            while not self._stopping.is_set():
                for _ in ours.notifies(timeout=LOOK_UP, stop_after=1):
                    self._hear()


def _parameters() -> dict[str, Any]:
    """Where the database is, and a connection that is noticed to be dead within some seconds."""
    known = connection.get_connection_params()
    named = ("host", "port", "user", "password", "dbname", "sslmode", "service", "passfile")
    told = {name: known[name] for name in named if known.get(name)}
    alive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2}
    return told | alive | {"connect_timeout": 3, "application_name": "voxpop bell"}
