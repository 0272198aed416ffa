"""The counter at the edge: reads what an edge node says of every view, and counts.

The node's VCL writes one line a view into the node's log: the surrogate keys of the page and its
place in the thread's log (edge/vcl/deliver.vcl). `varnishncsa` is asked for that and the second, so
that no address, no cookie and no browser is even read.
"""

import logging
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from django.db import connection

from voxpop.analytics.counting import TICK, Book, Minute, Views, now, seen_by
from voxpop.analytics.referrals import WAYS
from voxpop.edge.counters import EDGE, counters
from voxpop.settings.environment import SettingsError

logger = logging.getLogger(__name__)
# A reader outlives its varnishd, and would outlive a counter that is killed.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")

Take = Callable[[Iterable[str]], None]

TAG = "voxpop-view"
FORMAT = f"%{{%s}}t %{{VCL_Log:{TAG}}}x"
# What the node did that its own counters do not tell (edge/vcl/deliver.vcl, fence.vcl,
# throttle.vcl); what is fenced is so on the way from Django.
OUTCOME = "voxpop-edge"
# A node that is being started again has no log to read yet.
AGAIN = 1.0
# Told to end, the counter first lets its readers come to what was said until then.
LAST = 1.0
# A minute is finished when it has been over for so long: the log comes in bursts.
LATE = 5.0


def command(folder: Path) -> list[str]:
    """What prints the views of the node whose working folder (`varnishd -n`) this is."""
    return [*_program(folder), "-q", f'VCL_Log ~ "^{TAG}:"', "-F", FORMAT]


def outcomes_command(folder: Path) -> list[str]:
    """What prints a word for each old copy that the node hands out, and each fetch it fences."""
    words = f"%{{VCL_Log:{OUTCOME}}}x"
    return [*_program(folder), "-b", "-c", "-q", f'VCL_Log ~ "^{OUTCOME}:"', "-F", words]


def _program(folder: Path) -> list[str]:
    program = shutil.which("varnishncsa")
    if program is None:
        raise SettingsError("varnishncsa is not installed: apt-get install varnish")
    return [program, "-n", str(folder)]


def take_outcomes(lines: Iterable[str]) -> None:
    """Count what a node says; returns when it says no more."""
    for line in lines:
        word = line.strip()
        if (EDGE.name, word) in EDGE.cells:
            counters.count(EDGE, word)


def _way(said: str) -> tuple[str, str]:
    """What a node said of a view, and the way that stands at the end of a referral: one that is not
    known is nothing at all."""
    rest, _, last = said.rpartition(" ")
    if not last.isalpha():
        return said, ""
    return (rest, last) if last in WAYS else ("", "")


class Counted:
    """The views of every minute that is not over yet."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._minutes: dict[Minute, Views] = {}
        self._lock = threading.Lock()

    def take(self, lines: Iterable[str]) -> None:
        """Count what a node says; returns when it says no more."""
        for line in lines:
            second, _, said = line.strip().partition(" ")
            said, way = _way(said)
            keys, _, seq = said.rpartition(" ")
            what = seen_by(keys, seq, way)
            if what is None or not second.isdecimal():
                continue
            with self._lock:
                self._minutes.setdefault(int(second) // 60, Counter())[what] += 1

    def write(self, before: Minute) -> None:
        """Write the minutes that are over."""
        with self._lock:
            over = sorted(minute for minute in self._minutes if minute < before)
            finished = [(minute, self._minutes.pop(minute)) for minute in over]
        for minute, views in finished:
            self._book.add(minute, views)
        self._book.write()


class EdgeCounter:
    """One reader for every node, and one writer; `run` returns when `stopping` is set."""

    def __init__(self, nodes: Mapping[str, Path], book: Book | None = None) -> None:
        self._counted = Counted(book or Book())
        self._streams: list[tuple[str, list[str], Take]] = []
        for name, folder in nodes.items():
            self._streams.append((name, command(folder), self._counted.take))
            self._streams.append((name, outcomes_command(folder), take_outcomes))
        self._readers: dict[int, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []

    def run(self, stopping: threading.Event) -> None:
        """Count until told to end; what was counted is written then."""
        for number in range(len(self._streams)):
            thread = threading.Thread(target=self._follow, args=[number, stopping], daemon=True)
            thread.start()
            self._threads.append(thread)
        try:
            while not stopping.wait(TICK):
                self._counted.write(before=int((time.time() - LATE) // 60))
        finally:
            time.sleep(LAST)
            for reader in list(self._readers.values()):
                reader.terminate()
            for thread in self._threads:
                thread.join(5)
            self._counted.write(before=now() + 1)
            connection.close()

    def _follow(self, number: int, stopping: threading.Event) -> None:
        """Read a node's log; the reader ends with its varnishd, and is started again."""
        name, words, take = self._streams[number]
        while not stopping.is_set():
            with subprocess.Popen(  # noqa: S603
                [*ENDS_WITH_US, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            ) as reader:
                self._readers[number] = reader
                assert reader.stdout is not None
                take(reader.stdout)
            if not stopping.wait(AGAIN):
                logger.warning("the log of edge node %s ended; reading it again", name)
