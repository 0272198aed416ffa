"""Processes, told apart by number *and* beginning: a number alone may be somebody else's by now."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    pid: int
    began: int  # clock ticks after the machine's start

    def is_alive(self) -> bool:
        """Whether this very process still runs; one that only waits to be buried does not."""
        fields = _fields(self.pid)
        return bool(fields) and fields[0] != "Z" and int(fields[19]) == self.began

    def tell(self, number: int) -> None:
        """Send a signal, if it still is this process."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, patience: float, by: int = signal.SIGTERM) -> None:
        """Ask it to end, by that signal; after `patience` seconds end it."""
        for number, seconds in ((by, patience), (signal.SIGKILL, 5.0)):
            # Who was stopped does not hear before he goes on.
            self.tell(number)
            self.tell(signal.SIGCONT)
            deadline = time.monotonic() + seconds
            while self.is_alive():
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)


def process(pid: int) -> Process | None:
    """The process that has this number now."""
    fields = _fields(pid)
    return Process(pid, int(fields[19])) if fields else None


def _fields(pid: int) -> list[str]:
    """What /proc tells, from the state on; the name before it may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
