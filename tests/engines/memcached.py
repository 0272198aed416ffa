"""Real memcached nodes, started once per session."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from voxpop.stack.engines.memcached import Memcached
from voxpop.stack.ports import free_ports

NODES = 2


@pytest.fixture(scope="session")
def memcached_nodes() -> Iterator[list[Memcached]]:
    """The session's two memcached nodes; whoever stops one starts it again."""
    folder = Path(tempfile.mkdtemp(prefix="voxpop-memcached-"))
    ports = free_ports()
    nodes = [Memcached(folder / str(number), next(ports)) for number in range(NODES)]
    try:
        for node in nodes:
            node.start()
        yield nodes
    finally:
        for node in nodes:
            node.kill()
        shutil.rmtree(folder)
