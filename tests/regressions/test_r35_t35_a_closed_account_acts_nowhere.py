"""R35, T35: tokens of a disabled account went on acting (allauth, CVE-2025-65430)."""

import json

import pytest
from django.conf import settings
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import challenge_of, leave_sign_in, make_sign_in_code
from voxpop.accounts.models import User
from voxpop.accounts.sign_ins import begin_sign_in
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver"}
VERIFIER = "v" * 43


@pytest.fixture
def ann(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.LIMITS = False
    settings.ACCOUNT_RATE_LIMITS = False
    ann = Cast.standing().ann
    ann.author.user.set_password("a long password")
    ann.author.user.save()
    return ann


def close() -> None:
    User.objects.update(is_active=False)


def tokens(path: str, body: dict):
    body_text = json.dumps(body)
    return Client().post(path, body_text, content_type="application/json", headers=OURS)


def test_no_token_and_no_renewal(ann):
    made = begin_sign_in(ann.author)
    close()
    assert ann.send("PUT", "/me/mail", {"replies": True}).status_code == 401
    assert tokens("/api/v1/tokens/renew", {"renewal": made.renewal}).status_code == 401


def test_no_code_on_its_way_to_a_frame(ann):
    code = make_sign_in_code(author=ann.author, challenge=challenge_of(VERIFIER))
    leave_sign_in(author=ann.author, challenge=challenge_of(VERIFIER))
    close()
    asked = {"code": code, "verifier": VERIFIER}
    assert tokens("/api/v1/tokens", asked).status_code == 401
    assert tokens("/api/v1/tokens", {"verifier": VERIFIER}).status_code == 401


def test_no_session_and_no_new_one(ann):
    client = Client(headers=OURS)
    client.force_login(ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    close()
    assert client.get("/home/").status_code == 302
    typed = {"login": ann.author.user.email, "password": "a long password"}
    client.post("/accounts/login/", typed)
    assert client.get("/home/").status_code == 302


def test_no_code_by_mail(ann, mailoutbox):
    close()
    client = Client(headers=OURS)
    client.post("/accounts/login/code/", {"email": ann.author.user.email})
    codes = [word for letter in mailoutbox for word in letter.body.split() if word.isupper()]
    for code in codes:
        client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.get("/home/").status_code == 302
