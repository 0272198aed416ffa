"""The servers that processes share and may lose, for those who watch over them."""

from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings


def servers() -> Iterator[tuple[str, Callable[[], str]]]:
    """Each configured one: its name, and what tells its trouble now (empty: none)."""
    if settings.DATABASE_REPLICA:
        from voxpop import replica

        yield "replica", replica.trouble
    if settings.REDIS:
        from voxpop import redis

        yield "redis", redis.trouble
    for address in settings.MEMCACHED:
        from voxpop.cache import memcached

        yield "memcached {}:{}".format(*address), partial(memcached.trouble, address)
    if settings.CASSANDRA:
        from voxpop import cassandra

        yield "cassandra", cassandra.trouble
