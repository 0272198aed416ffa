"""R17: Coral, 2022: a button that sent a mail could be pressed without end.

Every form below /accounts/ that sends a mail is sent again and again, from one network, to one
address, until it sends no more; no way of asking gets more out of it than is said here.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from tests.providers.visitor import Visitor
from voxpop import settings as product
from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.adapter import AccountAdapter
from voxpop.accounts.models import User
from voxpop.identities.adapter import IdentityAdapter
from voxpop.settings.ways import Way

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

VICTIM = "victim@example.org"
PASSWORD = "a rather long password"

# What is done again and again; the number is of the time.
Again = Callable[[int], Any]


@pytest.fixture(autouse=True)
def sent(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom a mail was sent to, with the product's own limits."""
    # allauth reads a setting once, when its routes are made: other tests want them as they are.
    assert get_resolver().url_patterns
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_RATE_LIMITS = product.ACCOUNT_RATE_LIMITS
    settings.LIMITS = True
    settings.WAYS_IN = [Way("github", "github", "GitHub", "id", "secret")]
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    cache.clear()
    found: list[str] = []
    monkeypatch.setattr(
        AccountAdapter, "send_mail", lambda self, what, email, context: found.append(email)
    )
    return found


def known() -> User:
    return sign_up(email=VICTIM, name="Victim", password=PASSWORD)


def signed_in(name: str) -> tuple[User, Visitor]:
    """Somebody who has just proved himself, as whoever changes his address must."""
    user, visitor = sign_up(email=f"{name}@example.org", name=name, password=PASSWORD), Visitor()
    visitor.force_login(user)
    visitor.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return user, visitor


# -- ways to make us write to the victim ---------------------------------------------------


def sign_up_again() -> Again:
    return lambda n: Client().post(
        "/accounts/signup/", {"email": VICTIM, "password1": PASSWORD, "name": f"Bomber {n}"}
    )


def sign_up_as_the_known() -> Again:
    known()
    return sign_up_again()


def sign_up_by_passkey() -> Again:
    return lambda n: Client().post(
        "/accounts/signup/passkey/", {"email": VICTIM, "name": f"Bomber {n}"}
    )


def ask_for_a_code() -> Again:
    known()
    return lambda n: Client().post("/accounts/login/code/", {"email": VICTIM})


def reset() -> Again:
    known()
    return lambda n: Client().post("/accounts/password/reset/", {"email": VICTIM})


def sign_in_unproved() -> Again:
    """Whose address is not proved yet is sent the proof when he signs in."""
    EmailAddress.objects.filter(user=known()).update(verified=False)
    return lambda n: Client().post("/accounts/login/", {"login": VICTIM, "password": PASSWORD})


def come_from_another_account() -> Again:
    (app,) = IdentityAdapter().list_apps(None, provider="github")

    def again(n: int) -> Any:
        account = SocialAccount(provider="github", uid=str(n))
        coming = SocialLogin(user=User(), account=account, provider=app.get_provider(None))
        visitor = Visitor()
        session = visitor.session
        session["socialaccount_sociallogin"] = coming.serialize()
        session.save()
        return visitor.sign_up(email=VICTIM, name=f"Bomber {n}")

    return again


def change_address() -> Again:
    _, visitor = signed_in("bomber")
    return lambda n: visitor.post("/accounts/email/", {"action_add": "", "email": VICTIM})


def ask_for_the_proof_again() -> Again:
    bomber, visitor = signed_in("bomber")
    EmailAddress.objects.create(user=bomber, email=VICTIM, verified=False)
    return lambda n: visitor.post("/accounts/email/", {"action_send": "", "email": VICTIM})


# How many mails the victim gets at most: of as many tries as one likes at once, and in an hour.
MOST = {
    sign_up_again: (1, 10),
    sign_up_as_the_known: (1, 10),
    sign_up_by_passkey: (1, 10),
    come_from_another_account: (1, 10),
    sign_in_unproved: (1, 10),
    change_address: (1, 10),
    ask_for_the_proof_again: (1, 10),
    ask_for_a_code: (3, 20),
    reset: (5, 10),
}


@pytest.mark.parametrize("way", MOST, ids=lambda way: way.__name__)
def test_at_once_it_ends_soon(way: Callable[[], Again], sent: list[str]) -> None:
    again = way()
    for number in range(12):
        again(number)
    assert 0 < sent.count(VICTIM) <= MOST[way][0]


@pytest.mark.parametrize("way", MOST, ids=lambda way: way.__name__)
def test_with_patience_it_ends_as_well(
    way: Callable[[], Again], sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All over an hour, each long enough after the one before for any limit of minutes."""
    clock = Clock()
    again = way()
    monkeypatch.setattr(ratelimit, "time", clock)
    for number in range(25):
        again(number)
        clock.passed += 3600 / 25
    assert 0 < sent.count(VICTIM) <= MOST[way][1]


class Clock:
    """Time as allauth asks for it, and what is to have passed."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.monotonic, self.sleep = time.monotonic, time.sleep

    def time(self) -> float:
        return time.time() + self.passed
