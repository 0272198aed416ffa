"""The store of figures: one number per forum, metric, minute, label and source. A contract.

Writing is idempotent: the same cell written again is replaced, never added to. Whoever counts by
himself (a serving process, a counter at an edge node) writes cells of his own source; a reader is
given their sum. So nothing is counted twice by being written twice, and nobody has to agree with
anybody about who counts what.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Metric(StrEnum):
    """What is counted: READERS are browsers that came for the first time on that day in UTC. The
    `…_BY_THREAD` ones have a thread's public id for their label, REFERRALS the way by which people
    came."""

    VIEWS = "views"
    VIEWS_BY_THREAD = "views_by_thread"
    READERS = "readers"
    REFERRALS = "referrals"
    REFERRALS_BY_THREAD = "referrals_by_thread"
    COMMENTS = "comments"
    COMMENTS_BY_THREAD = "comments_by_thread"
    VOTES = "votes"
    DECISIONS = "decisions"
    # Comments that had been held when they were decided about, and how long they had waited.
    ANSWERS = "answers"
    ANSWER_SECONDS = "answer_seconds"


class Step(StrEnum):
    """How long one point of a curve lasts, in UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    def floor(self, moment: datetime) -> datetime:
        """The beginning of the step in which this moment lies."""
        floor = moment.astimezone(UTC).replace(second=0, microsecond=0)
        if self is not Step.MINUTE:
            floor = floor.replace(minute=0)
        if self in {Step.DAY, Step.MONTH}:
            floor = floor.replace(hour=0)
        return floor.replace(day=1) if self is Step.MONTH else floor

    def next(self, begin: datetime) -> datetime:
        """The beginning of the step after the one that begins here."""
        if self is Step.MONTH:
            return (begin + timedelta(days=31)).replace(day=1)
        return begin + {
            Step.MINUTE: timedelta(minutes=1), Step.HOUR: timedelta(hours=1)
        }.get(self, timedelta(days=1))  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A number: `minute` is floored to one, in UTC; `forum` is a shortname."""

    forum: str
    metric: Metric
    minute: datetime
    value: int
    label: str = ""
    source: str = ""


# Old figures become coarse: after so long a minute's go into its hour's, and an hour's into its
# day's; then they go.
MINUTES_KEPT = timedelta(days=3)
HOURS_KEPT = timedelta(days=95)
DAYS_KEPT = timedelta(days=3 * 366)


class StoreAway(Exception):
    """The store cannot be asked now. What was to be written may or may not be: write it again."""


class Rollups(Protocol):
    """What every store can. Spans are half open: `since` belongs to them, `until` does not.

    Each method may raise StoreAway.
    """

    def put(self, cells: Sequence[Cell]) -> None:
        """Write these cells, instead of what they held: none older than MINUTES_KEPT, whose minutes
        may be gone."""
        ...

    def read(
        self, forum: str, metric: Metric, since: datetime, until: datetime, step: Step
    ) -> dict[datetime, int]:
        """Sums over all labels and sources by the step's beginning; steps with nothing are left
        out."""
        ...

    def top(
        self, forum: str, metric: Metric, since: datetime, until: datetime, most: int
    ) -> list[tuple[str, int]]:
        """The labels with the largest sums, largest first; ties by the label."""
        ...

    def thin(self, now: datetime) -> None:
        """Make old figures coarse and forget the oldest. Sums over whole hours (days) stay."""
        ...


class MemoryRollups:
    """For tests, and what the others are compared with."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, Metric, datetime, str, str], int] = {}

    def put(self, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._cells[cell.forum, cell.metric, cell.minute, cell.label, cell.source] = cell.value

    def read(
        self, forum: str, metric: Metric, since: datetime, until: datetime, step: Step
    ) -> dict[datetime, int]:
        return folded(self._between(forum, metric, since, until), step)

    def top(
        self, forum: str, metric: Metric, since: datetime, until: datetime, most: int
    ) -> list[tuple[str, int]]:
        sums: dict[str, int] = defaultdict(int)
        for (_, _, _, label, _), value in self._held(forum, metric, since, until):
            sums[label] += value
        return largest(sums, most)

    def thin(self, now: datetime) -> None:
        for kept, step in ((MINUTES_KEPT, Step.HOUR), (HOURS_KEPT, Step.DAY)):
            before = step.floor(now - kept)
            old = {key: value for key, value in self._cells.items() if key[2] < before}
            for key in old:
                del self._cells[key]
            for (forum, metric, minute, label, _), value in old.items():
                coarse = (forum, metric, step.floor(minute), label, "")
                self._cells[coarse] = self._cells.get(coarse, 0) + value
        gone = [key for key in self._cells if key[2] < Step.DAY.floor(now - DAYS_KEPT)]
        for key in gone:
            del self._cells[key]

    def _held(
        self, forum: str, metric: Metric, since: datetime, until: datetime
    ) -> list[tuple[tuple[str, Metric, datetime, str, str], int]]:
        return [
            (key, value)
            for key, value in self._cells.items()
            if key[:2] == (forum, metric) and since <= key[2] < until
        ]

    def _between(
        self, forum: str, metric: Metric, since: datetime, until: datetime
    ) -> Iterable[tuple[datetime, int]]:
        return ((key[2], value) for key, value in self._held(forum, metric, since, until))


def folded(minutes: Iterable[tuple[datetime, int]], step: Step) -> dict[datetime, int]:
    """Sums by the beginning of the step in which each lies, oldest first."""
    sums: dict[datetime, int] = defaultdict(int)
    for minute, value in minutes:
        sums[step.floor(minute)] += value
    return dict(sorted((begin, total) for begin, total in sums.items() if total))


def largest(sums: dict[str, int], most: int) -> list[tuple[str, int]]:
    """The largest sums first, ties by the label."""
    found = [(label, total) for label, total in sums.items() if total]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]
