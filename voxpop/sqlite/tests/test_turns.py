"""Whoever waits for his turn to write gets it when the one before him is done, or is told."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections

from voxpop.sqlite.base import DatabaseWrapper


def connect(path: Path, patience: float) -> DatabaseWrapper:
    settings: dict[str, Any] = {
        **connections["default"].settings_dict,
        "NAME": path,
        "OPTIONS": {"timeout": patience, "transaction_mode": "IMMEDIATE"},
    }
    return DatabaseWrapper(settings, "default")


@pytest.fixture(autouse=True)
def _any_database(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "turns.sqlite3"
    with sqlite3.connect(path) as driver:
        driver.executescript("PRAGMA journal_mode=WAL; CREATE TABLE turns (who TEXT)")
    driver.close()
    return path


def write(database: DatabaseWrapper) -> None:
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO turns VALUES ('second')")
    database.commit()
    database.set_autocommit(True)


def test_the_second_begins_when_the_first_has_ended(path: Path) -> None:
    first = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    first.execute("INSERT INTO turns VALUES ('first')")
    ending = threading.Timer(0.05, first.commit)
    ending.start()
    second = connect(path, patience=20)
    write(second)
    ending.join()
    assert [who for (who,) in first.execute("SELECT who FROM turns")] == ["first", "second"]
    second.close()
    first.close()


def test_who_waited_in_vain_is_told_so(path: Path) -> None:
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    second = connect(path, patience=0.05)
    with pytest.raises(OperationalError, match="locked"):
        write(second)
    second.close()
    first.close()


def test_the_driver_keeps_its_own_patience_for_everything_else(path: Path) -> None:
    """A reader that meets a recovery of the log waits as it always did."""
    database = connect(path, patience=2)
    write(database)
    assert database.connection.execute("PRAGMA busy_timeout").fetchone() == (2000,)
    database.close()
