"""R36, T34: what was half changed counted already (allauth 65.12.1, 65.14.1)."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import User

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver"}
PASSWORD = "a long password"
OLD, NEW = "ann@example.org", "ann@new.example"


@pytest.fixture(autouse=True)
def mails_are_proved(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    cache.clear()


@pytest.fixture
def ann() -> User:
    return sign_up(email=OLD, name="Ann", password=PASSWORD)


def signed_in() -> Client:
    client = Client(headers=OURS)
    client.post("/accounts/login/", {"login": OLD, "password": PASSWORD})
    assert client.get("/home/").status_code == 200
    return client


def sure_of_himself() -> Client:
    client = signed_in()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def ask_for(client: Client, email: str):
    return client.post("/accounts/email/", {"email": email, "action_add": ""})


def code_to(email: str, mailoutbox) -> str:
    letter = next(each for each in reversed(mailoutbox) if each.to == [email])
    return re.search(r"^\s*([A-Z0-9-]{6,})\s*$", letter.body, re.M)[1]


def opens(email: str) -> bool:
    client = Client(headers=OURS)
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client.get("/home/").status_code == 200


def test_until_the_new_address_is_proved_the_old_one_counts(ann, mailoutbox):
    client = sure_of_himself()
    ask_for(client, NEW)
    ann.refresh_from_db()
    assert ann.email == OLD
    assert opens(OLD)
    assert not opens(NEW)
    client.post("/accounts/confirm-email/", {"code": code_to(NEW, mailoutbox)})
    ann.refresh_from_db()
    assert ann.email == NEW
    assert opens(NEW)
    assert not opens(OLD)


def test_the_old_address_is_told(ann, mailoutbox):
    client = sure_of_himself()
    ask_for(client, NEW)
    client.post("/accounts/confirm-email/", {"code": code_to(NEW, mailoutbox)})
    assert any(letter.to == [OLD] for letter in mailoutbox)


def test_a_code_for_one_address_proves_no_other(ann, mailoutbox):
    """Asked for his own, then for another's: the first code must not prove the second."""
    client = sure_of_himself()
    ask_for(client, NEW)
    code = code_to(NEW, mailoutbox)
    ask_for(client, "chief@example.org")
    client.post("/accounts/confirm-email/", {"code": code})
    ann.refresh_from_db()
    assert ann.email != "chief@example.org"
    assert not EmailAddress.objects.filter(email="chief@example.org", verified=True).exists()


def test_an_address_that_is_somebodys_is_not_had(ann):
    sign_up(email="ben@example.org", name="Ben", password=PASSWORD)
    ask_for(sure_of_himself(), "BEN@example.org")
    assert EmailAddress.objects.get(email="ben@example.org").user.email == "ben@example.org"


def test_a_session_that_did_not_prove_itself_lately_proves_itself_first(ann):
    answer = ask_for(signed_in(), NEW)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not EmailAddress.objects.filter(email=NEW).exists()
