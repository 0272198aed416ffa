"""The rollups on Cassandra: a partition per forum, metric and day, a row per minute, label, source.

Every write is an upsert of its own cell; nothing is ever added to. Old minutes are folded into
hours and old hours into days, each of which is a table of its own, since what expires together must
stand together. From when on which of them counts is written down after the coarser one is whole, so
that `thin` may be killed anywhere and run again: nothing counts twice, and nothing is deleted.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from voxpop.analytics.rollups import (
    DAYS_KEPT,
    HOURS_KEPT,
    MINUTES_KEPT,
    Cell,
    Metric,
    Step,
    StoreAway,
    folded,
    largest,
)
from voxpop.cassandra import IN_THE_BACK, ON_THE_WAY, Away, Client

DAY = 86_400.0
KNOWN_AT_MOST = 100_000
BOUNDS = "SELECT name, minute FROM figure_bound"
SET_BOUND = "UPDATE figure_bound SET minute = ? WHERE name = ?"
BUCKETS = "SELECT bucket FROM figure_bucket WHERE step = ? AND bucket >= ? AND bucket <= ?"
ADD_BUCKET = "INSERT INTO figure_bucket (step, bucket) VALUES (?, ?)"
SERIES = "SELECT forum, metric FROM figure_series WHERE step = ? AND bucket = ?"
ADD_SERIES = "INSERT INTO figure_series (step, bucket, forum, metric) VALUES (?, ?, ?, ?)"

Row = tuple[int, str, int]  # minute, label, value
Parameters = tuple[object, ...]


@dataclass(frozen=True)
class Level:
    """One of the three tables, and what a partition of it spans."""

    step: Step
    bucket: Callable[[datetime], int]

    @property
    def put(self) -> str:
        return (
            f"INSERT INTO figure_{self.step} "  # noqa: S608 - of our own words
            "(forum, metric, bucket, minute, label, source, value) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )

    @property
    def get(self) -> str:
        return (
            f"SELECT minute, label, value FROM figure_{self.step} "  # noqa: S608 - of our own words
            "WHERE forum = ? AND metric = ? AND bucket = ? AND minute >= ? AND minute < ?"
        )


MINUTE = Level(Step.MINUTE, lambda moment: moment.toordinal())
HOUR = Level(Step.HOUR, lambda moment: moment.year * 12 + moment.month)
DAYS = Level(Step.DAY, lambda moment: moment.year)


class WideRollups:
    """On one keyspace. Each method may raise StoreAway."""

    def __init__(self, client: Client, patience: float = ON_THE_WAY) -> None:
        self._client = client
        self._patience = patience  # seconds for each question of a reader's request
        # Which partitions this process has written down, and when: once a day is enough.
        self._known: dict[tuple[str, int, str, str], float] = {}

    def put(self, cells: Sequence[Cell]) -> None:
        self._put(MINUTE, cells)

    def read(
        self, forum: str, metric: Metric, since: datetime, until: datetime, step: Step
    ) -> dict[datetime, int]:
        rows = self._between(forum, metric, since, until)
        return folded(((_moment(minute), value) for minute, _, value in rows), step)

    def top(
        self, forum: str, metric: Metric, since: datetime, until: datetime, most: int
    ) -> list[tuple[str, int]]:
        sums: dict[str, int] = defaultdict(int)
        for _, label, value in self._between(forum, metric, since, until):
            sums[label] += value
        return largest(sums, most)

    def thin(self, now: datetime) -> None:
        self._coarsen(MINUTE, HOUR, Step.HOUR.floor(now - MINUTES_KEPT))
        self._coarsen(HOUR, DAYS, Step.DAY.floor(now - HOURS_KEPT))
        self._set_bound("gone", _number(Step.DAY.floor(now - DAYS_KEPT)))

    def _put(self, level: Level, cells: Sequence[Cell]) -> None:
        now = time.monotonic()
        places = {(str(level.step), level.bucket(_utc(c)), c.forum, str(c.metric)) for c in cells}
        new = [place for place in places if now - self._known.get(place, -DAY) >= DAY]
        # Known before they are filled: whoever reads in between finds nothing in them.
        self._run(
            [
                statement
                for place in new
                for statement in ((ADD_BUCKET, place[:2]), (ADD_SERIES, place))
            ],
            IN_THE_BACK,
        )
        self._run(
            [
                (level.put, (c.forum, str(c.metric), level.bucket(_utc(c)), _number(c.minute),
                             c.label, c.source, c.value))
                for c in cells
            ],
            IN_THE_BACK,
        )  # fmt: skip
        if len(self._known) > KNOWN_AT_MOST:
            self._known.clear()
        self._known.update(dict.fromkeys(new, now))

    def _between(
        self, forum: str, metric: Metric, since: datetime, until: datetime
    ) -> Iterator[Row]:
        """Every cell of this span, each level where it counts."""
        first, last = _number(since), _number(until)
        bounds = self._bounds()
        for level, low, high in (
            (DAYS, bounds["gone"], bounds[Step.DAY]),
            (HOUR, bounds[Step.DAY], bounds[Step.HOUR]),
            (MINUTE, bounds[Step.HOUR], last),
        ):
            low, high = max(first, low), min(last, high)
            if low < high:
                buckets = self._buckets(level, low, high, self._patience)
                yield from self._rows(level, forum, metric, buckets, low, high, self._patience)

    def _coarsen(self, fine: Level, coarse: Level, before: datetime) -> None:
        """Fold what is older into the coarser table; it counts from the moment it is whole."""
        low, high = self._bounds()[coarse.step], _number(before)
        if low >= high:
            return
        for bucket in self._buckets(fine, low, high, IN_THE_BACK):
            found = self._read(SERIES, (str(fine.step), bucket), IN_THE_BACK)
            for forum, metric in found:
                series = (forum, Metric(metric))
                rows = self._rows(fine, *series, [bucket], low, high, IN_THE_BACK)
                self._put(coarse, _folded(*series, coarse.step, rows))
        self._set_bound(coarse.step, high)

    def _rows(
        self,
        level: Level,
        forum: str,
        metric: Metric,
        buckets: Sequence[int],
        low: int,
        high: int,
        patience: float,
    ) -> Iterator[Row]:
        questions = [(level.get, (forum, str(metric), bucket, low, high)) for bucket in buckets]
        for rows in self._run(questions, patience):
            yield from ((minute, label, value) for minute, label, value in rows)

    def _buckets(self, level: Level, low: int, high: int, patience: float) -> list[int]:
        between = (level.bucket(_moment(low)), level.bucket(_moment(high - 1)))
        rows = self._read(BUCKETS, (str(level.step), *between), patience)
        return [bucket for (bucket,) in rows]

    def _bounds(self) -> dict[str, int]:
        """Before which minute the coarser table counts; 0 where there is none yet."""
        found = dict(self._read(BOUNDS, (), self._patience))
        return {name: found.get(name, 0) for name in (Step.HOUR, Step.DAY, "gone")}

    def _read(self, cql: str, parameters: Parameters, patience: float) -> list[Any]:
        return self._run([(cql, parameters)], patience)[0]

    def _run(
        self, statements: Sequence[tuple[str, Parameters]], patience: float
    ) -> list[list[Any]]:
        try:
            return self._client.run(statements, patience)
        except Away as away:
            raise StoreAway(str(away)) from away

    def _set_bound(self, name: str, minute: int) -> None:
        self._run([(SET_BOUND, (minute, str(name)))], IN_THE_BACK)


def _folded(forum: str, metric: Metric, step: Step, rows: Iterable[Row]) -> list[Cell]:
    sums: dict[tuple[datetime, str], int] = defaultdict(int)
    for minute, label, value in rows:
        sums[step.floor(_moment(minute)), label] += value
    return [Cell(forum, metric, begin, total, label) for (begin, label), total in sums.items()]


def _utc(cell: Cell) -> datetime:
    return cell.minute.astimezone(UTC)


def _number(moment: datetime) -> int:
    """Minutes since 1970, none before."""
    return max(int(moment.timestamp()) // 60, 0)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
