"""An owner's pages: what they show, what they change, and to whom."""

import re

import pytest
from django.conf import settings
from django.test import Client

from voxpop.errors import Problem
from voxpop.forums.models import Forum, Membership, Role
from voxpop.outbound import Fetched, Unreachable
from voxpop.pages import snippet as snippets
from voxpop.pages.forms import SettingsForm
from voxpop.pages.snippet import check_page
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db
OWN = {"Origin": "http://testserver"}
TABS = ["install/", "settings/", "sites/", "people/"]


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast()


def browser(person) -> Client:
    client = Client(headers=OWN)
    client.force_login(person.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def settings_of(forum: Forum, **changes) -> dict:
    """The whole form as a browser sends it."""
    form = SettingsForm(instance=forum)
    typed = {name: form[name].value() for name in form.fields}
    typed.update(changes)
    return {name: value for name, value in typed.items() if value not in (None, False)}


@pytest.mark.parametrize("tab", TABS)
def test_only_an_owner_sees_them_and_others_learn_nothing(cast, tab):
    path = f"/home/forums/{cast.forum.shortname}/{tab}"
    assert browser(cast.owner).get(path).status_code == 200
    Membership.objects.create(forum=cast.forum, user=cast.bob.author.user, role=Role.MODERATOR)
    for person in (cast.ann, cast.bob):
        foreign, missing = (
            browser(person).get(where) for where in (path, f"/home/forums/nowhere/{tab}")
        )
        assert foreign.status_code == missing.status_code == 404
        token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
        assert token.sub(b"", foreign.content) == token.sub(b"", missing.content)
    anonymous = Client().get(path)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/accounts/login/")


def test_settings_are_saved_and_move_the_revision(cast):
    before = cast.forum.revision
    path = f"/home/forums/{cast.forum.shortname}/settings/"
    typed = settings_of(
        cast.forum,
        greeting="Be kind.",
        accent="#AA2200",
        is_premoderated="on",
        closes_after_days="30",
        vote_mode="up",
        word_list="spam*\ncasino",
        language="de",
    )
    typed.pop("allows_guests")
    assert browser(cast.owner).post(path, typed).status_code == 302
    saved = Forum.objects.get()
    assert (saved.greeting, saved.accent, saved.vote_mode) == ("Be kind.", "#aa2200", "up")
    assert (saved.closes_after_days, saved.language) == (30, "de")
    assert saved.is_premoderated
    assert not saved.allows_guests
    assert saved.revision == before + 1


@pytest.mark.broad
@pytest.mark.parametrize(
    "wrong",
    [
        {"accent": "red"},
        {"accent": "#12"},
        {"accent": "#000000;}body{x:url(//evil)"},
        {"language": "xx"},
        {"sort": "worst"},
        {"vote_mode": "twice"},
        {"depth_shown": "99"},
        {"depth_shown": "-1"},
        {"edit_minutes": "9999999"},
        {"edit_minutes": "-5"},
        {"closes_after_days": "0"},
        {"name": ""},
    ],
)
def test_a_wrong_setting_changes_nothing_and_keeps_what_was_typed(cast, wrong):
    path = f"/home/forums/{cast.forum.shortname}/settings/"
    typed = settings_of(cast.forum, greeting="Typed and not lost", **wrong)
    answer = browser(cast.owner).post(path, typed)
    assert answer.status_code == 200
    assert "Typed and not lost" in answer.content.decode()
    assert Forum.objects.get().greeting == ""


def test_t38_what_the_form_does_not_offer_cannot_be_set(cast):
    path = f"/home/forums/{cast.forum.shortname}/settings/"
    typed = settings_of(cast.forum, shortname="stolen", id="1", revision="99", flooded_until="")
    browser(cast.owner).post(path, typed)
    assert Forum.objects.get().shortname == cast.forum.shortname


def test_a_forum_is_created_with_its_first_site(cast):
    client = browser(cast.ann)
    typed = {"name": "Ann’s blog", "shortname": "ann", "origin": "https://ann.example/blog"}
    made = client.post("/home/forums/new/", typed)
    assert made["Location"] == "/home/forums/ann/install/"
    forum = Forum.objects.get(shortname="ann")
    assert [site.origin for site in forum.sites.all()] == ["https://ann.example"]
    assert "Ann’s blog" in client.get("/home/").content.decode()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"shortname": "magazine"}, "taken"),
        ({"shortname": "a b"}, "letters"),
        ({"shortname": "api"}, "reserved"),
        ({"origin": "javascript:alert(1)"}, "address"),
    ],
)
def test_a_refused_forum_says_why_beside_the_field(cast, typed, told):
    form = {"name": "Blog", "shortname": "blog", "origin": "https://blog.example", **typed}
    answer = browser(cast.ann).post("/home/forums/new/", form)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert Forum.objects.count() == 1


