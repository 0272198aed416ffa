"""A schema is changed by one process at a time, which does not wait long for a table."""

import pytest
from django.db import OperationalError, connection

from voxpop.server import prepare
from voxpop.settings.environment import SettingsError


class Locked(Exception):
    sqlstate = prepare.LOCK_NOT_AVAILABLE


@pytest.fixture
def tries(monkeypatch):
    """How often it was tried; the first two find the table locked."""
    made = []

    def migrate(*arguments, **options):
        made.append(arguments)
        if len(made) < 3:
            raise OperationalError("canceling statement due to lock timeout") from Locked()

    monkeypatch.setattr(prepare, "call_command", migrate)
    monkeypatch.setattr(prepare, "PAUSE", 0)
    return made


def test_a_locked_table_is_tried_again(tries):
    prepare._migrate(until=float("inf"))
    assert len(tries) == 3


def test_a_table_that_stays_locked_is_said_in_one_sentence(tries):
    with pytest.raises(SettingsError, match="A table is locked"):
        prepare._migrate(until=0)
    assert len(tries) == 1


def test_another_error_is_not_tried_again(monkeypatch):
    def fail(*arguments, **options):
        raise OperationalError("disk full")

    monkeypatch.setattr(prepare, "call_command", fail)
    with pytest.raises(OperationalError, match="disk full"):
        prepare._migrate(until=float("inf"))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_while_migrating_one_is_alone_and_impatient_and_afterwards_as_before():
    def told(question):
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]

    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    with prepare._alone():
        assert (told("SHOW lock_timeout"), told("SHOW statement_timeout")) == ("2s", "0")
        assert told(held) == 1
        assert connection.connection.patience is None
    assert (told("SHOW lock_timeout"), told("SHOW statement_timeout")) == ("0", "30s")
    assert connection.connection.patience == 35
    assert told(held) == 0
