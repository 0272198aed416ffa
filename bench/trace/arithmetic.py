"""The same month by arithmetic over the distributions: no request is made, none is left out.

For a thread with `lambda` views a second and `q` changes a view, a view finds what it asks for if
the last that happened before it was a view and not a change, and the answer's time is not up. Sums
go over popularity, age, and the time since the month began (nodes start it empty).
"""

import itertools
import math
from collections import Counter
from dataclasses import dataclass, field

from bench.trace.edge import FOLD, HOLD, PAUSE, POLL, REPEATED_AFTER
from bench.trace.figures import MONTH, Figures
from bench.trace.generate import front_changes
from bench.trace.population import STRATA, Life, fronts_of, life_of, threads_of
from bench.trace.rules import Rules
from voxpop.edge.policy import quietness

AGES = 30
STARTS = 4
# The ages of the last comment at which `policy.quietness` goes from busy to warm to quiet: found,
# not repeated here.
LONG = 400 * 86400.0


@dataclass
class Expected:
    """Requests a page view, in all and those that reach Django by (kind, reason)."""

    requests: Counter[str] = field(default_factory=Counter)
    origin: Counter[tuple[str, str]] = field(default_factory=Counter)


def expect(
    figures: Figures, rules: Rules, *, lru: float = math.inf, most: float = math.inf
) -> Expected:
    """What to expect of a month under these rules.

    `lru`: what was not used for so many seconds is evicted (Che's approximation; see `memory.py`).
    `most`: only threads with at most so many views in their life, and no front pages.
    """
    expected = Expected()
    cells = [cell for cell in threads_of(figures) if cell[0] <= most]
    all_views = sum(value * births for value, births in cells)
    for value, births in cells:
        _add_thread(expected, figures, rules, value, value * births / all_views, lru)
    if most == math.inf:
        _add_fronts(expected, figures, rules, lru)
    expected.requests["script"] = figures.scripts_a_view
    expected.requests["overlay"] = figures.signed_in
    expected.origin["overlay", "viewer"] = figures.signed_in
    return expected


def thresholds() -> tuple[float, float]:
    """Seconds since the last comment below which a thread is busy, and below which warm."""
    found = []
    for column in (0, 1):
        low, high = 0.0, LONG
        for _ in range(60):
            middle = (low + high) / 2
            if quietness(middle) <= column:
                low = middle
            else:
                high = middle
        found.append(high)
    return found[0], found[1]


BUSY, WARM = thresholds()


def _add_thread(
    expected: Expected, figures: Figures, rules: Rules, visits: float, part: float, lru: float
) -> None:
    life = life_of(figures)
    for age, age_share in _ages(life):
        cell = _Cell(figures, life, visits, age)
        weight = part * age_share / STARTS
        for n in range(STARTS):
            known = min(age, (n + 0.5) / STARTS * MONTH)
            cell.add(expected, rules, known, min(known, lru), weight)


def _ages(life: Life) -> list[tuple[float, float]]:
    """Ages in steps of equal width in the logarithm, with the share of all views in each."""
    edges = [0.0] + [60 * (life.oldest / 60) ** (n / AGES) for n in range(AGES + 1)]
    return [
        ((low + high) / 2, life.share(high) - life.share(low))
        for low, high in itertools.pairwise(edges)
    ]


