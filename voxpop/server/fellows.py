"""Fellows: more serving processes on the same port, one interpreter each, for more processor cores.

The kernel spreads connections over all who listen on a port with SO_REUSEPORT, which Granian sets.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks at them, and before a dead one is replaced


@contextmanager
def fellows(arguments: Sequence[str], count: int) -> Iterator[None]:
    """`count` more processes of `voxpop serve ARGUMENTS` while inside; one that dies is replaced.

    A fellow ends when its standard input does, so none outlives a parent that was killed.
    """
    started = [_start(arguments) for _ in range(count)]
    stopping = threading.Event()

    def replace_the_dead() -> None:
        while not stopping.wait(PAUSE):
            for place, process in enumerate(started):
                if process.poll() is not None:
                    logger.error("serving process %d ended (%s)", process.pid, process.returncode)
                    started[place] = _start(arguments)

    watch = threading.Thread(target=replace_the_dead, name="fellows", daemon=True)
    if count:
        watch.start()
    try:
        yield
    finally:
        stopping.set()
        if count:
            watch.join()
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        for process in started:
            process.wait(30)


def _start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    run = "from voxpop.cli import main; main()"
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", run, "serve", *arguments, "--fellow"], stdin=subprocess.PIPE
    )
