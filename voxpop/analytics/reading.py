"""A forum's figures as its owner's page shows them: curves over a span, sums, the most read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from voxpop.analytics.referrals import Way
from voxpop.analytics.rollups import Metric, Rollups, Step
from voxpop.analytics.stored import rollups
from voxpop.forums.models import Forum
from voxpop.threads.models import Thread

MOST_THREADS = 20


class Span(StrEnum):
    """What an owner can look at; each with its own step."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


_STEPS = {
    Span.HOUR: (Step.MINUTE, 60),
    Span.DAY: (Step.HOUR, 24),
    Span.MONTH: (Step.DAY, 30),
    Span.YEAR: (Step.MONTH, 12),
}


@dataclass(frozen=True)
class Curve:
    """One value per step of the span, oldest first; `total` is told in its place above."""

    name: str  # the column of a table, and the word in JSON
    values: tuple[float | None, ...]
    total: float | None
    is_duration: bool = False  # in seconds


@dataclass(frozen=True)
class Place:
    """A thread, how often it was shown, and how many comments it got."""

    thread: str
    title: str
    url: str
    views: int
    comments: int
    referrals: int = 0


@dataclass(frozen=True)
class Report:
    span: Span
    step: Step
    begins: tuple[datetime, ...]
    until: datetime
    curves: tuple[Curve, ...]
    places: tuple[Place, ...]
    # By which way people came from what was shared, the most used first.
    ways: tuple[tuple[str, int], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing has happened in the whole span."""
        return not any(curve.total for curve in self.curves)


def read_report(forum: Forum, span: Span, now: datetime) -> Report:
    """The figures of the last hour, day, month or year, the running step among them."""
    step, count = _STEPS[span]
    begins = _begins(step, count, now)
    until = step.next(begins[-1])
    store = rollups()

    def values(metric: Metric) -> list[int]:
        found = store.read(forum.shortname, metric, begins[0], until, step)
        return [found.get(begin, 0) for begin in begins]

    answers, seconds = values(Metric.ANSWERS), values(Metric.ANSWER_SECONDS)
    curves = (
        _counted("views", values(Metric.VIEWS)),
        _counted("readers", values(Metric.READERS)),
        _counted("referrals", values(Metric.REFERRALS)),
        _counted("comments", values(Metric.COMMENTS)),
        _counted("votes", values(Metric.VOTES)),
        _counted("decisions", values(Metric.DECISIONS)),
        Curve(
            "answer_seconds",
            tuple(_mean(total, number) for total, number in zip(seconds, answers, strict=True)),
            _mean(sum(seconds), sum(answers)),
            is_duration=True,
        ),
    )
    places = _places(forum, store, begins[0], until)
    ways = store.top(forum.shortname, Metric.REFERRALS, begins[0], until, len(Way))
    return Report(span, step, tuple(begins), until, curves, tuple(places), tuple(ways))


def _begins(step: Step, count: int, now: datetime) -> list[datetime]:
    begins = [step.floor(now)]
    while len(begins) < count:
        begins.append(step.floor(begins[-1] - timedelta(seconds=1)))
    return begins[::-1]


def _counted(name: str, values: Sequence[int]) -> Curve:
    return Curve(name, tuple(values), sum(values))


def _mean(total: int, number: int) -> float | None:
    return total / number if number else None


def _places(forum: Forum, store: Rollups, since: datetime, until: datetime) -> list[Place]:
    """The most read, and those with the most comments where there is still room."""

    def top(metric: Metric) -> dict[str, int]:
        return dict(store.top(forum.shortname, metric, since, until, MOST_THREADS))

    views, comments = top(Metric.VIEWS_BY_THREAD), top(Metric.COMMENTS_BY_THREAD)
    referrals = top(Metric.REFERRALS_BY_THREAD)
    ids = list(dict.fromkeys([*views, *comments]))[:MOST_THREADS]
    known = {
        thread.public_id: thread
        for thread in Thread.objects.filter(forum=forum, public_id__in=ids).only(
            "public_id", "title", "url"
        )
    }
    return [
        Place(
            thread=each,
            title=str(known[each]),
            url=known[each].url,
            views=views.get(each, 0),
            comments=comments.get(each, 0),
            referrals=referrals.get(each, 0),
        )
        for each in ids
        if each in known
    ]
