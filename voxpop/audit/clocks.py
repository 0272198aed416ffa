"""Clocks of single processes that may be wrong: the time of day, not that by which they wait."""

import shutil
from collections.abc import Mapping
from pathlib import Path

# The library by which a process believes in another time of day; its own clocks go on.
FAKE_TIME = "libfaketimeMT.so.1"


class NoFakeTime(RuntimeError):
    """The library is not installed."""


def fake_time(clock: Path) -> Mapping[str, str]:
    """The environment of a process that reads the time of day off this file. Raises NoFakeTime."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def set_clock(clock: Path, hours: float) -> None:
    """Whoever reads it believes from now on that it is so many hours later."""
    clock.write_text(f"{hours * 3600:+.0f}\n")


def library() -> Path:
    """Where it is; raises NoFakeTime."""
    for folder in Path("/usr/lib").glob("*/faketime"):
        if (folder / FAKE_TIME).exists():
            return folder / FAKE_TIME
    found = shutil.which("faketime")
    raise NoFakeTime(f"{FAKE_TIME} is not there ({found or 'faketime'} is not installed)")
