"""The cache: bytes under keys that name their content for good. The only place that gets and sets.

A key never stands for other bytes: it names a revision (a thread's seq, a comment's id and
revision) and whatever else the bytes are made of. So nothing is ever invalidated; what is not asked
for falls out, and losing all of it costs time and nothing else.

Each process keeps what it was asked for last. Where VOXPOP_MEMCACHED names nodes, what one process
has made the others need not make again. The code that makes the bytes is part of every key there
(`memcached.py`): it may differ while a release is rolled out.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol

from django.conf import settings

from voxpop.cache.memory import Memory


class Cache(Protocol):
    """The contract of every implementation; tests/contracts/test_cache.py holds them to it.

    None of them raises for a server that is away, and none waits longer than 0.1 s for one.
    """

    def get(self, key: str) -> bytes | None:
        """The bytes under this key, if they are still there."""

    def set(self, key: str, body: bytes) -> None:
        """Keep the bytes, if there is room."""

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Of these what is there, asked for at once."""

    def set_many(self, bodies: Mapping[str, bytes]) -> None:
        """Keep all of these."""

    def clear(self) -> None:
        """Start empty."""


def get(key: str) -> bytes | None:
    """The bytes under this key, from this process or from the nodes."""
    return _cache().get(key)


def set(key: str, body: bytes) -> bytes:
    """Keep the bytes here and at the nodes; returns them."""
    _cache().set(key, body)
    return body


def clear() -> None:
    """Start empty, here and at the nodes that answer."""
    _cache().clear()


class Nearby:
    """What this process has, in front of what all of them have."""

    def __init__(self, near: Cache, far: Cache) -> None:
        self._near = near
        self._far = far

    def get(self, key: str) -> bytes | None:
        body = self._near.get(key)
        if body is None:
            body = self._far.get(key)
            if body is not None:
                self._near.set(key, body)
        return body

    def set(self, key: str, body: bytes) -> None:
        self._near.set(key, body)
        self._far.set(key, body)

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        asked = list(keys)
        found = self._near.get_many(asked)
        lacking = [key for key in asked if key not in found]
        fetched = self._far.get_many(lacking) if lacking else {}
        self._near.set_many(fetched)
        return found | fetched

    def set_many(self, bodies: Mapping[str, bytes]) -> None:
        self._near.set_many(bodies)
        self._far.set_many(bodies)

    def clear(self) -> None:
        self._near.clear()
        self._far.clear()


@cache
def _cache() -> Cache:
    near = Memory(lambda: settings.SNAPSHOT_MEGABYTES * 1024 * 1024)
    if not settings.MEMCACHED:
        return near
    from voxpop.cache.memcached import Memcached

    return Nearby(near, Memcached(settings.MEMCACHED))
