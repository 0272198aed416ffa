"""The popup that serves the embed, the one-time link, and what a changed password ends."""

import base64
import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from voxpop.accounts import views
from voxpop.accounts.actions import forget_expired, make_sign_in_link, sign_up
from voxpop.accounts.models import AccessToken, Author, SignInCode, SignInLink, TokenKind, User
from voxpop.accounts.tokens import find_token, issue_token

pytestmark = pytest.mark.django_db
OWN = {"Origin": "http://testserver"}
VERIFIER = "0123456789abcdef0123456789abcdef"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
POPUP = f"/accounts/connect/?challenge={CHALLENGE}"
PASSWORD = "a rather long password"


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LIMITS = False


@pytest.fixture
def ann() -> User:
    return sign_up(email="ann@example.org", name="Ann", password=PASSWORD)


def signed_in(user: User) -> Client:
    client = Client(headers=OWN)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def code_in(page: str) -> str:
    return re.search(r'data-code="([\w-]+)"', page)[1]


def exchange(code: str, verifier: str = VERIFIER):
    body = json.dumps({"code": code, "verifier": verifier})
    return Client().post("/api/v1/tokens", body, content_type="application/json", headers=OWN)


def test_who_is_signed_in_hands_a_code_over_at_once(ann):
    page = signed_in(ann).get(POPUP)
    token = exchange(code_in(page.content.decode())).json()["token"]
    assert find_token(token).author == ann.author


def test_the_code_is_worth_nothing_to_whoever_lacks_the_verifier(ann):
    code = code_in(signed_in(ann).get(POPUP).content.decode())
    answer = exchange(code, "x" * 43)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_code")


def test_the_popup_keeps_its_opener():
    """A Cross-Origin-Opener-Policy would cut the frame off that waits for the code."""
    for answer in (Client().get(POPUP), Client().get("/accounts/login/")):
        assert answer.get("Cross-Origin-Opener-Policy", "unsafe-none") == "unsafe-none"


def test_signing_in_leads_back_to_the_popup_and_so_to_a_code(ann):
    client = Client(headers=OWN)
    asked = client.get(POPUP)
    assert asked["Location"].startswith("/accounts/login/?next=")
    page = client.get(asked["Location"]).content.decode()
    following = re.search(
        r'name="next"[^>]* value="([^"]+)"|value="([^"]+)"[^>]* name="next"', page
    )
    there = (following[1] or following[2]).replace("&amp;", "&")
    typed = {"login": "ann@example.org", "password": PASSWORD, "next": there}
    answer = client.post("/accounts/login/", typed, follow=True)
    assert exchange(code_in(answer.content.decode())).status_code == 201


def test_signing_up_names_the_author_and_leads_to_a_code():
    client = Client(headers=OWN)
    typed = {"email": "new@example.org", "name": " New\u202e  Comer ", "password1": PASSWORD}
    answer = client.post("/accounts/signup/", {**typed, "next": POPUP}, follow=True)
    token = exchange(code_in(answer.content.decode())).json()["token"]
    assert find_token(token).author.name == "New Comer"


def test_a_code_from_a_mail_proves_the_address_before_anything_is_handed_over(settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    client = Client(headers=OWN)
    typed = {"email": "new@example.org", "name": "New", "password1": PASSWORD, "next": POPUP}
    waiting = client.post("/accounts/signup/", typed, follow=True).content.decode()
    assert "data-code" not in waiting
    assert not SignInCode.objects.exists()
    (message,) = mailoutbox
    proof = re.search(r"^\s*([A-Z0-9-]{6,})\s*$", message.body, re.M)[1]
    answer = client.post("/accounts/confirm-email/", {"code": proof}, follow=True)
    assert exchange(code_in(answer.content.decode())).status_code == 201


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "x" * 61, "Ann", "Аnn", "ANN"])
def test_a_name_that_cannot_be_worn_makes_no_account(ann, name):
    """Empty, invisible, too long, or somebody else's to look at (the A may be Cyrillic)."""
    typed = {"email": "new@example.org", "name": name, "password1": PASSWORD}
    assert Client(headers=OWN).post("/accounts/signup/", typed).status_code == 200
    assert User.objects.count() == Author.objects.count() == 1


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "x" * 42 + "<", '"><script>'])
def test_a_popup_opened_wrongly_says_so(ann, challenge):
    answer = signed_in(ann).get("/accounts/connect/", {"challenge": challenge})
    assert answer.status_code == 400
    assert not SignInCode.objects.exists()
    assert "<script>" not in answer.content.decode()


def test_looking_at_a_sign_in_link_does_not_use_it_up(ann):
    """Mail scanners follow links."""
    path = f"/accounts/link/{make_sign_in_link(user=ann)}"
    for _ in range(3):
        assert Client().get(path).status_code == 200
    client = Client(headers=OWN)
    assert client.post(path)["Location"] == "/home/"
    assert client.get("/home/").status_code == 200
    assert Client(headers=OWN).post(path).status_code == 410
    assert Client().get(path).status_code == 410


def test_a_closed_account_s_link_and_session_open_nothing(ann):
    path = f"/accounts/link/{make_sign_in_link(user=ann)}"
    client = signed_in(ann)
    User.objects.update(is_active=False)
    assert Client(headers=OWN).post(path).status_code == 410
    assert client.get("/home/").status_code == 302


def test_t35_a_changed_password_ends_the_sign_ins_in_comment_frames(ann):
    issue_token(ann.author, TokenKind.EMBED)
    client = Client(headers=OWN)
    client.post("/accounts/login/", {"login": ann.email, "password": PASSWORD})
    new = "another long one"
    changed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", changed).status_code == 302
    ann.refresh_from_db()
    assert ann.check_password(new)
    assert not AccessToken.objects.exists()


def test_passwords_are_kept_by_argon2(ann):
    assert ann.password.startswith("argon2")


def test_signing_out_takes_a_post(ann):
    client = signed_in(ann)
    client.get("/accounts/logout/")
    assert client.get("/home/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/home/").status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        *("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/"),
        *("/accounts/email/", "/accounts/password/change/", "/home/account/", "/accounts/logout/"),
    ],
)
def test_every_page_wears_our_frame(ann, path):
    page = signed_in(ann).get(path, follow=True).content.decode()
    assert "pages/pages" in page
    assert '<main id="content"' in page


def test_what_is_over_is_forgotten_and_nothing_else(ann):
    kept = issue_token(ann.author, TokenKind.EMBED)
    issue_token(ann.author, TokenKind.GUEST)
    old = timezone.now() - timedelta(seconds=1)
    AccessToken.objects.filter(kind=TokenKind.GUEST).update(expires=old)
    make_sign_in_link(user=ann)
    SignInLink.objects.update(expires=old)
    forget_expired()
    assert find_token(kept)
    assert AccessToken.objects.count() == 1
    assert not SignInLink.objects.exists()


def test_nobody_is_called_by_an_id(ann):
    client = Client(headers=OWN)
    typed = {"login": ann.email, "password": PASSWORD}
    page = client.post("/accounts/login/", typed, follow=True).content.decode()
    assert str(ann) not in page