def test_a_link_makes_a_moderator(cast):
    path = f"/home/forums/{cast.forum.shortname}/people/"
    page = browser(cast.owner).post(path, {"role": "moderator"}).content.decode()
    link = re.search(r"/home/join/[\w-]+", page)[0]
    invited = browser(cast.ann)
    assert "moderator" in invited.get(link).content.decode()
    assert not Membership.objects.filter(user=cast.ann.author.user).exists()
    assert invited.post(link).status_code == 302
    assert Membership.objects.get(user=cast.ann.author.user).role == Role.MODERATOR
    assert browser(cast.bob).get(link).status_code == 401


def test_an_owner_takes_a_role_away_but_not_the_last_owner_s(cast):
    Membership.objects.create(forum=cast.forum, user=cast.ann.author.user, role=Role.MODERATOR)
    client, path = browser(cast.owner), f"/home/forums/{cast.forum.shortname}/people/remove/"
    assert client.post(path, {"author": cast.ann.author.public_id}).status_code == 302
    assert client.post(path, {"author": cast.owner.author.public_id}).status_code == 403
    assert [m.role for m in Membership.objects.all()] == [Role.OWNER]


def test_a_new_name_is_taken_and_another_s_is_not(cast):
    client = browser(cast.ann)
    assert client.post("/home/account/", {"name": "Anna Anew"}).status_code == 302
    cast.ann.author.refresh_from_db()
    assert cast.ann.author.name == "Anna Anew"
    answer = client.post("/home/account/", {"name": cast.bob.author.name})
    assert "choose another" in answer.content.decode()


# -- the live check ------------------------------------------------------------------------

HOST = "https://comments.test"
GOOD = (
    '<div class="story voxpop" data-forum=magazine></div>'
    f'<script src="{HOST}/embed.js" async></script>'
)


def checked(cast, monkeypatch, body=GOOD, url="https://magazine.test/a", status=200):
    monkeypatch.setattr(snippets, "fetch", lambda asked: Fetched(url, status, body.encode()))
    return check_page(cast.forum, url, HOST)


def test_a_page_that_carries_the_snippet_passes(cast, monkeypatch):
    check = checked(cast, monkeypatch)
    assert check.is_good
    assert [step.is_good for step in check.steps] == [True, True, True]


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("<p>nothing</p>", "no element"),
        (GOOD.replace("magazine", "other"), "“other”, not “magazine”"),
        (GOOD.replace(HOST, "https://elsewhere.test"), "script"),
        (f"<!-- {GOOD} -->", "no element"),
    ],
)
def test_what_is_missing_is_named(cast, monkeypatch, body, advice):
    check = checked(cast, monkeypatch, body)
    assert [step.is_good for step in check.steps] == [True, False, True]
    assert advice in check.steps[1].advice


def test_a_site_that_is_not_allowed_is_offered_to_be(cast, monkeypatch):
    check = checked(cast, monkeypatch, url="https://new.test/a")
    assert [step.is_good for step in check.steps] == [True, True, False]
    assert check.missing_origin == "https://new.test"


def test_a_page_that_does_not_answer_leaves_the_rest_open(cast, monkeypatch):
    def unreachable(url):
        raise Unreachable("no_server")

    monkeypatch.setattr(snippets, "fetch", unreachable)
    check = check_page(cast.forum, "https://gone.test/", HOST)
    assert [step.is_good for step in check.steps] == [False, None, None]
    assert check.steps[0].advice == "There is no server of this name."
    assert [s.is_good for s in checked(cast, monkeypatch, status=500).steps] == [False, None, None]


def test_the_script_of_the_page_gets_the_check_as_json(cast, monkeypatch):
    monkeypatch.setattr(snippets, "fetch", lambda url: Fetched(url, 200, b"<p>no snippet</p>"))
    client, path = browser(cast.owner), f"/home/forums/{cast.forum.shortname}/install/"
    asked = {"Accept": "application/json"}
    told = client.post(path, {"url": "https://magazine.test/a"}, headers=asked).json()
    assert [step["good"] for step in told["steps"]] == [True, False, True]
    assert client.post(path, {"url": "nonsense nonsense"}, headers=asked).status_code == 400


def test_the_check_is_limited(cast, settings, monkeypatch):
    settings.LIMITS = True

    def refuse(request, action):
        raise Problem("rate_limited", retry_after=7)

    monkeypatch.setattr("voxpop.pages.forum.limit_user", refuse)
    path = f"/home/forums/{cast.forum.shortname}/install/"
    answer = browser(cast.owner).post(path, {"url": "https://magazine.test/a"})
    assert answer.status_code == 429
