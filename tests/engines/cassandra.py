"""A real Cassandra node, started once per session, and a keyspace of it for each module."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from voxpop.cassandra import Client
from voxpop.settings.environment import SettingsError
from voxpop.stack.engines.cassandra import Cassandra
from voxpop.stack.ports import free_ports


@pytest.fixture(scope="session")
def cassandra() -> Iterator[Cassandra]:
    """The session's node; whoever stops or pauses it sees to it that it serves again."""
    folder = Path(tempfile.mkdtemp(prefix="voxpop-cassandra-"))
    ports = free_ports()
    node = Cassandra(
        folder, cache=settings.CASSANDRA_JARS, port=next(ports), storage_port=next(ports)
    )
    try:
        try:
            node.start()
        except SettingsError as missing:
            leave_out(str(missing))
        yield node
    finally:
        node.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def keyspace(cassandra: Cassandra) -> Iterator[Client]:
    """A client of a keyspace that no other module has."""
    client = Client([(cassandra.address, cassandra.port)], f"test_{secrets.token_hex(6)}")
    client.session(60)
    yield client
    client.close()


def leave_out(why: str) -> None:
    """Loudly; in CI what cannot run has failed."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"Cassandra cannot be tested here: {why}")
    warnings.simplefilter("always", UserWarning)
    warnings.warn(f"NOTHING OF CASSANDRA WAS TESTED: {why}", UserWarning, stacklevel=1)
    pytest.skip(why)
