"""A session is looked up at every request, and one that is over acts nowhere."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from voxpop.accounts.models import User
from voxpop.accounts.sessions import SessionStore
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    """Of a session of Ann's."""
    client = Client()
    client.force_login(Cast().ann.author.user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def whose(key: str) -> str | None:
    """The address of whoever is signed in with this cookie, as Django finds him."""
    request = HttpRequest()
    request.session = SessionStore(key)
    found = get_user(request)
    return found.email if isinstance(found, User) else None


def test_it_is_two_rows_by_their_keys(key, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert whose(key) == "ann@magazine.test"


def test_one_that_has_ended_is_nobodys_and_its_key_is_not_used_again(key):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert whose(key) is None
    session = SessionStore(key)
    session["anything"] = 1
    session.save()
    assert session.session_key != key


def test_a_key_that_is_nobodys_is_nobodys(key):
    assert whose(key[::-1]) is None


def test_who_is_disabled_or_gone_is_nobody(key):
    User.objects.filter(email="ann@magazine.test").update(is_active=False)
    assert whose(key) is None
    User.objects.filter(email="ann@magazine.test").delete()
    assert whose(key) is None
