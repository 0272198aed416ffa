"""T37 and R24: every route × everybody × a forum that is theirs and one that is not.

The table below is read by people. A route without a row fails, and so does a row without a route.
Each row says who gets through to an object of the forum `magazine`; everybody else must be refused,
change nothing, and be told no more than about an object that does not exist.
"""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from voxpop import ids
from voxpop.api import api
from voxpop.forums.models import Membership, Role
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Verb
from voxpop.threads.actions import edit_comment
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast, Person
from voxpop.transfer.models import Import

pytestmark = pytest.mark.broad

# -- who -----------------------------------------------------------------------------------

ANONYMOUS, GUEST, READER = "anonymous", "guest", "reader"
MODERATOR, OWNER = "moderator", "owner"
OTHER_MODERATOR, OTHER_OWNER, OPERATOR = "other moderator", "other owner", "operator"
ACTORS = [
    ANONYMOUS, GUEST, READER, MODERATOR, OWNER, OTHER_MODERATOR, OTHER_OWNER, OPERATOR
]  # fmt: skip
EVERYBODY = frozenset(ACTORS)
WRITERS = EVERYBODY - {ANONYMOUS}
ACCOUNTS = WRITERS - {GUEST}
TEAM = frozenset({MODERATOR, OWNER, OPERATOR})
OWNERS = frozenset({OWNER, OPERATOR})
HERSELF = frozenset({READER})  # the reader wrote the comment that the rows are about
NOBODY: frozenset[str] = frozenset()


@dataclass
class World:
    """A forum with something of every kind in it, and another forum whose people look over."""

    here: Cast
    there: Cast
    people: dict[str, Person | None]
    sessions: dict[str, str]
    objects: dict[str, str]


def build() -> World:
    here, there = Cast(), Cast("elsewhere")
    people: dict[str, Person | None] = {
        ANONYMOUS: None,
        GUEST: here.guest(),
        READER: here.ann,
        OWNER: here.owner,
        OTHER_OWNER: there.owner,
    }
    for name, cast in ((MODERATOR, here), (OTHER_MODERATOR, there)):
        person = people[name] = cast.user(f"{name} of", f"moderator@{cast.forum.shortname}.test")
        Membership.objects.create(forum=cast.forum, user=person.author.user, role=Role.MODERATOR)
        cast.mona = person
    operator = people[OPERATOR] = here.user("Otto Operator", "operator@voxpop.test")
    operator.author.user.is_operator = True
    operator.author.user.save()
    sessions = {name: _session(person) for name, person in people.items()}
    objects = {**_objects(here), "stranger": there.comment("Elsewhere.").public_id}
    return World(here, there, people, sessions, objects)


