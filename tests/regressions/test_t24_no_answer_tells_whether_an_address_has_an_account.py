"""SAFETY T24: no form that takes an address tells which addresses have accounts.

The answers are compared byte for byte, the work in calls of the password hasher, and (long) the
time that passes by a rank test.
"""

import itertools
import math
import re
import time
from random import Random

import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.test import Client

from tests.providers.visitor import Visitor
from voxpop import settings as product
from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import User
from voxpop.identities.adapter import IdentityAdapter
from voxpop.settings.ways import Way

pytestmark = pytest.mark.django_db

KNOWN = "known@example.org"
PASSWORD = "a rather long password"
counter = itertools.count()


@pytest.fixture(autouse=True)
def known(settings, monkeypatch):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LIMITS = False
    settings.WAYS_IN = [Way("github", "github", "GitHub", "id", "secret")]
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    return sign_up(email=KNOWN, name="Known", password=PASSWORD)


def unknown() -> str:
    # As long as the known one, so that two pages that repeat it can be compared.
    return f"x{next(counter):04d}@example.org"


def sign_in(email: str):
    return Client().post("/accounts/login/", {"login": email, "password": "not the password"})


def register(email: str):
    form = {"email": email, "password1": PASSWORD, "name": f"Newcomer {next(counter)}"}
    return Client().post("/accounts/signup/", form, follow=True)


def reset(email: str):
    return Client().post("/accounts/password/reset/", {"email": email}, follow=True)


def ask_for_a_code(email: str):
    return Client().post("/accounts/login/code/", {"email": email}, follow=True)


def register_by_passkey(email: str):
    form = {"email": email, "name": f"Newcomer {next(counter)}"}
    return Client().post("/accounts/signup/passkey/", form, follow=True)


def come_from_another_account(email: str):
    """A first visit from a provider that vouches for no address, with this one typed."""
    (app,) = IdentityAdapter().list_apps(None, provider="github")
    account = SocialAccount(provider="github", uid=f"{next(counter)}")
    coming = SocialLogin(user=User(), account=account, provider=app.get_provider(None))
    visitor = Visitor()
    session = visitor.session
    session["socialaccount_sociallogin"] = coming.serialize()
    session.save()
    return visitor.sign_up(email=email, name=f"Newcomer {next(counter)}")


MAILING = [register, reset, ask_for_a_code, register_by_passkey, come_from_another_account]
WAYS = [sign_in, *MAILING]


def seen(answer, email: str) -> tuple:
    """What the asker gets, without what differs from one request to the next anyway."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    body = re.sub(r"Newcomer \d+", "", body.replace(email, "ADDRESS"))
    kept = {k: v for k, v in answer.headers.items() if k not in {"Content-Length", "Expires"}}
    cookies = sorted(answer.client.cookies)
    return answer.status_code, answer.request["PATH_INFO"], kept, cookies, body


@pytest.mark.parametrize("way", WAYS)
def test_the_answers_are_the_same(way):
    stranger = unknown()
    assert seen(way(KNOWN), KNOWN) == seen(way(stranger), stranger)


@pytest.mark.parametrize("way", MAILING)
def test_it_says_that_a_mail_was_sent_and_one_was(way):
    for email in (KNOWN, unknown()):
        mail.outbox.clear()
        assert "code" in way(email).content.decode()
        assert [message.to for message in mail.outbox] == [[email]]


@pytest.mark.parametrize("way", WAYS)
def test_the_hasher_works_as_often(way, monkeypatch):
    calls = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    monkeypatch.setattr(
        Argon2PasswordHasher, "encode", lambda *a, **k: calls.append("hash") or encode(*a, **k)
    )
    monkeypatch.setattr(
        Argon2PasswordHasher, "verify", lambda *a, **k: calls.append("hash") or verify(*a, **k)
    )
    way(KNOWN)
    for_known = len(calls)
    calls.clear()
    way(unknown())
    assert len(calls) == for_known


def test_an_account_without_a_password_takes_as_much_work(monkeypatch):
    sign_up(email="owner@example.org", name="Made by the operator")
    calls = []
    encode = Argon2PasswordHasher.encode
    monkeypatch.setattr(
        Argon2PasswordHasher, "encode", lambda *a, **k: calls.append("hash") or encode(*a, **k)
    )
    assert sign_in("owner@example.org").status_code == 200
    assert calls


def test_every_form_that_takes_an_address_is_evened(monkeypatch):
    """The clock stands still but for the view, which takes 1.3 steps: 0.7 are slept."""
    monkeypatch.setattr(views, "EVEN_SECONDS", 1.0)
    slept = []
    for way in WAYS:
        monkeypatch.setattr(views, "time", Clock(slept))
        slept.clear()
        way(KNOWN)
        assert [round(seconds, 3) for seconds in slept] == [0.7], way


class Clock:
    def __init__(self, slept: list[float]) -> None:
        self.monotonic = itertools.count(0.0, 1.3).__next__
        self.sleep = slept.append


@pytest.mark.parametrize(
    "form", ["KNOWN@example.org", " known@example.org ", "ｋｎｏｗｎ@example.org"]
)
def test_r34_another_spelling_is_the_same_mailbox(form):
    """A look-alike is neither a second account nor a way into the first (T34)."""
    register(form)
    assert User.objects.count() == 1


@pytest.mark.long
@pytest.mark.parametrize("way", [sign_in, reset])
def test_the_times_are_drawn_from_one_urn(way, known, monkeypatch, settings):
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    known.set_password(PASSWORD)  # the one he has was hashed in the tests' quick way
    known.save()
    # Near a step a little more work would take a whole one more.
    monkeypatch.setattr(views, "EVEN_SECONDS", 3 * work_of(way))
    # One urn looks like two in a hundredth of all draws: what is real is seen again.
    assert any(draw(way) > 0.01 for _ in range(2))


def draw(way) -> float:
    """How well one urn explains the seconds of 150 known and 150 unknown addresses."""
    times: dict[bool, list[float]] = {True: [], False: []}
    # In no order: what the machine does every other time must not look like knowledge.
    turns = [True, False] * 150
    Random(24).shuffle(turns)
    for is_known in turns:
        email = KNOWN if is_known else unknown()
        started = time.perf_counter()
        way(email)
        times[is_known].append(time.perf_counter() - started)
    return mann_whitney(times[True], times[False])


def work_of(way) -> float:
    """Seconds that this machine needs for it, alone; the first time loads what all need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "EVEN_SECONDS", 1e-6)
        taken = []
        for email in (unknown(), unknown(), KNOWN, unknown(), KNOWN):
            started = time.perf_counter()
            way(email)
            taken.append(time.perf_counter() - started)
    return max(taken[1:])


def mann_whitney(first: list[float], second: list[float]) -> float:
    """The two-sided p of the rank-sum test, by its normal approximation."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))