class _Cell:
    """Threads of one popularity at one age."""

    def __init__(self, figures: Figures, life: Life, visits: float, age: float) -> None:
        self._figures, self._life = figures, life
        self._visits, self._age = visits, age
        self.rate = visits * life.density(age)
        self._comments = figures.comments_a_view
        self._unwritten = math.exp(-self._comments * visits * life.share(age))
        votes = figures.votes_a_view * (1 - self._unwritten)
        folded = votes / (1 + self.rate * votes * FOLD)
        self.writes = self._comments + votes
        self.changes = self._comments + folded

    def views(self, seconds: float) -> float:
        """Expected in the last so many seconds."""
        return self._visits * (self._life.share(self._age) - self._life.share(self._age - seconds))

    def commented(self, seconds: float) -> float:
        """Whether anybody did in the last so many seconds."""
        return 1 - math.exp(-self._comments * self.views(seconds))

    def add(
        self, expected: Expected, rules: Rules, known: float, kept: float, weight: float
    ) -> None:
        """`known`: seconds since the node can have been asked first; `kept`: that it remembers."""
        expected.requests["page"] += weight
        self._shared(expected, "page", rules, rules.page, (1.0, known, kept, weight))
        expected.requests["write"] += weight * self.writes
        expected.origin["write", "writer"] += weight * self.writes
        self._follow(expected, rules, known, kept, weight)

    def _follow(
        self, expected: Expected, rules: Rules, known: float, kept: float, weight: float
    ) -> None:
        follow, visible = rules.follow, self._figures.visible
        live = self.commented(follow.live)
        poll = self.commented(follow.poll) - live
        if follow.is_empty_live:
            live += self._unwritten
        else:
            poll += self._unwritten
        polls = poll / (math.exp(POLL / visible) - 1)
        expected.requests["tail"] += weight * (1 + polls)
        # Who polls finds his own last question answered still, if answers live that long.
        asks = 1 + polls if max(rules.tail) < POLL else 1.0
        self._shared(expected, "tail", rules, rules.tail, (asks, known, kept, weight))
        # He learns of a change at the old place, and asks from the new one the next time.
        waiting = 1 - math.exp(-self.rate * polls * POLL)
        expected.origin["tail", "changed"] += weight * self.changes * waiting
        if live > 0:
            self._hold(expected, live, weight)

    def _hold(self, expected: Expected, live: float, weight: float) -> None:
        visible, cycle = self._figures.visible, HOLD + PAUSE
        staying = math.exp(-cycle / visible)
        nobody = (1 - staying) * math.exp(-self.rate * visible * (1 - staying))
        changing = self.rate * self.changes
        lasting = _mean_of_shorter(HOLD, changing) + PAUSE * math.exp(-HOLD * changing)
        holds = live / (self.rate * lasting + nobody)
        answered = 1 - math.exp(-changing * HOLD)
        # Who comes into somebody's hold is let go with him, and then waits in step with the others.
        expected.requests["held tail"] += weight * live * (1 + visible / (lasting + PAUSE))
        expected.origin["held tail", "changed"] += weight * holds * answered
        expected.origin["held tail", "held"] += weight * holds * (1 - answered)

    def _shared(
        self,
        expected: Expected,
        kind: str,
        rules: Rules,
        caps: tuple[int, int, int],
        asking: tuple[float, float, float, float],
    ) -> None:
        """One address that is asked for `asks` times a view."""
        asks, known, kept, weight = asking
        changes = self.changes / asks
        new = math.exp(-self.views(known))
        best = (1 - math.exp(-self.views(known) * (1 + changes))) / (1 + changes)
        unique = asks * (1 - best) if asks == 1 else new + self.changes
        changing = changes if rules.is_purging else 0.0
        expired = asks * (1 - self._found(caps, asks, changing, known)) - unique
        evicted = asks * (1 - self._found(caps, asks, changing, kept)) - unique - expired
        origin = expected.origin
        origin[kind, "first"] += weight * min(unique, new)
        origin[kind, "changed"] += weight * max(0.0, unique - new)
        origin[kind, "expired"] += weight * max(0.0, expired)
        origin[kind, "evicted"] += weight * max(0.0, evicted)
        if rules.repeats_purges:
            soon = 1 - math.exp(-self.rate * asks * REPEATED_AFTER)
            origin[kind, "purged"] += weight * self.changes * soon / (1 + changes)

    def _found(
        self, caps: tuple[int, int, int], asks: float, changing: float, known: float
    ) -> float:
        """How likely an asked address is there and valid."""
        all_found = 0.0
        for cap, likely in zip(caps, self._quiet(), strict=True):
            found = (1 - math.exp(-self.views(known) * (1 + changing))) / (1 + changing)
            if cap < known:
                within = asks * self.views(cap)
                fresh = within * _mean_of_shorter(1.0, within * changing)
                found = min(found, fresh / (1 + fresh))
            all_found += likely * found
        return all_found

    def _quiet(self) -> tuple[float, float, float]:
        """How likely the thread is busy, warm, quiet."""
        busy = self.commented(BUSY)
        warm = self.commented(WARM) - busy
        quiet = 1 - self._unwritten - busy - warm
        shares = [busy, warm, max(0.0, quiet)]
        shares[quietness(None)] += self._unwritten
        return shares[0], shares[1], shares[2]


def _mean_of_shorter(span: float, rate: float) -> float:
    """The mean of the shorter of `span` and an exponential time of this rate."""
    return span if rate * span < 1e-9 else (1 - math.exp(-rate * span)) / rate


def _add_fronts(expected: Expected, figures: Figures, rules: Rules, lru: float) -> None:
    cells = fronts_of(figures).strata(STRATA)
    all_asks = sum(value * share for value, share in cells)
    comments, articles = front_changes(figures)
    expected.requests["counts"] = figures.counts_a_view
    origin = expected.origin
    for value, share in cells:
        rate = value / MONTH
        busy = 1 - math.exp(-rate * comments * rules.counts_busy)
        for n in range(STARTS):
            known = (n + 0.5) / STARTS * MONTH
            weight = figures.counts_a_view * value * share / all_asks / STARTS
            new = _not_had(rate, articles, known)
            gone = _not_had(rate, articles, min(known, lru)) - new
            for column, likely in enumerate((busy, 1 - busy)):
                cap = min(rules.counts[column], known)
                changing = articles + (comments if column else 0.0)
                missed = max(new, 1 / (1 + rate * _mean_of_shorter(cap, rate * changing)))
                changed = (missed - new) * (1 - math.exp(-comments * (rate * cap + 1)))
                origin["counts", "first"] += weight * likely * new
                origin["counts", "changed"] += weight * likely * changed
                origin["counts", "expired"] += weight * likely * (missed - new - changed)
                origin["counts", "evicted"] += weight * likely * max(0.0, new + gone - missed)


def _not_had(rate: float, changes: float, seconds: float) -> float:
    """How likely the present version of an address was not asked for in so many seconds."""
    return 1 - (1 - math.exp(-rate * seconds * (1 + changes))) / (1 + changes)
