"""Wake-ups between the machines of one deployment, through its Redis.

The processes of one machine tell each other as ever, by datagrams (neighbours.py), so that without
Redis only readers who are held on other machines hear late: when their hold ends, at most 25 s.
"""

import logging
import secrets
import threading
import time
from contextlib import suppress
from typing import Any

from redis import RedisError
from redis.exceptions import ConnectionError as NotConnected

from voxpop import redis
from voxpop.realtime.neighbours import NeighbourSignals
from voxpop.realtime.signals import Unsubscribe, Wake

logger = logging.getLogger(__name__)

# Seconds: until a line that says nothing is asked whether it still stands, until it is given up,
# and before another one is tried; and between two looks at whether this process closes.
QUIET = 2.0
SILENT = 6.0
PAUSE = 1.0
LOOK_EVERY = 0.2


class MachineSignals:
    """Signals of this machine that are also told to the others, and heard from them."""

    def __init__(self, here: NeighbourSignals) -> None:
        self._here = here
        self._name = secrets.token_hex(8)
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def announce(self, thread: str, seq: int) -> None:
        self._here.announce(thread, seq)
        with suppress(redis.Away), redis.asked() as server:
            server.publish(_channel(), f"{self._name} {thread} {seq}")

    def subscribe(self, thread: str, wake: Wake) -> Unsubscribe:
        return self._here.subscribe(thread, wake)

    def listen(self) -> None:
        """Hear neighbours and machines from now on; called once by a process that serves."""
        self._here.listen()
        self._closing.clear()
        self._thread = threading.Thread(target=self._hear, name="machines", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._closing.set()
        self._here.close()
        if self._thread is not None:
            self._thread.join(SILENT)

    def _hear(self) -> None:
        while not self._closing.is_set():
            try:
                self._follow()
            except (RedisError, OSError, ValueError) as error:
                logger.debug("no word from other machines: %s", error)
            self._closing.wait(PAUSE)

    def _follow(self) -> None:
        """Hear until the line breaks, which is raised, or this process closes."""
        with redis.listening() as client, client.pubsub() as line:
            line.subscribe(_channel())
            heard = pinged = time.monotonic()
            while not self._closing.is_set():
                message = line.get_message(timeout=LOOK_EVERY)
                now = time.monotonic()
                if message is not None:
                    heard = now
                    self._take(message)
                elif now - heard > SILENT:
                    raise NotConnected("silent")
                elif now - max(heard, pinged) > QUIET:
                    line.ping()
                    pinged = now

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] != "message":
            return
        name, _, told = bytes(message["data"]).decode("ascii", "replace").partition(" ")
        thread, _, seq = told.partition(" ")
        if name != self._name and seq.isdecimal():
            self._here.wake(thread, int(seq))


def _channel() -> str:
    return f"{redis.ours()}:signals"
