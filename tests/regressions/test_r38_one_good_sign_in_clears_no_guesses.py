"""R38, T25: a guesser signed in to an account of his own, and could guess on (allauth 65.8.1);
or he wrote himself a new address into X-Forwarded-For (65.14.2)."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import sign_up

pytestmark = pytest.mark.django_db
PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def counted(monkeypatch, settings) -> Iterator[None]:
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = {"login": "1000/m/ip"}  # only what fails is of interest here
    cache.clear()
    for name in ("ann", "eve"):
        sign_up(email=f"{name}@example.org", name=name, password=PASSWORD)
    yield
    cache.clear()


def tries(email: str, password: str, forwarded: str = "") -> bool:
    headers = {"Origin": "http://testserver"}
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    client = Client(headers=headers)
    client.post("/accounts/login/", {"login": email, "password": password})
    return client.get("/home/").status_code == 200


def test_guesses_at_one_account_stay_counted():
    for number in range(5):
        tries("ann@example.org", f"guess {number}")
        tries("eve@example.org", PASSWORD)
    assert not tries("ann@example.org", PASSWORD)


@pytest.mark.broad
def test_guesses_from_one_address_stay_counted():
    for number in range(12):
        tries(f"nobody{number}@example.org", "guess")
        tries("eve@example.org", PASSWORD)
    assert not tries("ann@example.org", PASSWORD)


def test_a_new_forwarding_header_is_no_new_address():
    for number in range(12):
        tries(f"nobody{number}@example.org", "guess", f"203.0.113.{number}")
    assert not tries("ann@example.org", PASSWORD, "198.51.100.77")


@pytest.mark.broad
def test_good_sign_ins_are_not_counted_against_anybody():
    for _ in range(12):
        assert tries("eve@example.org", PASSWORD)
