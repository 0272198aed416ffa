"""How much is too much: one table, per author and per network (SAFETY T25).

Every process counts what it has let through. Where there is a Redis, the whole deployment counts
there as well, in one atomic step, and both have to agree; while it is away, or has forgotten, the
own count holds: less strict by as many processes as there are, and never open.
"""

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac
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
    "people": Rates("60/minute; 1000/day", "240/minute"),
    "privacy": Rates("10/hour; 20/day", "60/hour"),
    "claim": Rates("30/minute; 200/hour", "60/minute"),
    "names": Rates("120/minute; 1500/hour", "480/minute"),
    "flag": Rates("10/minute; 60/day", "40/minute"),
    "preview": Rates("60/minute", "120/minute"),
    "guest": Rates("10/hour", "10/minute; 60/hour"),
    "mail": Rates("10/hour", "30/hour"),
    # One address that nobody has proved to be his: it may be a stranger's.
    "mail_to_unproven": Rates("2/day", "2/day"),
    # Every sign-in asks another server; every new Mastodon host may be one that hangs.
    "provider": Rates("20/minute; 200/hour", "40/minute; 400/hour"),
    "mastodon": Rates("5/minute; 20/hour", "10/minute; 60/hour"),
    "sso": Rates("30/minute", "120/minute"),
    # All that one forum asks of addresses that nobody has proved.
    "proof": Rates("2/day", "120/hour"),
    "token": Rates("30/minute", "60/minute"),
    "avatar": Rates("10/hour; 40/day", "40/hour"),
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
Subject = tuple[str, str]


class OwnCount:
    """What this process has let through."""

    def __init__(self) -> None:
        self.windows = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, rate: RateLimitItem, subject: Subject) -> int:
        """0, and one more is counted; or the seconds until there is room for it."""
        return 0 if self.windows.hit(rate, *subject) else _wait(self.windows, rate, subject)

    def forget_all(self) -> None:
        self.windows.storage.reset()


class SharedCount:
    """What the deployment has let through, by its Redis; in doubt the own count."""

    def __init__(self) -> None:
        from limits.storage import RedisStorage

        from voxpop import redis

        self._own = OwnCount()
        self._asked, self._away = redis.asked, redis.Away
        self._windows = MovingWindowRateLimiter(
            RedisStorage(
                settings.REDIS, connection_pool=redis.pool(), key_prefix=f"{redis.ours()}:rates"
            )
        )

    def wait(self, rate: RateLimitItem, subject: Subject) -> int:
        """As of the own count, which is a part of the other: when it is full, so is that one."""
        own = self._own.windows
        if not own.test(rate, *subject):
            return _wait(own, rate, subject)
        try:
            with self._asked():
                if not self._windows.hit(rate, *subject):
                    return _wait(self._windows, rate, subject)
        except self._away:
            return self._own.wait(rate, subject)
        own.hit(rate, *subject)
        return 0

    def forget_all(self) -> None:
        self._own.forget_all()
        with suppress(self._away), self._asked():
            self._windows.storage.reset()


@cache
def _count() -> OwnCount | SharedCount:
    return SharedCount() if settings.REDIS else OwnCount()


def limit(action: str, subject: str) -> None:
    """Count one `action` of `subject`; raises Problem with the seconds to wait when it is too much.

    The subject is an author ("author:ID"), a network (see limits/address.py), or where a mail goes.
    """
    rates = _rates[action, subject.startswith("author:")]
    if not settings.LIMITS:
        return
    for rate in rates:
        if seconds := _count().wait(rate, (action, _nameless(subject))):
            raise Problem("rate_limited", retry_after=seconds)


def _nameless(subject: str) -> str:
    """As it is counted: Redis is told no e-mail address, nor what others could make of one."""
    if "@" not in subject:
        return subject
    return salted_hmac("voxpop.limits", subject, algorithm="sha256").hexdigest()


def _wait(windows: MovingWindowRateLimiter, rate: RateLimitItem, subject: Subject) -> int:
    free_again = windows.get_window_stats(rate, *subject).reset_time
    return max(1, math.ceil(free_again - time.time()))


def forget_all() -> None:
    """Start counting anew."""
    _count().forget_all()
