"""A real Redis, started once per session."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voxpop.stack.engines.redis import Redis
from voxpop.stack.ports import free_ports


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """The session's Redis; whoever stops it starts it again."""
    folder = Path(tempfile.mkdtemp(prefix="voxpop-redis-"))
    server = Redis(folder, next(free_ports()))
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture
def redis_used(redis_server: Redis, settings: Any) -> Iterator[Redis]:
    """This process uses the session's Redis, which is empty; it runs again when the test ends."""
    from voxpop import redis  # which takes its time: nobody waits for it who needs no Redis

    settings.REDIS = redis_server.url
    redis.pool.cache_clear()
    redis.client.cache_clear()
    redis.client().flushall()
    try:
        yield redis_server
    finally:
        redis_server.resume()
        if not redis_server.is_running():
            redis_server.start()
        redis.breaker.went_well()
        redis.pool().disconnect()
        redis.pool.cache_clear()
        redis.client.cache_clear()
