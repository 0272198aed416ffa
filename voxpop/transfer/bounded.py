"""An owner's file is worked on in a process of its own, which may have so much memory and no more.

What a stranger's file makes of any reader cannot be known, so the kernel holds the bound (SAFETY
T30): the server that serves everybody else never has the file in its memory. An import of a million
comments takes 181 MiB.
"""

import os
import resource
import subprocess
import sys
import threading

MEMORY = 512 * 1024**2  # bytes
RUN = "from voxpop.cli import main; main()"


def start(job_id: int) -> subprocess.Popen[bytes]:
    """Begin to work on the upload; the process ends with us, because its standard input does."""
    told = ("import", "uploaded", str(job_id), "--memory", str(MEMORY))
    return subprocess.Popen([sys.executable, "-c", RUN, *told], stdin=subprocess.PIPE)  # noqa: S603


def bound(memory: int) -> None:
    """From here on this process has at most so many bytes: more is a MemoryError."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def end_with_parent() -> None:
    """Killed or stopped, our parent closes our standard input; the file's next run goes on."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in it makes the interpreter abort at its end.
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
