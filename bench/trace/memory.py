"""How far back a memory reaches, if what was used longest ago is evicted (Che's approximation)."""

import itertools
import math

from bench.trace import figures as sizes
from bench.trace.figures import MONTH, Figures
from bench.trace.generate import front_changes
from bench.trace.population import STRATA, fronts_of, life_of, threads_of

AGES = 60


def reach(figures: Figures, memory: float, *, most: float = math.inf) -> float:
    """Seconds after which something unused is evicted from `memory` bytes, both nodes together.

    `most`: only threads with at most so many views in their life, and no front pages. Infinite if
    everything of the month fits.
    """
    if bytes_used(figures, MONTH, most=most) <= memory:
        return math.inf
    low, high = 1e-3, MONTH
    for _ in range(40):
        middle = math.sqrt(low * high)
        if bytes_used(figures, middle, most=most) <= memory:
            low = middle
        else:
            high = middle
    return low


def bytes_used(figures: Figures, seconds: float, *, most: float = math.inf) -> float:
    """Of everything that is asked for within so many seconds."""
    life = life_of(figures)
    whole = life.oldest + MONTH
    edges = [0.0] + [(whole / 1.0) ** (n / AGES) for n in range(AGES + 1)]
    used = 0.0
    for visits, births in threads_of(figures):
        if visits > most:
            continue
        for low, high in itertools.pairwise(edges):
            age = (low + high) / 2
            views = visits * (life.share(age) - life.share(age - seconds))
            comments = visits * life.share(age) * figures.comments_a_view
            changes = views * figures.comments_a_view * (1 + figures.votes_a_comment)
            size = sizes.page_bytes(comments) + sizes.TAIL_BYTES * (1 + changes)
            used += births * (high - low) * (1 - math.exp(-views)) * size
    if most < math.inf:
        return used
    _, articles = front_changes(figures)
    for asks, share in fronts_of(figures).strata(STRATA):
        expected = asks / MONTH * seconds
        lists = (1 - math.exp(-expected)) * (1 + articles * expected)
        used += figures.forums * share * lists * sizes.COUNTS_BYTES
    return used
