"""A database that is away is told as a pause, on pages as over JSON; any other failure is one."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from voxpop.threads.tests.cast import Cast

ACCOUNT = "/home/account/"


@pytest.fixture
def reader(db):
    client = Client(raise_request_exception=False)
    client.force_login(Cast().user("Bob", "bob@a.test").author.user)
    return client


def breaks(monkeypatch, error):
    def away(*arguments, **named):
        raise error

    # The first that a signed-in request asks the database for.
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)


@pytest.mark.parametrize("error", [OperationalError("no connection"), InterfaceError("closed")])
def test_a_page_says_that_the_database_is_away_and_when_to_come_again(reader, monkeypatch, error):
    breaks(monkeypatch, error)
    answer = reader.get(ACCOUNT)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Cache-Control"] == "private, no-store"
    assert "Back in a moment" in answer.content.decode()


def test_who_was_sending_is_told_that_it_may_not_have_been_kept(reader, monkeypatch):
    breaks(monkeypatch, OperationalError("disk full"))
    answer = reader.post(ACCOUNT, {"name": "Bob"}, headers={"Origin": "http://testserver"})
    assert answer.status_code == 503
    assert "it may not have been kept" in answer.content.decode()


def test_any_other_failure_is_one(reader, monkeypatch):
    breaks(monkeypatch, RuntimeError("ours"))
    assert reader.get(ACCOUNT).status_code == 500
