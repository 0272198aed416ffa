"""A month of page views, in a sample that stands for all: every thread carries its weight.

Popularity spans seven decades, so threads are drawn in strata of it, about as many views from each.
A thread that is read seldom is followed for the whole month. One that is read often is followed
for a stretch of its life, chosen so that any view is as likely as any other; the first quarter of
such a stretch only brings caches and readers into their usual state and is not counted.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.trace.figures import MONTH, Figures
from bench.trace.population import STRATA, Life, fronts_of, life_of, poisson, threads_of

# Above this many views a thread is followed for a stretch of its life only.
SELDOM = 2_000.0
# Views in such a stretch, a small part of the thread's life, and the seconds that it takes at
# least: readers stay, holds last.
STRETCH = 100.0
LASTING = 90.0
# Part of it that comes before what is counted.
WARMING = 0.4
# Threads of a stratum: the few views of a small sample must not all fall on one.
FEWEST = 12


@dataclass(slots=True)
class Thread:
    number: int
    weight: float
    # Times are seconds of the month; what happens before `counted_from` only warms.
    counted_from: float = 0.0
    counted_until: float = math.inf
    comments: int = 0
    last_comment: float | None = None


@dataclass(slots=True)
class Front:
    number: int
    weight: float
    counted_from: float = 0.0


class Happening(NamedTuple):
    """Something that a person does, at a second of the month."""

    time: float
    kind: str  # view | comment | vote | front | front_changed | article
    number: int  # of the thread, or of the forum's front page
    visible: float = 0.0
    is_signed_in: bool = False


@dataclass
class Trace:
    figures: Figures
    threads: list[Thread] = field(default_factory=list)
    fronts: list[Front] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)


def generate(figures: Figures, *, views: int, seed: int, only_seldom: bool = False) -> Trace:
    """About `views` page views, and more of the threads that are read often.

    With `only_seldom`: no such threads and no front pages; every thread stands for as many others.
    """
    chance = random.Random(seed)
    trace = Trace(figures)
    _add_threads(trace, views, chance, only_seldom)
    if not only_seldom:
        _add_fronts(trace, int(views * figures.counts_a_view / 2), chance)
    trace.happenings.sort()
    return trace


def fraction(figures: Figures, views: int) -> float:
    """The part of the month's views that threads read seldom have, if `views` are simulated."""
    seldom = sum(value * births for value, births in threads_of(figures) if value <= SELDOM)
    return views / (seldom * MONTH)


def _add_threads(trace: Trace, views: int, chance: random.Random, only_seldom: bool) -> None:
    figures, life = trace.figures, life_of(trace.figures)
    of_all = fraction(figures, views) if only_seldom else 0.0
    for value, births in threads_of(figures):
        real_views = value * births * MONTH
        if value > SELDOM:
            if only_seldom:
                continue
            count = max(4, round(views / STRATA / STRETCH))
            for n in range(count):
                at = (n + chance.random()) / count
                _live_stretch(trace, value, real_views / count, at, chance)
            continue
        real_threads = births * (life.oldest + MONTH)
        wanted = of_all if only_seldom else max(FEWEST / real_threads, views / STRATA / real_views)
        count = round(real_threads * wanted)
        for n in range(count):
            # Stratified as well: births spread evenly over all the years.
            born = (n + chance.random()) / count * (life.oldest + MONTH) - life.oldest
            _live_month(trace, value, real_threads / count, born, chance)


def _live_month(
    trace: Trace, visits: float, weight: float, born: float, chance: random.Random
) -> None:
    figures, life = trace.figures, life_of(trace.figures)
    start, end = max(0.0, -born), MONTH - born
    count = poisson(visits * (life.share(end) - life.share(start)), chance)
    if count == 0:
        return
    thread = Thread(len(trace.threads), weight)
    _remember_past(thread, visits, born, start, figures, chance)
    trace.threads.append(thread)
    times = sorted(born + life.age_between(start, end, chance) for _ in range(count))
    _visit(trace, thread, times, chance)


