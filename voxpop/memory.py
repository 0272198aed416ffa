"""A process in which memory ran out ends in good order and begins anew (SAFETY F18).

CPython does not always get over an allocation that failed. It was seen (3.11) to answer "error
return without exception set", and from then on to call one function where another was meant, in
every request, for as long as the process lived. So whoever catches a failure that nobody expected
tells it here, and whoever runs the process looks whether memory was the cause.
"""

import os
import signal
import sys
import threading
from typing import NoReturn

# Seconds between two looks.
LOOK = 0.5
# Seconds in which the end in good order has come; else it is none. Readers of long downloads wait.
ENDS_WITHIN = 30

_ran_out = threading.Event()


def is_cause(error: BaseException | None) -> bool:
    """Whether memory ran out, or the interpreter is broken for want of it; noted if so."""
    found = isinstance(error, MemoryError | SystemError)
    if found:
        _ran_out.set()
    return found


def has_run_out() -> bool:
    """Whether it ever did in this process."""
    return _ran_out.is_set()


def end_soon() -> None:
    """The system ends this process if it does not do so itself: its own code may be broken."""
    signal.alarm(ENDS_WITHIN)


def begin_anew() -> NoReturn:
    """The same command in the same process, with nothing in memory."""
    signal.alarm(0)  # it would be carried over
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606
