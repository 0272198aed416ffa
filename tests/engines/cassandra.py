"""A real Cassandra node, started once per session, and a keyspace of it for each module."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.left_out import leave_out
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
            leave_out("Cassandra", str(missing))
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