def _live_stretch(
    trace: Trace, visits: float, stands_for: float, at: float, chance: random.Random
) -> None:
    """A stretch that begins where `at` of the visits have come; it stands for so many views."""
    figures, life = trace.figures, life_of(trace.figures)
    counted = _age_at(at, life)
    views = max(STRETCH, LASTING * visits * life.density(counted))
    last = _age_at(min(1.0, at + views / visits), life)
    first = max(0.0, _age_at(at - WARMING * views / visits, life))
    weight = stands_for / (visits * (life.share(last) - at))
    thread = Thread(len(trace.threads), weight, counted, last)
    _remember_past(thread, visits, 0.0, first, figures, chance)
    trace.threads.append(thread)
    count = poisson(visits * (life.share(last) - life.share(first)), chance)
    times = sorted(life.age_between(first, last, chance) for _ in range(count))
    _visit(trace, thread, times, chance)


def _age_at(share: float, life: Life) -> float:
    low, high = 0.0, life.oldest
    if share <= 0:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        if life.share(middle) < share:
            low = middle
        else:
            high = middle
    return low


def _remember_past(
    thread: Thread, visits: float, born: float, age: float, figures: Figures, chance: random.Random
) -> None:
    """The comments that were there before, and when the last of them came."""
    life = life_of(figures)
    thread.comments = poisson(visits * life.share(age) * figures.comments_a_view, chance)
    if thread.comments:
        drawn = (life.age_between(0.0, age, chance) for _ in range(min(thread.comments, 300)))
        thread.last_comment = born + max(drawn)


def _visit(trace: Trace, thread: Thread, times: list[float], chance: random.Random) -> None:
    figures = trace.figures
    add = trace.happenings.append
    has_comments = thread.comments > 0
    for time in times:
        visible = chance.expovariate(1 / figures.visible)
        add(Happening(time, "view", thread.number, visible, chance.random() < figures.signed_in))
        if chance.random() < figures.comments_a_view:
            add(Happening(time + chance.random() * visible, "comment", thread.number))
            has_comments = True
        if has_comments and chance.random() < figures.votes_a_view:
            add(Happening(time + chance.random() * visible, "vote", thread.number))


def _add_fronts(trace: Trace, asks: int, chance: random.Random) -> None:
    """Front pages of forums: their counts change with a comment, their address with an article."""
    figures = trace.figures
    real_asks = figures.views_a_month * figures.counts_a_view
    mean = real_asks / figures.forums
    comments_an_ask, articles_an_ask = front_changes(figures)
    for value, share in fronts_of(figures).strata(STRATA):
        span = MONTH * min(1.0, STRETCH / value)
        count = max(4, round(asks / STRATA / (value * span / MONTH)))
        warm = 0.0 if span == MONTH else WARMING * span
        weight = real_asks * value * share / mean / (count * value * (span - warm) / MONTH)
        for _ in range(count):
            front = Front(len(trace.fronts), weight, counted_from=warm)
            trace.fronts.append(front)
            for kind, per_ask in (
                ("front", 1.0),
                ("front_changed", comments_an_ask),
                ("article", articles_an_ask),
            ):
                times = arrivals(value / MONTH * per_ask, span, chance)
                trace.happenings += [Happening(time, kind, front.number) for time in times]


def front_changes(figures: Figures) -> tuple[float, float]:
    """Comments, and new articles, for each request for counts: both grow with a forum's traffic."""
    asks_a_day = figures.views_a_month * figures.counts_a_view / 30
    return figures.comments_a_day / asks_a_day, figures.births_a_day / asks_a_day


def arrivals(rate: float, span: float, chance: random.Random) -> Iterator[float]:
    """Times of a Poisson process of `rate` a second in the first `span` seconds."""
    time = chance.expovariate(rate)
    while time < span:
        yield time
        time += chance.expovariate(rate)
