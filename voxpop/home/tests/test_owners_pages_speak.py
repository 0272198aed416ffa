"""What an owner does with his forum is said in his language, whole; files that he takes are not."""

import html
import io
import re

import pytest
from django.conf import settings
from django.test import Client

from voxpop.accounts.actions import choose_language
from voxpop.forums.actions import make_role_link
from voxpop.forums.models import Role
from voxpop.home.tests.test_speaking import HERE, Seen, spoken_in, wide
from voxpop.outbound import WHY, Fetched, Unreachable
from voxpop.pages import snippet
from voxpop.pages.tests.test_forum_pages import settings_of
from voxpop.threads.tests.cast import Cast
from voxpop.words import words

__all__ = ["wide"]
pytestmark = pytest.mark.django_db(transaction=True)
FORUM = "/home/forums/magazine/"
TABS = ("install", "settings", "sites", "sso", "people", "import", "figures", "wipe")


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast()


@pytest.fixture
def owner(cast) -> Client:
    client = Client(headers=HERE)
    client.force_login(cast.owner.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def left_in(page) -> list[str]:
    """The narrow words of a page, but for addresses, colours, keys and the time's."""
    told = re.sub(
        r"https?://[^\s\"<]+|#[0-9a-f]{6}|\b[0-9a-z]{13}\b|UTC", "", page.content.decode()
    )
    return Seen(told).narrow()


def test_they_are_in_the_language_that_he_chose(cast, owner) -> None:
    choose_language(cast.owner.author.user, "ar")
    for path in ("/home/forums/new/", *(f"{FORUM}{tab}/" for tab in TABS)):
        page = owner.get(path)
        assert page.status_code == 200, path
        assert spoken_in(page) == ("ar", "rtl"), path
    assert words("ar")["set_depth_hint"] in owner.get(f"{FORUM}settings/").content.decode()


@pytest.mark.broad
def test_a_page_has_no_english_word_of_its_own(cast, owner, wide) -> None:
    for path in ("/home/forums/new/", *(f"{FORUM}{tab}/" for tab in TABS)):
        assert left_in(owner.get(path)) == [], path
    for role in Role:
        assert left_in(owner.get(f"/home/join/{make_role_link(forum=cast.forum, role=role)}")) == []
        assert left_in(owner.post(f"{FORUM}people/", {"role": role})) == []
    for kind in ("HS256", "EdDSA"):
        assert left_in(owner.post(f"{FORUM}sso/keys/", {"kind": kind})) == []
    assert left_in(owner.get(f"{FORUM}sso/")) == []


@pytest.mark.broad
def test_what_a_button_did_or_could_not_do_is_said_in_words(cast, owner, wide) -> None:
    link = f"/home/join/{make_role_link(forum=cast.forum, role=Role.MODERATOR)}"
    wrong = {"accent": "red", "requires_second_factor": "on", "closes_after_days": "0"}
    wrong["edit_minutes"] = "9999999"
    for path, given in (
        ("/home/forums/new/", {"name": "x", "shortname": "api", "origin": "https://x.test"}),
        ("/home/forums/new/", {"name": "x", "shortname": "a b", "origin": "https://x.test"}),
        ("/home/forums/new/", {"name": "x", "shortname": "magazine", "origin": "https://x.test"}),
        ("/home/forums/new/", {"name": "x", "shortname": "new", "origin": "javascript:x"}),
        (f"{FORUM}sites/", {"origin": "javascript:x"}),
        (f"{FORUM}sites/", {"origin": "https://more.test"}),
        (f"{FORUM}sites/remove/", {"origin": "https://more.test"}),
        (f"{FORUM}settings/", settings_of(cast.forum, **wrong)),
        (f"{FORUM}sso/", {"sso": "only", "sso_address": ""}),
        (f"{FORUM}sso/", {"sso": "beside", "sso_address": "https://elsewhere.test/"}),
        (f"{FORUM}sso/keys/retire/", {"key": "none"}),
        (f"{FORUM}people/remove/", {"author": cast.owner.author.public_id}),
        (f"{FORUM}wipe/", {"sure": "no"}),
        (link, {}),
        (link, {}),
    ):
        assert left_in(owner.post(path, given, follow=True)) == [], (path, given)


@pytest.mark.parametrize("why", WHY)
def test_why_a_page_could_not_be_fetched_is_said(cast, owner, wide, monkeypatch, why) -> None:
    def fetch(url: str) -> Fetched:
        raise Unreachable(why)

    monkeypatch.setattr(snippet, "fetch", fetch)
    page = owner.post(f"{FORUM}install/", {"url": "https://magazine.test/a"})
    assert left_in(page) == []


@pytest.mark.parametrize(
    "page",
    [
        b"<p>nothing</p>",
        b'<div class="voxpop" data-forum="other"></div>',
        b'<div class="voxpop" data-forum="magazine"></div>',
    ],
)
def test_what_is_missing_on_a_page_is_said_to_the_script_as_to_the_page(
    cast, owner, monkeypatch, page
) -> None:
    choose_language(cast.owner.author.user, "de")
    monkeypatch.setattr(snippet, "fetch", lambda url: Fetched("https://new.test/", 200, page))
    told = {"url": "https://magazine.test/a"}
    shown = owner.post(f"{FORUM}install/", told).content.decode()
    steps = owner.post(f"{FORUM}install/", told, headers={"Accept": "application/json"}).json()
    german = {words("de")[f"step_{each}"] for each in ("answers", "found", "allowed")}
    assert {step["question"] for step in steps["steps"]} == german
    for step in steps["steps"]:
        assert step["advice"] in html.unescape(shown)


def test_t01_what_a_fetched_page_says_is_a_text_to_page_and_script(
    cast, owner, monkeypatch
) -> None:
    page = b'<div class="voxpop" data-forum="&lt;img src=x onerror=alert(1)&gt;"></div>'
    monkeypatch.setattr(snippet, "fetch", lambda url: Fetched("https://new.test/", 200, page))
    told = {"url": "https://magazine.test/a"}
    assert "<img" not in owner.post(f"{FORUM}install/", told).content.decode()
    steps = owner.post(f"{FORUM}install/", told, headers={"Accept": "application/json"}).json()
    assert "<img src=x" in steps["steps"][1]["advice"]  # the script shows it as a text


def test_files_are_the_same_in_every_language(cast, owner) -> None:
    paths = [f"{FORUM}figures{each}" for each in (".csv", "/threads.csv", ".json")]
    english = [owner.get(path).getvalue() for path in paths]
    choose_language(cast.owner.author.user, "de")
    assert [owner.get(path).getvalue() for path in paths] == english
    assert io.BytesIO(english[0]).readline()
