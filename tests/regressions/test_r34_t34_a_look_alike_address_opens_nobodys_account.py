"""R34, T34: a reset was mailed to whoever owned a look-alike of the address (CVE-2019-19844)."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import sign_up

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver"}
# A dotless i, a long s, a Cyrillic a, a Kelvin sign for k.
LOOK_ALIKES = ["mıke@example.org", "mike@example.ſorg", "mikе@example.org", "mi\u212ae@еxample.org"]
CODE = re.compile(r"^\s*[A-Z0-9]{4}-?[A-Z0-9]{2,4}\s*$", re.MULTILINE)


@pytest.fixture(autouse=True)
def mike(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()
    return sign_up(email="mike@example.org", name="Mike", password="a long password")


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/login/code/"])
@pytest.mark.parametrize("typed", LOOK_ALIKES)
def test_no_code_for_an_account_leaves_for_another_address(mailoutbox, path, typed):
    Client(headers=OURS).post(path, {"email": typed})
    for letter in mailoutbox:
        assert letter.to == ["mike@example.org"] or not CODE.search(letter.body)


@pytest.mark.parametrize("typed", ["MIKE@Example.org", " mike@example.org "])
def test_the_same_mailbox_in_another_spelling_gets_it(mailoutbox, typed):
    Client(headers=OURS).post("/accounts/login/code/", {"email": typed})
    (letter,) = mailoutbox
    assert letter.to == ["mike@example.org"]
    assert CODE.search(letter.body)
