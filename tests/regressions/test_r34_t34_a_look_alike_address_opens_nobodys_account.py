"""R34, T34: a reset was mailed to whoever owned a look-alike of the address (CVE-2019-19844)."""

import re

import pytest
from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import User

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


# The same mailbox to whoever folds letters: one account at most.
SAME = ["MIKE@Example.org", "\uff4dike@example.org", "mi\u212ae@example.org", "mike@EXAMPLE.ORG "]


@pytest.mark.parametrize("typed", SAME)
def test_one_mailbox_has_one_account_however_it_is_spelled(typed):
    with pytest.raises(IntegrityError), transaction.atomic():
        sign_up(email=typed, name="Eve", password="another long password")
    assert get_adapter().clean_email(typed) == "mike@example.org"
    assert User.objects.get_by_natural_key(typed).email == "mike@example.org"


@pytest.mark.parametrize("typed", SAME)
def test_a_password_is_asked_of_the_one_account(rf, typed):
    request = rf.post("/accounts/login/")
    asked = {"email": typed, "password": "a long password"}
    assert get_adapter().authenticate(request, **asked) == User.objects.get()
