"""Who is read how often: the popularity of threads, and how their visits spread over their life."""

import math
import random
from dataclasses import dataclass

from bench.trace.figures import DAY, MONTH, Figures

STRATA = 48


@dataclass(frozen=True)
class Pareto:
    """A Pareto law cut off at `most`; `zipf` is the exponent of the ranking it makes."""

    least: float
    most: float
    zipf: float

    @property
    def index(self) -> float:
        return 1 / self.zipf

    def quantile(self, share: float) -> float:
        """The value that `share` (0..1) of all are below."""
        beyond = (self.least / self.most) ** self.index
        return float(self.least * (1 - share * (1 - beyond)) ** -self.zipf)

    def strata(self, count: int) -> list[tuple[float, float]]:
        """Cells of equal width in the logarithm: (value, share of all that lie in the cell)."""
        step = math.log(self.most / self.least) / count
        beyond = (self.least / self.most) ** self.index
        cells = []
        for n in range(count):
            low, high = self.least * math.exp(n * step), self.least * math.exp((n + 1) * step)
            share = ((self.least / low) ** self.index - (self.least / high) ** self.index) / (
                1 - beyond
            )
            cells.append((self._mean_between(low, high), share))
        return cells

    def _mean_between(self, low: float, high: float) -> float:
        if abs(self.index - 1) < 1e-9:
            return math.log(high / low) / (1 / low - 1 / high)
        a = self.index
        return (a / (a - 1)) * (low ** (1 - a) - high ** (1 - a)) / (low**-a - high**-a)


def pareto_of_mean(mean: float, most: float, zipf: float) -> Pareto:
    """The law with this mean: its least value is what the mean leaves room for."""
    low, high = 1e-9 * mean, mean
    for _ in range(200):
        middle = math.sqrt(low * high)
        law = Pareto(middle, most, zipf)
        if law._mean_between(middle, most) < mean:
            low = middle
        else:
            high = middle
    return Pareto(math.sqrt(low * high), most, zipf)


@dataclass(frozen=True)
class Life:
    """How a thread's visits spread over its life: news that fades as a power law, then an archive.

    Of all visits `archived` come evenly until `oldest`; the others fade, half of them come within
    `half_life` and they go on for ever ((1 + age / half_life) ** -1 of them are still to come).
    """

    half_life: float
    archived: float
    oldest: float

    def share(self, age: float) -> float:
        """Of all visits, those in the first `age` seconds."""
        if age <= 0:
            return 0.0
        fading = age / (age + self.half_life) / self._whole
        return min(1.0, (1 - self.archived) * min(1.0, fading) + self.archived * age / self.oldest)

    def density(self, age: float) -> float:
        """Share of the visits a second, at this age."""
        if not 0 <= age < self.oldest:
            return 0.0
        fading = self.half_life / (age + self.half_life) ** 2 / self._whole
        return (1 - self.archived) * fading + self.archived / self.oldest

    def age_between(self, youngest: float, eldest: float, chance: random.Random) -> float:
        """The age in seconds at a visit that comes between two ages."""
        youngest, eldest = max(0.0, youngest), min(self.oldest, eldest)
        low, high = youngest / (youngest + self.half_life), eldest / (eldest + self.half_life)
        fading = (1 - self.archived) * (high - low) / self._whole
        even = self.archived * (eldest - youngest) / self.oldest
        if chance.random() * (fading + even) < even:
            return youngest + chance.random() * (eldest - youngest)
        share = low + chance.random() * (high - low)
        return self.half_life * share / (1 - share)

    @property
    def _whole(self) -> float:
        return self.oldest / (self.oldest + self.half_life)


def life_of(figures: Figures) -> Life:
    """The archive gets what is missing of `cold_share` beyond a month."""
    month, half_life, oldest = 30 * DAY, figures.half_life, figures.oldest
    fading = 1 - Life(half_life, 0.0, oldest).share(month)
    even = 1 - month / oldest
    return Life(half_life, max(0.0, (figures.cold_share - fading) / (even - fading)), oldest)


def threads_of(figures: Figures) -> list[tuple[float, float]]:
    """Threads by popularity: (visits in their whole life, births a second) of each stratum.

    A Pareto law from one visit upwards takes as many threads as the month's views can feed; what
    is missing of the day's births are threads that are visited once.
    """
    views = figures.views_a_month / MONTH
    births = figures.births_a_day / DAY
    cells = Pareto(1.0, figures.most_views, figures.zipf).strata(STRATA)
    mean = sum(value * share for value, share in cells)
    popular = (views - births) / (mean - 1)
    if popular > births:  # a flat law leaves nothing over: it takes more births than were public
        return [(value, share * views / mean) for value, share in cells]
    return [(1.0, births - popular)] + [(value, share * popular) for value, share in cells]


def fronts_of(figures: Figures) -> Pareto:
    """Requests for counts in a month, of a forum's front page."""
    mean = figures.views_a_month * figures.counts_a_view / figures.forums
    return pareto_of_mean(mean, mean * 1e5, figures.front_zipf)


def poisson(mean: float, chance: random.Random) -> int:
    """A Poisson number; for large means its normal neighbour."""
    if mean > 500:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
