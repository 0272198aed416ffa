"""T37 and R24: every route × everybody × a forum that is theirs and one that is not.

The table and its world are the auditor's (`voxpop/audit/tenancy/`); how the tests ask is in
`t37_world.py`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.regressions import t37_world
from tests.regressions.t37_world import (
    World,
    ask,
    fingerprint,
    is_let_through,
    taken_back,
    writes_seen,
)
from voxpop import ids
from voxpop.accounts.actions import sign_up
from voxpop.api import api
from voxpop.audit.tenancy.table import (
    ACCOUNTS,
    ACTORS,
    ANONYMOUS,
    API,
    MODERATING,
    OFF,
    OTHER_OWNER,
    SHARED,
    SIGN_IN,
    TABLE,
    WRITING,
    Row,
)

pytestmark = pytest.mark.broad

world, stands = t37_world.world, t37_world.stands
PASSWORD = "correct horse battery"
PASSKEYS = {f"accounts/2fa/webauthn/keys/<int:pk>/{act}/" for act in ("remove", "edit")}

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
    named = {route for route in SIGN_IN if "<" in route.replace("<str:way>", "")}
    assert named - PASSKEYS == {
        "accounts/link/<str:secret>",
        r"accounts/^confirm-email/(?P<key>[-:\w]+)/$",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["remove", "edit"])
def test_but_for_passkeys_and_those_only_of_whoever_has_them(client: Client, act: str):
    mine, theirs = (
        sign_up(email=f"{who}@reader.test", name=who.title(), password=PASSWORD)
        for who in ("ann", "bob")
    )
    keys = [
        Authenticator.objects.create(
            user=user, type="webauthn", data={"name": "a key", "credential": {}}
        )
        for user in (mine, theirs)
    ]
    client.force_login(mine)
    here = {"Origin": "http://testserver"}
    client.post("/accounts/reauthenticate/", {"password": PASSWORD}, headers=here)

    own, foreign = (
        client.post(
            f"/accounts/2fa/webauthn/keys/{key.pk}/{act}/",
            {"name": "another"},
            headers=here,
        )
        for key in keys
    )

    assert (own.status_code, foreign.status_code) == (302, 404)
    left = dict(Authenticator.objects.values_list("user__author__name", "data__name"))
    assert left == {"Bob": "a key"} | ({"Ann": "another"} if act == "edit" else {})


# -- every row holds -----------------------------------------------------------------------


@pytest.mark.parametrize("each", TABLE, ids=str)
def test_the_table_holds(world: World, stands: dict[str, list[Any]], each: Row) -> None:
    got_through = set()
    for actor in ACTORS:
        with taken_back():
            with writes_seen() as written:
                answer = ask(world, each, actor, world.objects)
            assert answer.status_code < 500, (actor, answer.content[:300])
            has_changed = bool(written) and fingerprint() != stands
            if is_let_through(answer):
                got_through.add(actor)
                assert has_changed == (each.method != "GET" and each.is_act), actor
            else:
                assert not has_changed, f"{actor} was refused and changed something"
    assert got_through == each.who


def named(each: Row) -> set[str]:
    """The objects of the forum that a row names, in its path, query or body."""
    bodies = [value for value in each.body.values() if isinstance(value, str)]
    text = " ".join([each.route, each.query, *bodies, *each.instead.values()])
    return {name for name in SECRET if f"<{name}>" in text or f":{name}>" in text}


SECRET = (
    *("forum", "shortname", "comment", "thread", "decision", "ban", "edited", "public_id"),
    *("claim", "imported"),
)
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


def nowhere(name: str) -> str:
    return "nothing-here" if name in {"forum", "shortname"} else ids.public(ids.id_at(0))


def shape(answer: Any) -> str:
    """What a refused one can learn; the path he asked for himself is no news to him."""
    if answer.status_code in {301, 302, 303}:
        return "redirect"
    return answer["Content-Type"] + answer.content.decode()[:200]
