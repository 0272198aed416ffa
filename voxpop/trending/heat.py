"""The formula. Heat is the logarithm of the sum, counted in half-lives since 1970.

Everything fades alike, so fading changes no order: what is stored stays true without being counted
again, and the warmest threads are one walk along an index.
"""

import math
from collections.abc import Collection
from datetime import datetime, timedelta

HALF_LIFE = timedelta(hours=6)
# Older acts are worth less than a 250th of a new one, and are left out.
WINDOW = timedelta(days=2)
WROTE = 1.0
VOTED = 0.25


def warmth(moment: datetime, weight: float) -> float:
    """What one act adds, on the scale of heat."""
    return _half_lives(moment) + math.log2(weight)


def heat_of(warm: Collection[float]) -> float:
    """The heat of a thread in which people took part with so much warmth each: at least one."""
    # Relative to the warmest: 2 to the power of all half-lives since 1970 is no number.
    top = max(warm)
    return top + math.log2(sum(2 ** (each - top) for each in warm))


def score(heat: float, now: datetime) -> float:
    """How many people writing at this moment would make a thread as hot."""
    return float(2 ** (heat - _half_lives(now)))


def heat_at(score: float, now: datetime) -> float:
    """The heat that has this score now."""
    return _half_lives(now) + math.log2(score)


def _half_lives(moment: datetime) -> float:
    return moment.timestamp() / HALF_LIFE.total_seconds()
