"""Counters that every process of a data folder adds to and any of them can read.

A process owns one file while it lives (a lock says so) and nobody else writes to it: adding is one
store into mapped memory, which neither a race nor a kill can lose. Whoever comes later takes over
a file that nobody owns, with what it holds: sums only grow, and files never pile up.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import logging
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings

from voxpop.edge.policy import SURFACES

logger = logging.getLogger(__name__)

# More processes than this on one data folder go uncounted, and the log says so.
PROCESSES = 64
MICRO = 1_000_000
# Upper bounds in seconds: a purge takes milliseconds, its repetition a second, a dead node minutes.
BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)

Cell = tuple[str, ...]


@dataclass(frozen=True)
class Counter:
    """Something that is counted; every value that a label can have is listed here."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()

    @property
    def cells(self) -> Iterator[Cell]:
        """One per combination of labels."""
        return ((self.name, *labels) for labels in itertools.product(*self.values))


@dataclass(frozen=True)
class Histogram:
    """Durations, in cells by upper bound, and their sum in microseconds."""

    name: str
    help: str

    @property
    def cells(self) -> Iterator[Cell]:
        """One per bound, one for what is longer, one for the sum."""
        return ((self.name, place) for place in (*map(str, BOUNDS), "+Inf", "sum"))


@dataclass(frozen=True)
class Gauge:
    """Something that goes up and down; the sum over living processes is shown."""

    name: str
    help: str

    @property
    def cells(self) -> Iterator[Cell]:
        """The only one."""
        yield (self.name,)


# The reasons of voxpop/edge/why.py, in the words of docs/metrics.md.
WHYS = (
    "first", "changed", "purged", "expired", "evicted", "fenced",
    "floor", "lease", "error", "viewer", "writer", "direct",
)  # fmt: skip
PRIVATE = "private"

REQUESTS = Counter(
    "voxpop_requests",
    "Requests that reached Django, by why the edge could not answer them itself",
    ("why", "surface"),
    (WHYS, (*SURFACES, PRIVATE)),
)
PURGES = Counter(
    "voxpop_purges",
    "Purges sent to a node, by kind, by when they were sent and by what came of it",
    ("kind", "sent", "result"),
    (
        ("soft", "hard", "everything", "url", "adopt", "beat"),
        ("at_once", "repeated"),
        ("done", "failed", "skipped"),
    ),
)
PURGE_DELAY = Histogram(
    "voxpop_purge_delay_seconds",
    "From the commit of a change to a node's answer to its first purge",
)
CACHE = Counter(
    "voxpop_cache",
    "Made answers asked of the cache, by where it is and by what came of it: hit, miss, forged (not"
    " sealed by us under this name), failed (no answer in 0.1 s), skipped (left alone after that)",
    ("place", "result"),
    (("process", "memcached"), ("hit", "miss", "forged", "failed", "skipped")),
)
REDIS = Counter(
    "voxpop_redis",
    "Questions to Redis, by what came of them: answered, failed (no answer in 0.1 s), skipped (left"
    " alone after that)",
    ("result",),
    (("answered", "failed", "skipped"),),
)
REPLICA = Counter(
    "voxpop_replica",
    "Pages asked of the replica, by what came of it: replica (read there), behind (it has not"
    " reached the place, the primary was asked), away (no answer in 0.2 s, or no replica any more)",
    ("result",),
    (("replica", "behind", "away"),),
)
EDGE = Counter(
    "voxpop_edge",
    "What this machine's nodes did that varnishd does not count: stale (an old copy handed out,"
    " marked as such), fenced (a fetch that a purge fell into, not believed), throttled (no fetch"
    " for a network that had had too many: an old copy, or 429)",
    ("result",),
    (("stale", "fenced", "throttled"),),
)
HELD_READERS = Gauge("voxpop_held_readers", "Requests that the holder keeps open for news")
HELD_PLACES = Gauge("voxpop_held_places", "Places of threads at which anybody is held")

COUNTED: tuple[Counter | Histogram | Gauge, ...] = (
    REQUESTS, PURGES, PURGE_DELAY, CACHE, REDIS, REPLICA, EDGE, HELD_READERS, HELD_PLACES,
)  # fmt: skip
CELLS = {cell: place for place, cell in enumerate(c for each in COUNTED for c in each.cells)}
GAUGES = {CELLS[cell] for each in COUNTED if isinstance(each, Gauge) for cell in each.cells}
SIZE = 8 * len(CELLS)
# Two versions of the program may run side by side for a moment; each keeps to its own files.
LAYOUT = hashlib.blake2b(repr(tuple(CELLS)).encode(), digest_size=4).hexdigest()


class Counters:
    """The cells of this process, claimed when something is counted for the first time."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def count(self, counter: Counter, *labels: str, by: int = 1) -> None:
        """Add to one cell. Raises KeyError for a label that the table does not list."""
        place = CELLS[counter.name, *labels]
        with self._lock:
            self._cells[place] += by

    def observe(self, histogram: Histogram, seconds: float) -> None:
        """Add one duration."""
        bound = next((str(each) for each in BOUNDS if seconds <= each), "+Inf")
        with self._lock:
            self._cells[CELLS[histogram.name, bound]] += 1
            self._cells[CELLS[histogram.name, "sum"]] += max(0, round(seconds * MICRO))

    def set(self, gauge: Gauge, value: int) -> None:
        """What the gauge shows of this process from now on; never negative."""
        self._cells[CELLS[gauge.name,]] = value

    def sums(self) -> dict[Cell, int]:
        """Every cell, summed over all processes that there were; gauges over those that live."""
        sums = [0] * len(CELLS)
        for file in self._folder().glob(f"{LAYOUT}-*"):
            content = file.read_bytes()
            is_owned = _is_locked(file)
            # A file is empty between its making and its first owner's stretching it.
            for place, value in enumerate(memoryview(content[:SIZE]).cast("Q")):
                if is_owned or place not in GAUGES:
                    sums[place] += value
        return dict(zip(CELLS, sums, strict=True))

    @cached_property
    def _cells(self) -> memoryview[int]:
        try:
            return self._claimed()
        except OSError as error:
            logger.warning("this process is not counted: %s", error)
            return memoryview(bytearray(SIZE)).cast("Q")

    def _claimed(self) -> memoryview[int]:
        folder = self._folder()
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(PROCESSES):
            file = os.open(folder / f"{LAYOUT}-{number:02}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                continue
            # On a full disk a page that has no place yet would end this process, not fail.
            os.posix_fallocate(file, 0, SIZE)
            # The descriptor stays open with the process: closing it would give up the lock.
            cells = memoryview(mmap.mmap(file, SIZE)).cast("Q")
            for place in GAUGES:
                cells[place] = 0
            return cells
        raise OSError(f"{PROCESSES} processes are counted already")


def _is_locked(path: Path) -> bool:
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


counters = Counters(lambda: settings.DATA / "run" / "counters")
