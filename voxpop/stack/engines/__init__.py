"""Servers that are not ours, each as it is started for the stack and for tests alike.

For the stack an engine's `command` becomes a `Part`; a test starts the same command itself. Nothing
here touches a server of the system: every engine has its own folder and its own ports on loopback.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

PATIENCE = 60.0  # seconds until it answers, or has ended; a busy machine takes its time
LOOK_EVERY = 0.05


# What comes before a command that must not outlive the one who started it, whatever ends him; it
# becomes the command. Linux forgets the wish when the user changes, so this comes after that.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


class EngineFailed(Exception):
    """A server did not come up; the text has its last words."""


@dataclass
class Engine(ABC):
    """One server: its folder, how it is started, and the process once it runs."""

    name: ClassVar[str]
    ends_by: ClassVar[int] = signal.SIGTERM  # the signal that asks it to end in peace

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @abstractmethod
    def prepare(self) -> None:
        """Make the folder what the server needs; what stands already stays. May come again."""

    @property
    @abstractmethod
    def serving(self) -> tuple[str, ...]:
        """What runs the server in the foreground, logging to its standard error."""

    @property
    def as_user(self) -> tuple[str, ...]:
        """What comes before it, where it runs as somebody else."""
        return ()

    @property
    def command(self) -> tuple[str, ...]:
        """Both, as the stack's supervisor starts them."""
        return (*self.as_user, *self.serving)

    @property
    def environment(self) -> Mapping[str, str]:
        """What it is told besides."""
        return {}

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it would serve now; answers within two seconds."""

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process that was started, the parent of all others of this engine."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, patience: float = PATIENCE) -> None:
        """Prepare, start and return when it serves. Raises EngineFailed, with nothing left.

        Started by the main thread it ends with it: a killed test or restore leaves none behind.
        """
        self.prepare()
        # To Linux the parent is a thread: what another one started would end before this process.
        is_bound = threading.current_thread() is threading.main_thread()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                (*self.as_user, *(ENDS_WITH_US if is_bound else ()), *self.serving),
                env={**os.environ, **self.environment},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.wait_until_ready(patience)
        except BaseException:
            self.kill()
            raise

    def wait_until_ready(self, patience: float = PATIENCE) -> None:
        """Return when it serves; raises EngineFailed when it ends, or is not ready in time."""
        deadline = time.monotonic() + patience
        while not self.is_ready():
            if not self.is_running():
                raise EngineFailed(f"{self.name} ended:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise EngineFailed(f"{self.name} is not ready:\n{self.last_words()}")
            time.sleep(LOOK_EVERY)

    def stop(self, patience: float = PATIENCE) -> None:
        """Ask it to end in peace, and wait; one that does not hear is killed."""
        if not self.is_running():
            return
        assert self._process is not None
        self._process.send_signal(self.ends_by)
        self.resume()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, for it and whatever it had started: as when the power goes, but for the disk."""
        if self._process is None:
            return
        for pid in [self.pid, *_descendants(self.pid)] if self.is_running() else []:
            _tell(pid, signal.SIGKILL)
        self._process.wait(PATIENCE)

    def pause(self) -> None:
        """SIGSTOP: it neither answers nor ends. The parent first: it starts nobody any more."""
        _tell(self.pid, signal.SIGSTOP)
        for pid in [self.pid, *_descendants(self.pid)]:
            _tell(pid, signal.SIGSTOP)
            _wait_until_stopped(pid)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        for pid in [*_descendants(self.pid), self.pid]:
            _tell(pid, signal.SIGCONT)

    def last_words(self, lines: int = 10) -> str:
        """The end of its log."""
        told = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(told.splitlines()[-lines:])


def _tell(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_until_stopped(pid: int) -> None:
    """Each thread stops by itself, and answers until then whoever asks it at this very moment."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            threads = list(Path(f"/proc/{pid}/task").glob("*/stat"))
            states = {each.read_text().rpartition(")")[2].split()[0] for each in threads}
        except OSError:
            return  # it, or one of its threads, has ended
        if not states - set("TtZX"):
            return
        time.sleep(0.002)


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)
