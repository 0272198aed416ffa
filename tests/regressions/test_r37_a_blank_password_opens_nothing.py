"""R37: where a password may be left out, an empty one must not be one (allauth 65.11.1)."""

import pytest
from django.core.cache import cache
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import User

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver"}
BLANK = ["", " ", "\t", "\u200b", "\x00", None]


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()


def signs_in(email: str, password: str | None) -> bool:
    client = Client(headers=OURS)
    typed = {"login": email, **({} if password is None else {"password": password})}
    client.post("/accounts/login/", typed)
    return client.get("/home/").status_code == 200


@pytest.mark.parametrize("password", BLANK)
def test_an_account_without_a_password_is_not_opened_by_an_empty_one(password, settings):
    made = sign_up(email="ann@example.org", name="Ann")
    assert not made.has_usable_password()
    settings.ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
    assert not signs_in("ann@example.org", password)


@pytest.mark.parametrize("password", BLANK[:4])
def test_who_signs_up_without_one_has_none(password, settings):
    settings.ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
    typed = {"email": "new@example.org", "name": "New", "password1": password}
    Client(headers=OURS).post("/accounts/signup/", typed)
    made = User.objects.filter(email="new@example.org").first()
    assert made is None or not made.has_usable_password()
    assert not signs_in("new@example.org", password)


@pytest.mark.parametrize("password", BLANK[:4])
def test_a_password_is_not_changed_to_an_empty_one(password):
    user = sign_up(email="ann@example.org", name="Ann", password="a long password")
    client = Client(headers=OURS)
    client.post("/accounts/login/", {"login": user.email, "password": "a long password"})
    new = {"password1": password, "password2": password}
    client.post("/accounts/password/change/", {"oldpassword": "a long password", **new})
    user.refresh_from_db()
    assert user.check_password("a long password")
