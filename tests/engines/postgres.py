"""A real PostgreSQL, started once per session, and databases in it."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.ports import free_ports

DATABASE = "VOXPOP_DATABASE"

_numbers = itertools.count(1)


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can pass: pytest's own are for one user."""
    folder = Path(tempfile.mkdtemp(prefix="voxpop-postgres-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres(*, is_durable: bool = False) -> Iterator[Postgres]:
    """A new one; gone with the context."""
    with passable_folder() as folder:
        postgres = Postgres(folder / "postgres", next(free_ports()), is_durable=is_durable)
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's server; who wants to end one starts his own."""
    with running_postgres() as started:
        yield started


def fresh_database(postgres: Postgres, template: str = "template1") -> str:
    """The address of a database that nobody has used."""
    return _make(postgres.dsn, template)


def is_asked_for() -> bool:
    """Whether these tests run on PostgreSQL (VOXPOP_TEST_DATABASE), servers and all."""
    return os.environ.get("VOXPOP_TEST_DATABASE", "sqlite") != "sqlite"


def environment_of_its_own(template: Mapping[str, str] | None = None) -> dict[str, str]:
    """What gives a server a database of its own where these tests run on PostgreSQL.

    A copy of the one that `template`, a server that is not running, has; empty without one. On
    SQLite it is nothing: there each data folder has its own.
    """
    if not is_asked_for():
        return {}
    name = urlsplit(template[DATABASE]).path[1:] if template else "template1"
    return {DATABASE: _make(os.environ["VOXPOP_TEST_DATABASE"], name)}


def drop(environment: Mapping[str, str]) -> None:
    """The database goes, whoever still uses it; where there is none, nothing."""
    if is_asked_for() and DATABASE in environment:
        name = urlsplit(environment[DATABASE]).path[1:]
        with psycopg.connect(os.environ["VOXPOP_TEST_DATABASE"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _make(dsn: str, template: str) -> str:
    name = f"fresh_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()
