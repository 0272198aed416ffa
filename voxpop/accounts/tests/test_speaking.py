"""In which language somebody is led in, and where nothing of it may be seen."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils.translation import get_language

from voxpop.accounts import views
from voxpop.accounts.actions import choose_language, sign_up
from voxpop.accounts.speaking import COOKIE, DOORS, WAYS_IN
from voxpop.words import words

pytestmark = pytest.mark.django_db
OWN = {"Origin": "http://testserver"}
CHALLENGE = "x" * 43
LOGIN = "/accounts/login/"
# Below /accounts/ and English: a file without words.
OTHERS = {"mfa_download_recovery_codes"}


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LIMITS = False


def spoken_in(page) -> tuple[str, str]:
    found = re.search(r'<html lang="([\w-]+)"(?: dir="(\w+)")?', page.content.decode())
    return found[1], found[2]


def says(page, language: str, key: str) -> bool:
    return words(language)[key] in page.content.decode()


def test_every_page_below_accounts_is_a_door_or_is_not() -> None:
    def names(resolver, path=""):
        for each in resolver.url_patterns:
            below = path + str(each.pattern)
            yield from names(each, below) if hasattr(each, "url_patterns") else [(below, each.name)]

    found = {name for path, name in names(get_resolver()) if path.startswith("accounts/")}
    # One of these is there where mail leaves the house, the other where none does.
    assert found | {"mfa_signup_webauthn", "account_confirm_email"} == DOORS | WAYS_IN | OTHERS


def test_the_comments_language_is_kept_from_the_popup_to_the_door() -> None:
    client = Client(headers=OWN)
    asked = {"challenge": CHALLENGE, "lang": "ar"}
    page = client.get("/accounts/connect/", asked, follow=True, headers={"Accept-Language": "de"})
    assert spoken_in(page) == ("ar", "rtl")
    assert page["Content-Language"] == "ar"
    assert says(page, "ar", "one_account")
    signing_up = client.get("/accounts/signup/")
    assert spoken_in(signing_up) == ("ar", "rtl")
    assert says(signing_up, "ar", "name_hint")


def test_a_refusal_is_in_the_language_of_its_form() -> None:
    client = Client(headers=OWN)
    sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    page = client.post(
        "/accounts/signup/?lang=de", {"name": "Ann", "email": "no", "password1": "x"}
    )
    assert says(page, "de", "no_name_worn")
    assert "Bitte gültige E-Mail-Adresse eingeben." in page.content.decode()  # Django's
    page = client.post(LOGIN, {"login": "ann@example.org", "password": "wrong"})
    assert "E-Mail-Adresse und/oder" in page.content.decode()  # allauth's


def test_a_mailed_code_comes_in_the_language_of_the_page(mailoutbox) -> None:
    sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    Client(headers=OWN).post("/accounts/login/code/?lang=fr", {"email": "ann@example.org"})
    (mail,) = mailoutbox
    assert "Bonjour" in mail.body
    assert "code" in mail.subject.lower()


@pytest.mark.parametrize(
    "lang", ["xx", "", "../en", "de'\"><script>", "0", "de\r\nSet-Cookie: a=b"]
)
def test_r23_only_a_language_that_we_speak_is_taken_and_kept(lang: str) -> None:
    client = Client(headers=OWN)
    page = client.get(LOGIN, {"lang": lang})
    assert spoken_in(page) == ("en", "ltr")
    assert COOKIE not in client.cookies
    client.cookies[COOKIE] = "xx"
    assert spoken_in(client.get(LOGIN)) == ("en", "ltr")


def test_without_comments_it_is_the_readers_own_language_then_his_browsers() -> None:
    ann = sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    client = Client(headers=OWN | {"Accept-Language": "xx, pt-BR;q=0.9, de;q=0.8"})
    assert spoken_in(client.get(LOGIN)) == ("pt-br", "ltr")
    client.force_login(ann, backend="voxpop.accounts.sessions.Backend")
    choose_language(ann, "he")
    page = client.get("/accounts/connect/", {"challenge": CHALLENGE})
    assert spoken_in(page) == ("he", "rtl")
    page = client.get("/accounts/connect/", {"challenge": CHALLENGE, "lang": "ja"})
    assert spoken_in(page) == ("ja", "ltr")


def test_how_one_signs_in_is_changed_in_ones_own_language() -> None:
    ann = sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    client = Client(headers=OWN | {"Accept-Language": "fr"})
    client.force_login(ann, backend="voxpop.accounts.sessions.Backend")
    client.cookies[COOKIE] = "ja"
    choose_language(ann, "de")
    page = client.get("/accounts/2fa/")
    assert spoken_in(page) == ("de", "ltr")
    assert says(page, "de", "factor_none")
    page = client.get("/accounts/email/")
    assert spoken_in(page) == ("de", "ltr")
    assert "Email ändern" in page.content.decode()  # allauth's
    assert says(page, "de", "sign_out")
    page = client.get("/accounts/identities/", follow=True)  # asks once more who he is
    assert spoken_in(page) == ("de", "ltr")
    assert says(page, "de", "is_it_you")
    choose_language(ann, "")
    assert spoken_in(client.get("/accounts/logout/")) == ("ja", "ltr")


@pytest.mark.parametrize("path", ["/", "/accounts/2fa/recovery-codes/download/", "/accounts/no/"])
def test_no_other_page_speaks_it(path: str) -> None:
    ann = sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    client = Client(headers=OWN | {"Accept-Language": "de"})
    client.force_login(ann, backend="voxpop.accounts.sessions.Backend")
    client.cookies[COOKIE] = "de"
    choose_language(ann, "de")
    client.get(LOGIN)
    page = client.get(f"{path}?lang=de")
    assert spoken_in(page)[0] == page["Content-Language"] == "en"
    assert COOKIE not in page.cookies
    assert get_language() == "en"


def test_a_shared_page_knows_nothing_of_it() -> None:
    client = Client(headers={"Accept-Language": "de"})
    client.cookies[COOKIE] = "de"
    page = client.get("/embed/nowhere/thread?u=https://a.example/")
    assert page["Cache-Control"].startswith("public")
    assert spoken_in(page)[0] == "en"
    assert "Vary" not in page
    assert not page.cookies
