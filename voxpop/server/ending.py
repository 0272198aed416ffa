"""How a serving process ends: told by a signal, by the end of the process that started it, or for
want of memory."""

import asyncio
import logging
import signal
import sys
from typing import Protocol

from django.conf import settings

from voxpop import memory

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Seconds in which every edge node has noticed: it asks each half second, and believes the second no
# (edge/vcl/variables.template.vcl).
LEAVING = 1.6


class Leaving(Protocol):
    """The product's own server, as far as it takes part in this."""

    def leave(self) -> None: ...
    def let_go(self) -> None: ...


class Stopping(Protocol):
    """Whoever listens for it."""

    def stop(self) -> None: ...


class Ending:
    """Of one process, whose event loop runs."""

    def __init__(self, server: Leaving, listening: Stopping, *, is_fellow: bool) -> None:
        self._server, self._listening, self._is_fellow = server, listening, is_fellow
        self._loop = asyncio.get_running_loop()
        self._is_told = False

    @property
    def is_to_begin_anew(self) -> bool:
        """Whether it was for want of memory alone: who is told to end meanwhile ends."""
        return memory.has_run_out() and not self._is_told

    def watch(self) -> None:
        """From now on this process ends when it has to."""
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self.be_told)
        if self._is_fellow:
            self._loop.add_reader(sys.stdin, self.be_told)
        self.look()

    def be_told(self) -> None:
        """To end, by whoever runs this process; who repeats himself is in a hurry."""
        self._is_told = True
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self._end)
        self._leave()

    def look(self) -> None:
        """End where memory has run out, else look again soon."""
        if not memory.has_run_out():
            self._loop.call_later(memory.LOOK, self.look)
        elif not self._is_told:
            logger.error("memory ran out: this process begins anew")
            memory.end_soon()
            self._leave()

    def _leave(self) -> None:
        """First see to it that nobody's comment is on its way here."""
        self._server.leave()
        if self._is_fellow:
            self._loop.remove_reader(sys.stdin)  # it stays at its end, and would say so without end
        self._loop.call_later(LEAVING if settings.EDGE_NODES else 0, self._end)

    def _end(self) -> None:
        self._server.let_go()
        self._listening.stop()
