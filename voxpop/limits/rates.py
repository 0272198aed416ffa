"""How much is too much: one table, per author and per network (SAFETY T25)."""

import math
import time
from dataclasses import dataclass

from django.conf import settings
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from voxpop.errors import Problem


@dataclass(frozen=True)
class Rates:
    """What one author may do, and what everybody behind one network may do together."""

    author: str
    network: str


# Signing in and up are limited by allauth itself (ACCOUNT_RATE_LIMITS).
RATES: dict[str, Rates] = {
    #                     one author                 one network
    "comment": Rates("6/minute; 60/hour", "20/minute; 240/hour"),
    "edit": Rates("10/minute; 100/hour", "40/minute"),
    "vote": Rates("60/minute; 1000/day", "240/minute"),
    "flag": Rates("10/minute; 60/day", "40/minute"),
    "preview": Rates("60/minute", "120/minute"),
    "guest": Rates("10/hour", "10/minute; 60/hour"),
    "token": Rates("30/minute", "60/minute"),
    "forum": Rates("5/hour; 20/day", "20/hour"),
    "settings": Rates("60/minute", "120/minute"),
    "moderate": Rates("240/minute", "480/minute"),
    "import": Rates("10/hour", "20/hour"),
    "check": Rates("10/minute; 60/hour", "20/minute"),
}

_rates: dict[tuple[str, bool], list[RateLimitItem]] = {
    (action, is_author): parse_many(rates.author if is_author else rates.network)
    for action, rates in RATES.items()
    for is_author in (True, False)
}
_windows = MovingWindowRateLimiter(MemoryStorage())


def limit(action: str, subject: str) -> None:
    """Count one `action` of `subject`; raises Problem with the seconds to wait when it is too much.

    The subject is an author ("author:ID") or a network (see limits/address.py).
    """
    rates = _rates[action, subject.startswith("author:")]
    if not settings.LIMITS:
        return
    for rate in rates:
        if not _windows.hit(rate, action, subject):
            raise Problem("rate_limited", retry_after=_wait(rate, action, subject))


def _wait(rate: RateLimitItem, action: str, subject: str) -> int:
    free_again = _windows.get_window_stats(rate, action, subject).reset_time
    return max(1, math.ceil(free_again - time.time()))


def forget_all() -> None:
    """Start counting anew."""
    _windows.storage.reset()