def _session(person: Person | None) -> str:
    """The cookie of somebody who has signed in on our own origin."""
    client = Client()
    if person is None or person.author.user is None:
        return ""
    client.force_login(person.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _objects(here: Cast) -> dict[str, str]:
    """Public ids of one object of each kind in the forum."""
    by = here.owner.author.user
    comment, held = here.comment("Hers."), here.comment("To be held.")
    spam = moderation.decide(comment=held, verb=Verb.SPAM, by=by)
    writer = here.guest("Barry Banned")
    here.comment("Rude.", author=writer.author)
    banned = moderation.ban_author(forum=here.forum, author=writer.author, by=by)
    edited = here.comment("Before.")
    here.forum.is_premoderated = True
    here.forum.save()
    edited = Comment.objects.select_related("forum", "thread", "author").get(id=edited.id)
    edit_comment(comment=edited, author=here.ann.author, source="After.", revision=1)
    here.forum.is_premoderated = False
    here.forum.save()
    return {
        "forum": here.forum.shortname,
        "shortname": here.forum.shortname,
        "comment": comment.public_id,
        "edited": edited.public_id,
        "thread": comment.thread.public_id,
        "author": here.ann.author.public_id,
        "decision": spam.public_id,
        "ban": ids.public(banned.ban_id),
        "member": here.mona.author.public_id,
        "public_id": _import(here).public_id,
        "key": "41-42-120",
        "secret": "no-such-secret",
    }


def _import(here: Cast) -> Import:
    """An upload that was looked at and waits to be started."""
    file = settings.DATA / "waiting.upload"
    file.write_bytes(b"<disqus/>")
    return Import.objects.create(
        forum=here.forum, file=str(file), source="disqus", state="checked", is_dry_run=True
    )


# -- the table -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One way of using a route: `path` and `body` have the world's objects filled in."""

    route: str
    method: str
    who: frozenset[str]
    body: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    # Where another object than the route's usual one is meant.
    instead: dict[str, str] = field(default_factory=dict)
    # Whether a refusal must look like that of an object that does not exist.
    is_secret: bool = True
    # Whether who gets through changes something (so that no row holds for a wrong reason).
    is_act: bool = True
    note: str = ""

    def __str__(self) -> str:
        crossed = "crossed" if not self.who and self.instead else ""
        return f"{self.method} {self.route} {self.note}{crossed}".strip()

    @property
    def is_json(self) -> bool:
        return self.route.startswith("api/")


def filled(text: str, objects: dict[str, str]) -> str:
    for name, value in objects.items():
        text = text.replace(f"<slug:{name}>", value).replace(f"<str:{name}>", value)
        text = text.replace(f"<{name}>", value)
    return text


def row(route: str, method: str, who: frozenset[str], **more: Any) -> Row:
    return Row(route, method, who, **more)


PAGE = {"url": "https://magazine.test/story", "title": "Story"}
API, MODERATE, FORUM = "api/v1", "moderate", "home/forums/<slug:shortname>"

# Shared: the same bytes for everybody, published things only (the bytes are compared below).
SHARED = [
    row("embed.js", "GET", EVERYBODY),
    row("count.js", "GET", EVERYBODY),
    row("embed/<forum>/thread", "GET", EVERYBODY, query="u=https://magazine.test/story"),
    row("embed/<forum>/thread/<thread>/more", "GET", EVERYBODY),
    row("embed/<forum>/thread/<thread>/branch", "GET", EVERYBODY, query="comment=<comment>"),
    row("embed/<forum>/thread/<thread>/around", "GET", EVERYBODY, query="comment=<comment>"),
    row("embed/<forum>/widget", "GET", EVERYBODY, query="kind=recent"),
    row("avatar/<key>.svg", "GET", EVERYBODY),
    row("c/<str:comment>", "GET", EVERYBODY),
    row("t/<str:thread>/", "GET", EVERYBODY),
    row(f"{API}/threads/<thread>/events", "GET", EVERYBODY, query="after=0"),
    row(f"{API}/threads/<thread>/comments", "GET", EVERYBODY),
    row(f"{API}/threads/<thread>", "GET", EVERYBODY),
    row(f"{API}/comments/<comment>", "GET", EVERYBODY),
    row(f"{API}/forums/<forum>/counts", "GET", EVERYBODY, query="urls=https://magazine.test/story"),
    row(f"{API}/forums/<forum>/threads", "GET", EVERYBODY, query="url=https://magazine.test/story"),
    row(f"{API}/forums/<forum>/comments", "GET", EVERYBODY),
    row(f"{API}/forums/<forum>/trending", "GET", EVERYBODY),
    row(f"{API}/forums/<forum>", "GET", EVERYBODY),
    row(f"{API}/openapi.json", "GET", EVERYBODY),
]

# Writers and viewers: anybody who is somebody; what was written belongs to its author alone.
WRITING = [
    row(f"{API}/tokens", "POST", NOBODY, body={"code": "wrong", "verifier": "v" * 43}),
    row(f"{API}/tokens", "DELETE", WRITERS, is_secret=False, is_act=False),
    row(f"{API}/guests", "POST", EVERYBODY, body={"forum": "<forum>", "name": "New Guest"}),
    row(
        f"{API}/forums/<forum>/comments",
        "POST",
        WRITERS,
        body={"thread": PAGE, "source": "Hello from <author>."},
        is_secret=False,
    ),
    row(
        f"{API}/comments/<comment>",
        "PATCH",
        HERSELF,
        body={"source": "Mine.", "revision": 1},
        is_secret=False,
    ),
    row(f"{API}/comments/<comment>", "DELETE", HERSELF, is_secret=False),
    row(
        f"{API}/comments/<comment>/vote",
        "PUT",
        WRITERS - HERSELF,
        body={"value": 1},
        is_secret=False,
    ),
    row(f"{API}/comments/<comment>/flag", "PUT", WRITERS, body={"reason": "spam"}, is_secret=False),
    row(f"{API}/preview", "POST", EVERYBODY, body={"source": "Hello."}, is_act=False),
    row("t/<str:thread>/write", "GET", EVERYBODY, query="parent=<comment>"),
    row(
        "t/<str:thread>/write",
        "POST",
        EVERYBODY,
        query="parent=<comment>",
        body={"source": "Without a script.", "name": "Nora Noscript", "key": "k1"},
    ),
    row(f"{API}/me/threads/<thread>", "GET", WRITERS, is_secret=False),
    row(f"{API}/me/comments/<comment>", "GET", HERSELF, is_secret=False),
    # This guest left no address.
    row(f"{API}/me/mail", "PUT", ACCOUNTS, body={"replies": True}, is_secret=False),
]

# Moderators: of this forum, and the operator.
DECISIONS = f"{API}/moderation/comments/<comment>/decisions"
THREADS = f"{API}/moderation/threads/<thread>/decisions"
MODERATING = [
    row(f"{API}/moderation/queue", "GET", TEAM, query="forum=<forum>"),
    *[
        row(DECISIONS, "POST", TEAM, body={"decision": verb}, note=verb)
        for verb in ("reject", "spam", "delete")
    ],
    row(
        DECISIONS,
        "POST",
        TEAM,
        body={"decision": "approve", "revision": 2},
        instead={"comment": "<edited>"},
        note="edit",
    ),
    *[
        row(THREADS, "POST", TEAM, body={"decision": verb}, note=verb)
        for verb in ("lock", "premoderate")
    ],
    row(THREADS, "POST", TEAM, body={"decision": "pin", "comment": "<comment>"}, note="pin"),
    row(f"{API}/moderation/forums/<forum>/bans", "POST", TEAM, body={"author": "<author>"}),
    row(f"{API}/moderation/forums/<forum>/bans/<ban>", "DELETE", TEAM),
    row(f"{API}/moderation/decisions/<decision>/undo", "POST", TEAM),
    row(f"{MODERATE}/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/", "GET", TEAM, query="forum=<forum>&author=<author>", note="author"),
    row(f"{MODERATE}/decide/", "POST", TEAM, body={"one": "spam:<comment>"}),
    row(
        f"{MODERATE}/decide/",
        "POST",
        TEAM,
        body={"bulk": "spam", "comment": "<comment>"},
        note="bulk",
    ),
    row(f"{MODERATE}/decide/", "POST", TEAM, body={"one": "approve:<edited>:2"}, note="edit"),
    row(f"{MODERATE}/comments/<comment>/", "GET", TEAM),
    row(f"{MODERATE}/threads/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/threads/<thread>/decide/", "POST", TEAM, body={"decision": "lock"}),
    row(f"{MODERATE}/bans/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/bans/new/", "GET", TEAM, query="forum=<forum>&author=<author>"),
    row(
        f"{MODERATE}/bans/new/",
        "POST",
        TEAM,
        query="forum=<forum>&author=<author>",
        body={"days": "7", "remove_hours": "24"},
    ),
    row(f"{MODERATE}/bans/<ban>/lift/", "POST", TEAM),
    row(f"{MODERATE}/history/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/<slug:shortname>/activity/", "GET", TEAM),
    row(f"{MODERATE}/undo/", "POST", TEAM, body={"decision": "<decision>"}),
]

# Owners: the forum's own pages.
SETTINGS = {
    "name": "Renamed",
    "language": "en",
    "sort": "newest",
    "depth_shown": "6",
    "vote_mode": "both",
    "edit_minutes": "15",
}
OWNING = [
    *[
        row(f"{FORUM}/figures{rest}", "GET", OWNERS)
        for rest in ("/", ".csv", "/threads.csv", ".json")
    ],
    row(f"{FORUM}/", "GET", OWNERS),
    row(f"{FORUM}/install/", "GET", OWNERS),
    row(f"{FORUM}/settings/", "GET", OWNERS),
    row(f"{FORUM}/settings/", "POST", OWNERS, body=SETTINGS),
    row(f"{FORUM}/sites/", "GET", OWNERS),
    row(f"{FORUM}/sites/", "POST", OWNERS, body={"origin": "https://evil.test"}),
    row(f"{FORUM}/sites/remove/", "POST", OWNERS, body={"origin": "https://magazine.test"}),
    row(f"{FORUM}/people/", "GET", OWNERS),
    row(f"{FORUM}/people/", "POST", OWNERS, body={"role": "owner"}),
    row(f"{FORUM}/people/remove/", "POST", OWNERS, body={"author": "<member>"}),
    row(f"{FORUM}/export/", "GET", OWNERS),
    row(f"{FORUM}/import/", "GET", OWNERS),
    row(f"{FORUM}/import/", "POST", OWNERS, body={"file": b"<?xml version='1.0'?><disqus/>"}),
    row(f"{FORUM}/import/<str:public_id>/", "GET", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/start/", "POST", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/discard/", "POST", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/skipped/", "GET", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/skipped.csv", "GET", OWNERS),
]

# Crossed: through the door of a forum that is theirs to an object that is not. Nobody may, not
# even the operator: an object of one forum is not there in another.
THEIRS = {"forum": "elsewhere", "shortname": "elsewhere"}
CROSSED = [
    row(f"{API}/moderation/forums/<forum>/bans/<ban>", "DELETE", NOBODY, instead=THEIRS),
    row(
        f"{API}/moderation/forums/<forum>/bans",
        "POST",
        NOBODY,
        instead=THEIRS,
        body={"author": "<author>"},
    ),
    row(
        f"{API}/forums/<forum>/comments",
        "POST",
        NOBODY,
        instead=THEIRS,
        body={"thread": PAGE, "source": "A reply.", "parent": "<comment>"},
    ),
    row("embed/<forum>/thread/<thread>/more", "GET", NOBODY, instead=THEIRS),
    row(
        "embed/<forum>/thread/<thread>/branch",
        "GET",
        NOBODY,
        query="comment=<comment>",
        instead=THEIRS,
    ),
    row(
        "embed/<forum>/thread/<thread>/around",
        "GET",
        NOBODY,
        query="comment=<comment>",
        instead=THEIRS,
    ),
    row(f"{MODERATE}/", "GET", NOBODY, query="forum=<forum>&author=<author>", instead=THEIRS),
    row(
        f"{MODERATE}/bans/new/",
        "POST",
        NOBODY,
        query="forum=<forum>&author=<author>",
        body={"days": "7", "remove_hours": "24"},
        instead=THEIRS,
    ),
    row(f"{FORUM}/people/remove/", "POST", NOBODY, body={"author": "<member>"}, instead=THEIRS),
    *[
        row(f"{FORUM}/import/<str:public_id>/{act}", method, NOBODY, instead=THEIRS)
        for act, method in [
            ("", "GET"),
            ("start/", "POST"),
            ("discard/", "POST"),
            ("skipped/", "GET"),
            ("skipped.csv", "GET"),
        ]
    ],
]

# Our own pages that are about nobody's forum: what they show is the viewer's own.
OWN = [
    row("", "GET", EVERYBODY),
    row("home/", "GET", ACCOUNTS, is_secret=False),
    row("home/account/", "GET", ACCOUNTS, is_secret=False),
    row("home/account/sign-out/", "POST", ACCOUNTS, is_secret=False, is_act=False),
    row("home/join/<str:secret>", "GET", NOBODY, is_secret=False),
    row("home/forums/new/", "GET", ACCOUNTS, is_secret=False),
    row("home/inbox/", "GET", ACCOUNTS, is_secret=False),
    row("home/inbox/read/", "POST", ACCOUNTS, is_secret=False, is_act=False),
    row("home/settings/notices/", "GET", ACCOUNTS, is_secret=False),
    row("home/settings/notices/", "POST", ACCOUNTS, body={"replies": "on"}, is_secret=False),
    row("home/mail/<str:secret>/", "GET", NOBODY),
    row("home/mail/<str:secret>/", "POST", NOBODY, body={"stop": "1"}),
    row("home/mail/<str:secret>/confirm/", "GET", NOBODY),
    row("home/mail/<str:secret>/confirm/", "POST", NOBODY),
    row("docs/errors", "GET", EVERYBODY),
    row("healthz", "GET", EVERYBODY),
    row("readyz", "GET", EVERYBODY),
    # Of this machine only, or with a token (voxpop/metrics); these ask from this machine.
    row("metrics", "GET", EVERYBODY),
]

# Sign-in: before anybody is anybody. They take no id of anything; only a secret opens them.
SIGN_IN = {
    "accounts/connect/",
    "accounts/link/<str:secret>",
    "accounts/login/",
    "accounts/signup/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/reauthenticate/",
    "accounts/email/",
    "accounts/confirm-email/",
    "accounts/password/change/",
    "accounts/password/set/",
    "accounts/password/reset/",
    "accounts/login/code/confirm/",
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$",
    "accounts/password/reset/confirm/",
    "accounts/password/reset/complete/",
    "accounts/password/reset/done/",
}
# ninja's own front page: switched off, answers 404.
OFF = {f"{API}/"}

TABLE = [*SHARED, *WRITING, *MODERATING, *OWNING, *CROSSED, *OWN]


# -- every route has a row -----------------------------------------------------------------


def routes() -> Iterator[tuple[str, Any]]:
    """Every URL pattern of the product, with what answers it."""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route, pattern.callback

    yield from walk(get_resolver().url_patterns, "")


def operations() -> Iterator[tuple[str, str]]:
    """Every method of every route of the JSON API."""
    for before, router in api._routers:
        for path, view in router.path_operations.items():
            route = f"{API}{before}{path}".replace("{", "<").replace("}", ">")
            for operation in view.operations:
                for method in operation.methods:
                    yield route, method


# pytest-django makes a database only where some test of the run is marked as wanting one.
@pytest.mark.django_db
def test_every_route_has_a_row():
    known = {each.route for each in TABLE} | SIGN_IN | OFF
    assert sorted({route for route, _ in routes()} - known) == []


def test_every_operation_of_the_api_has_a_row():
    known = {(each.route, each.method) for each in TABLE}
    assert sorted(set(operations()) - known) == []


def test_every_row_has_a_route():
    found = {route for route, _ in routes()}
    assert sorted(({each.route for each in TABLE} | SIGN_IN | OFF) - found) == []


def test_what_is_shared_is_in_the_shared_part_of_the_table():
    shared = {route for route, view in routes() if hasattr(view, "shared_surface")}
    assert shared == {each.route for each in SHARED}


def test_signing_in_takes_no_id_of_anything():
    named = {route for route in SIGN_IN if "<" in route}
    assert named == {"accounts/link/<str:secret>", r"accounts/^confirm-email/(?P<key>[-:\w]+)/$"}


# -- every row holds -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Built once: every request of an actor is rolled back to it."""
    data = tmp_path_factory.mktemp("data")  # where "writes are paused" and uploads are kept
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        override_settings(
            LIMITS=False, DATA=data, STORAGES={**settings.STORAGES, "staticfiles": plain}
        ),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        yield build()
        transaction.set_rollback(True)


@pytest.mark.parametrize("each", TABLE, ids=str)
def test_the_table_holds(world: World, each: Row) -> None:
    got_through = set()
    for actor in ACTORS:
        with taken_back():
            before = fingerprint()
            answer = ask(world, each, actor, world.objects)
            assert answer.status_code < 500, (actor, answer.content[:300])
            if is_let_through(answer):
                got_through.add(actor)
                assert (fingerprint() != before) == (each.method != "GET" and each.is_act), actor
            else:
                assert fingerprint() == before, f"{actor} was refused and changed something"
    assert got_through == each.who


def named(each: Row) -> set[str]:
    """The objects of the forum that a row names, in its path, query or body."""
    bodies = [value for value in each.body.values() if isinstance(value, str)]
    text = " ".join([each.route, each.query, *bodies, *each.instead.values()])
    return {name for name in SECRET if f"<{name}>" in text or f":{name}>" in text}


SECRET = ("forum", "shortname", "comment", "thread", "decision", "ban", "edited", "public_id")
HIDDEN = [each for each in TABLE if each.is_secret and each.who < ACCOUNTS and named(each)]


@pytest.mark.parametrize("each", HIDDEN, ids=str)
def test_what_is_foreign_looks_like_what_does_not_exist(world: World, each: Row) -> None:
    nothing = {**world.objects, **{name: nowhere(name) for name in named(each)}}
    for actor in set(ACTORS) - each.who - {ANONYMOUS}:
        with taken_back():
            foreign = ask(world, each, actor, world.objects)
            unknown = ask(world, each, actor, nothing)
        assert (foreign.status_code, shape(foreign)) == (unknown.status_code, shape(unknown)), actor


@pytest.mark.parametrize("each", SHARED, ids=str)
def test_a_shared_answer_is_the_same_for_everybody(world: World, each: Row) -> None:
    bodies = {ask(world, each, actor, world.objects).content for actor in ACTORS}
    assert len(bodies) == 1


def test_a_comment_of_another_forum_is_no_parent_on_the_page_for_writing(world: World) -> None:
    foreign = {**world.objects, "comment": world.objects["stranger"]}
    (each,) = [e for e in WRITING if e.route.endswith("/write") and e.method == "GET"]
    assert b"Hers." in ask(world, each, ANONYMOUS, world.objects).content
    assert b"Elsewhere." not in ask(world, each, ANONYMOUS, foreign).content


def test_the_table_would_notice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the wall away, and the rows of moderators must fall."""
    monkeypatch.setattr("voxpop.moderation.rules.may_moderate", lambda user, forum: True)
    for each in (MODERATING[0], MODERATING[1], MODERATING[-1]):
        with taken_back():
            assert is_let_through(ask(world, each, OTHER_OWNER, world.objects))


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever happens inside is as if it had never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# -- asking --------------------------------------------------------------------------------


def ask(world: World, each: Row, actor: str, objects: dict[str, str]) -> Any:
    """The request of the row, as this actor's browser or script would send it."""
    objects = {**objects, **{name: filled(it, objects) for name, it in each.instead.items()}}
    path = "/" + filled(each.route, objects)
    if each.query:
        path += "?" + filled(each.query, objects)
    body = {name: _deep(value, objects) for name, value in each.body.items()}
    person = world.people[actor]
    if each.is_json:
        return _with_token(each.method, path, body, person)
    return _with_session(each.method, path, body, world.sessions[actor])


def _deep(value: Any, objects: dict[str, str]) -> Any:
    if isinstance(value, bytes):
        return SimpleUploadedFile("export.xml", value)
    return filled(value, objects) if isinstance(value, str) else value


_keys = itertools.count()


def _with_token(method: str, path: str, body: dict[str, Any], person: Person | None) -> Any:
    headers = {"Idempotency-Key": f"key-{next(_keys)}"}
    if person is not None:
        headers["Authorization"] = f"Bearer {person.token}"
    sent = b"" if method == "GET" else json.dumps(body)
    return Client().generic(method, path, sent, content_type="application/json", headers=headers)


def _with_session(method: str, path: str, body: dict[str, Any], session: str) -> Any:
    client = Client()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    if method == "GET":
        return client.get(path)
    return client.post(path, body, headers={"Origin": "http://testserver"})


def is_let_through(answer: Any) -> bool:
    if answer.status_code in {301, 302, 303}:
        return not answer["Location"].startswith("/accounts/login/")
    return bool(answer.status_code < 400)


def nowhere(name: str) -> str:
    return "nothing-here" if name in {"forum", "shortname"} else ids.public(ids.id_at(0))


def shape(answer: Any) -> str:
    """What a refused one can learn; the path he asked for himself is no news to him."""
    if answer.status_code in {301, 302, 303}:
        return "redirect"
    return answer["Content-Type"] + answer.content.decode()[:200]


QUIET = {"AccessToken", "Answered"}


def fingerprint() -> dict[str, list[Any]]:
    """Every row of the product but tokens and kept answers."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for config in apps.get_app_configs()
        if config.name.startswith("voxpop")
        for model in config.get_models()
        if model.__name__ not in QUIET
    }
