"""Wake-ups between the processes that serve one data folder on one machine.

Each of them listens on a datagram socket of its own in one folder; to announce is to write to all
of them. A datagram that does not arrive only makes its readers slow (see signals.py).
"""

import contextlib
import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from voxpop.realtime.signals import InProcessSignals, Unsubscribe, Wake

# A storm of announcements waits here while the interpreter does something else.
BUFFER = 1024 * 1024
LONGEST = 256


class NeighbourSignals:
    """In-process wake-ups that are also told to the neighbours, and heard from them."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._here = InProcessSignals()
        self._own = f"{os.getpid()}.sock"
        self._socket: socket.socket | None = None

    def announce(self, thread: str, seq: int) -> None:
        self._here.announce(thread, seq)
        self._tell(f"{thread} {seq}".encode())

    def subscribe(self, thread: str, wake: Wake) -> Unsubscribe:
        return self._here.subscribe(thread, wake)

    def wake(self, thread: str, seq: int) -> None:
        """Wake those of this process alone: everybody else has been told the same."""
        self._here.announce(thread, seq)

    def listen(self) -> None:
        """Hear the neighbours from now on; called once by a process that serves readers."""
        self._own = f"{os.getpid()}.sock"
        folder = self._folder()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self._own).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        with _short(folder) as short:
            self._socket.bind(f"{short}/{self._own}")
        threading.Thread(target=self._hear, args=(self._socket,), daemon=True).start()

    def close(self) -> None:
        """Hear no more; the neighbours see that nobody is here."""
        if self._socket is not None:
            (self._folder() / self._own).unlink(missing_ok=True)
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None

    def _hear(self, bound: socket.socket) -> None:
        while True:
            try:
                told = bound.recv(LONGEST)
            except OSError:
                return
            if not told:
                return
            thread, _, seq = told.decode("ascii", "replace").partition(" ")
            if seq.isdecimal():
                self.wake(thread, int(seq))

    def _tell(self, message: bytes) -> None:
        folder = self._folder()
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            return
        others = [name for name in names if name != self._own]
        if not others:
            return
        with _short(folder) as short, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.setblocking(False)  # a neighbour that hangs keeps nobody waiting
            for name in others:
                try:
                    speaker.sendto(message, f"{short}/{name}")
                except OSError as error:
                    if error.errno == errno.ECONNREFUSED:  # left behind by a process that died
                        (folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A name of the folder that fits: a socket's path has at most 107 bytes."""
    if len(os.fsencode(folder)) < 80 or not Path("/proc/self/fd").exists():
        yield str(folder)
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{opened}"
    finally:
        os.close(opened)
