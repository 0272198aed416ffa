"""Redis: what machines share for a while and may lose. The database stays the truth.

Never more than 0.1 s is waited for it, and after a failure nobody asks for some seconds; whoever
asks says what holds without it.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as NotConnected
from redis.retry import Retry

from voxpop.breaker import Breaker
from voxpop.edge.counters import REDIS, counters

logger = logging.getLogger(__name__)

TIMEOUT = 0.1  # seconds to connect, and for each answer

breaker = Breaker()


class Away(Exception):
    """Redis does not answer, or is left alone because it did not a moment ago."""


@contextmanager
def asked() -> Iterator[Redis]:
    """Redis, for one short question. Raises Away, from inside or out."""
    if not breaker.lets_through():
        counters.count(REDIS, "skipped")
        raise Away
    try:
        yield client()
    except (RedisError, OSError) as error:
        counters.count(REDIS, "failed")
        if breaker.failed():
            logger.warning("Redis is left alone for a moment: %s", error)
        raise Away from error
    breaker.went_well()
    counters.count(REDIS, "answered")


@cache
def client() -> Redis:
    """The client of this process; everybody but `asked` waits for it at his own risk."""
    return Redis(connection_pool=pool())


@cache
def pool() -> ConnectionPool:
    """Connections to VOXPOP_REDIS."""
    return ConnectionPool.from_url(
        settings.REDIS,
        socket_connect_timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        # A connection that was closed since, because Redis has been started again, is made anew.
        # An answer that does not come is not asked for twice.
        retry=Retry(NoBackoff(), 1, supported_errors=(NotConnected,)),
    )


def listening() -> Redis:
    """A client for a thread that does nothing else but hear; nobody waits for it."""
    return Redis.from_url(
        settings.REDIS, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0)
    )


@cache
def ours() -> str:
    """What our names begin with: a Redis may be another deployment's as well."""
    deployment = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"redis", digest_size=6)
    return f"voxpop:{deployment.hexdigest()}"


def trouble() -> str:
    """What is wrong with Redis at this moment, in words for the operator; empty when nothing is."""
    try:
        server = client()
        server.ping()
    except (RedisError, OSError) as error:
        return f"does not answer within {TIMEOUT:g} s: {error}"
    return ""
