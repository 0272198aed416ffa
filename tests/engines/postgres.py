"""A real PostgreSQL, started once per session, and databases in it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.ports import free_ports


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """One that forgets with the machine, in a folder that its unprivileged user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="voxpop-postgres-"))
    folder.chmod(0o711)
    postgres = Postgres(folder / "postgres", next(free_ports()), is_durable=False)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's server."""
    with running_postgres() as started:
        yield started
