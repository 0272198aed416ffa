"""Other databases beside the one that is served: a backup's file, the target of a move."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from voxpop.settings.databases import sqlite

Entry = Mapping[str, Any]


@contextmanager
def opened(alias: str, entry: Entry) -> Iterator[BaseDatabaseWrapper]:
    """Another database under this alias, as long as one is inside."""
    connections.settings[alias] = _whole(entry)
    try:
        yield connections[alias]
    finally:
        _let_go(alias)
        del connections.settings[alias]


@contextmanager
def in_place_of_ours(entry: Entry) -> Iterator[BaseDatabaseWrapper]:
    """Every verb inside acts on this database instead of on the one of the settings."""
    before = connections.settings[DEFAULT_DB_ALIAS]
    _let_go(DEFAULT_DB_ALIAS)
    connections.settings[DEFAULT_DB_ALIAS] = _whole(entry)
    try:
        yield connections[DEFAULT_DB_ALIAS]
    finally:
        _let_go(DEFAULT_DB_ALIAS)
        connections.settings[DEFAULT_DB_ALIAS] = before


def only_looked_at(file: Path) -> dict[str, Any]:
    """The entry of an SQLite file beside which nothing is to be made."""
    options = {"init_command": "PRAGMA cache_size=-65536;", "transaction_mode": "IMMEDIATE"}
    return {**sqlite(file.parent), "NAME": file, "OPTIONS": options}


def _whole(entry: Entry) -> dict[str, Any]:
    named = connections.configure_settings({DEFAULT_DB_ALIAS: dict(entry)})
    return dict(named[DEFAULT_DB_ALIAS])


def _let_go(alias: str) -> None:
    database = connections[alias]
    database.close()
    if database.vendor == "postgresql":
        database.close_pool()  # type: ignore[attr-defined]
    del connections[alias]
