"""Views, counted without anybody: which thread was shown how often in which minute; referrals,
which shared link was followed how often; and readers, how many browsers asked for their mark of the
day.

Two count so, and each writes cells of its own: a serving process what it hands out itself, and a
counter beside an edge node what the node hands out (ncsa.py). Neither knows an address, a cookie
or a session, so there is nothing to keep of them.
"""

import logging
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from voxpop.analytics.referrals import REFERRING, way_of
from voxpop.analytics.rollups import Cell, Metric, Rollups
from voxpop.analytics.stored import rollups
from voxpop.edge.cached import Answer

logger = logging.getLogger(__name__)

# The surfaces of which one answer is one view, one referral, or one reader.
COUNTED = REFERRING | {"thread_page", "public_page", "reader_mark"}
# Of one forum's minute; what is read less counts for the forum alone. A bound on what strangers can
# have written by asking for many.
MOST_THREADS = 1000
MOST_ADDRESSES = 10_000
# Minutes that wait for a store that is away.
MOST_WAITING = 120
TICK = 2.0

Minute = int  # since 1970


class Seen(NamedTuple):
    """What one answer showed."""

    metric: Metric  # VIEWS, REFERRALS or READERS
    forum: str
    thread: str = ""  # none where nobody has commented yet, and none of a reader
    way: str = ""  # of a referral


Views = Counter[Seen]
BY_THREAD = {
    Metric.VIEWS: Metric.VIEWS_BY_THREAD,
    Metric.REFERRALS: Metric.REFERRALS_BY_THREAD,
}


def seen_by(keys: str, seq: str, way: str = "") -> Seen | None:
    """What an answer shows, by the surrogate keys and the place in the log that it carries."""
    known = dict(key.partition(":")[::2] for key in keys.split())
    if "s" not in known:
        return None
    if "t" not in known:  # a mark; a link that was followed leads to a thread
        return None if way else Seen(Metric.READERS, known["s"])
    # Any address may be asked for; only one that somebody has commented on gets cells of its own.
    thread = known["t"] if seq.isdecimal() and int(seq) else ""
    return Seen(Metric.REFERRALS if way else Metric.VIEWS, known["s"], thread, way)


def cells_of(minute: Minute, views: Views, source: str) -> list[Cell]:
    """The cells of one minute: every forum's sums, and its most read threads."""
    begin = datetime.fromtimestamp(minute * 60, UTC)
    sums: Counter[tuple[str, Metric, str]] = Counter()  # forum, what, its label
    for (metric, forum, thread, way), count in views.items():
        sums[forum, metric, way] += count
        if thread:
            sums[forum, BY_THREAD[metric], thread] += count
    threads: Counter[tuple[str, Metric]] = Counter()
    cells = []
    for (forum, metric, label), count in sums.most_common():
        if metric in BY_THREAD.values():
            threads[forum, metric] += 1
            if threads[forum, metric] > MOST_THREADS:
                continue
        cells.append(Cell(forum, metric, begin, count, label, source))
    return cells


class Book:
    """Finished minutes on their way into the store, which may be away for a while."""

    def __init__(self, store: Rollups | None = None) -> None:
        self._store = store or rollups()
        self._name = secrets.token_hex(6)
        self._pages = 0
        self._waiting: deque[list[Cell]] = deque(maxlen=MOST_WAITING)

    def add(self, minute: Minute, views: Views) -> None:
        """To be written; each page has a source of its own, so that writing it twice is harmless
        and a clock that is set back replaces nothing."""
        if views:
            self._pages += 1
            self._waiting.append(cells_of(minute, views, f"{self._name}.{self._pages}"))

    def write(self) -> None:
        """Write what waits; what cannot be written waits on."""
        while self._waiting:
            try:
                self._store.put(self._waiting[0])
            except Exception:
                logger.exception("views could not be written; %d minutes wait", len(self._waiting))
                connection.close()
                return
            self._waiting.popleft()


class ViewCounter:
    """Counts what this process hands out itself: in its event loop, written by a thread.

    A process that is killed has lost the views of its last minute.
    """

    def __init__(self, book: Book | None = None) -> None:
        self._book = book or Book()
        self._minute = now()
        # By address and status, because that is what costs nothing to look up; [how often, what].
        self._seen: dict[tuple[str, str, int], tuple[list[int], Seen]] = {}
        self._turning = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="views", daemon=True)

    def start(self) -> None:
        """Write from now on, a moment after each minute's end."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was counted until now."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def saw(self, path: str, query: str, answer: Answer) -> None:
        """One view of this address, which was answered so."""
        minute = now()
        if minute != self._minute or len(self._seen) >= MOST_ADDRESSES:
            self.turn(minute)
        found = self._seen.get((path, query, answer.status))
        if found is None:
            what = _shown(answer, query)
            if what is None:
                return
            found = self._seen[path, query, answer.status] = ([0], what)
        found[0][0] += 1

    def turn(self, minute: Minute) -> None:
        """What was counted is finished; begin with this minute."""
        with self._turning:
            seen, self._seen = self._seen, {}
            began, self._minute = self._minute, minute
        self._book.add(began, _sums(seen.values()))

    def _run(self) -> None:
        try:
            while not self._stopping.wait(TICK):
                if now() != self._minute:
                    self.turn(now())
                self._book.write()
            self.turn(now())
            self._book.write()
        finally:
            connection.close()


def now() -> Minute:
    """The minute in which we are."""
    return int(time.time() // 60)


def _sums(seen: Iterable[tuple[list[int], Seen]]) -> Views:
    views: Views = Counter()
    for (count,), what in seen:
        views[what] += count
    return views


def _shown(answer: Answer, query: str) -> Seen | None:
    # What leads on is counted where it says by which way somebody came, and else is no news.
    way = way_of(query) if answer.status == 302 else ""
    if answer.status not in {200, 304} and not way:
        return None
    headers = dict(answer.headers)
    seen = seen_by(headers.get("Surrogate-Key", ""), headers.get("Voxpop-Seq", ""), way)
    # Whoever holds a copy of the mark has been counted.
    is_held = answer.status == 304 and seen is not None and seen.metric is Metric.READERS
    return None if is_held else seen
