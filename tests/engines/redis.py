"""A real Redis, started once per session."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

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
