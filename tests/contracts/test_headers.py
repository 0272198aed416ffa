"""Every URL of the product: shared ones keep INTERFACES 2, all others are nobody else's (T06)."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from voxpop.accounts.actions import sign_up
from voxpop.edge import front
from voxpop.edge.cached import Asked
from voxpop.edge.policy import SURFACES
from voxpop.forums.models import Forum, Membership, Role, Site
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.profiles.models import Avatar

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
PAGE = {"identifier": "a-page", "url": "https://magazine.test/a-page", "title": "A page"}


@dataclass(frozen=True)
class Route:
    path: str  # as in the URLconf: api/v1/threads/<thread>/comments
    view: Any

    @property
    def plain(self) -> str:
        """The path without converters, by which two routes of one address are the same."""
        return re.sub(r"<\w+:", "<", self.path)

    @property
    def surface(self) -> Any:
        return getattr(self.view, "shared_surface", None)


def routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[Route]:
    """Every URL pattern, with its whole path."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern).replace("^", "").replace("$", "").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield Route(path, pattern.callback)


ROUTES = list(routes())
SHARED = [route for route in ROUTES if route.surface]
PRIVATE = [route for route in ROUTES if not route.surface]


# What a shared route needs besides its path to answer with something.
QUERIES = {
    "thread_page": "?i=a-page",
    "thread_lookup_json": "?identifier=a-page",
    "thread_branch": "?comment={comment}",
    "thread_around": "?comment={comment}",
    "counts_json": "?identifiers=a-page",
    "tail": "?after=0",
    "oembed": "?url={host}/c/{comment}",
}


@dataclass
class Stage:
    """One forum with one thread with one comment, and what the routes' parameters mean there."""

    client: Client
    values: dict[str, str]

    def address(self, route: Route) -> str:
        """The route with values of this stage in the place of its parameters."""
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route.path)
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self._value(found[1]), path)

    def asked(self, route: Route) -> str:
        """A shared route's address with what it needs in its query to answer something."""
        query = QUERIES.get(route.surface.name, "").format(**self.values)
        return self.address(route) + query

    def _value(self, name: str) -> str:
        return self.values.get(name, "0123456789abc")


@pytest.fixture
def stage(client: Client) -> Stage:
    forum = Forum.objects.create(shortname="stage", name="Stage")
    Site.objects.create(forum=forum, origin="https://magazine.test")
    token = _post(client, "/api/v1/guests", {"forum": "stage", "name": "Ada"})["token"]
    body = {"thread": PAGE, "source": "Hello."}
    made = _post(client, "/api/v1/forums/stage/comments", body, token)
    person = sign_up(email="ada@stage.test", name="Ada Public").author
    change_profile(person, Wanted("ada-public", is_public=True, shows_people=True))
    return Stage(
        Client(),
        {
            "forum": "stage",
            "shortname": "stage",
            "host": settings.HOST,
            "handle": "ada-public",
            "name": Avatar.objects.create(name="0" * 26, author=person, small=b"", large=b"").name,
            "size": "96",
            "thread": made["thread"],
            "comment": made["id"],
            "key": made["author"]["avatar"].split("/")[-1].removesuffix(".svg"),
        },
    )


def _post(client: Client, path: str, body: dict[str, Any], token: str = "") -> Any:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = client.post(path, body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_every_surface_of_the_policy_is_served_and_no_other() -> None:
    assert {route.surface.name for route in SHARED} == set(SURFACES)


def test_a_shared_answer_can_be_kept_by_everybody(stage: Stage) -> None:
    faults = {}
    for route in SHARED:
        answer = stage.client.get(stage.asked(route))
        kept = {
            "answers": answer.status_code in {200, 302, 303},
            "browsers": answer.get("Cache-Control", "").startswith("public, max-age="),
            "edge": answer.get("Surrogate-Control", "").startswith("max-age="),
            "vary": answer.get("Vary", "Accept-Encoding") == "Accept-Encoding",
            "cookies": not answer.cookies,
            "etag": "ETag" in answer,
            "policy": _is_strict(answer.get("Content-Security-Policy", "")),
            "origin": "json" not in answer.get("Content-Type", "")
            or answer.get("Access-Control-Allow-Origin") == "*",
            "keys": len(answer.get("Surrogate-Key", "").split()) <= 8,
            "seq": "<thread>" not in route.plain or answer.get("Voxpop-Seq", "").isdigit(),
        }
        faults[route.path] = [name for name, is_kept in kept.items() if not is_kept]

    assert {path: fault for path, fault in faults.items() if fault} == {}


def test_a_shared_answer_is_whole_before_any_middleware_has_seen_it(stage: Stage) -> None:
    """The server hands it out as it is: what is only added further up, readers never get."""
    for route in SHARED:
        path, _, query = stage.asked(route).partition("?")
        found = front.find(path)
        assert found is not None, path
        names = [name for name, _ in front.answer(found, Asked(query)).headers]
        assert {"Content-Security-Policy", "X-Content-Type-Options"} <= set(names), path
        assert len(names) == len(set(names)), path


def test_a_shared_answer_does_not_know_who_asks(stage: Stage) -> None:
    user = get_user_model().objects.create_user("owner@magazine.test", "correct horse battery")
    Membership.objects.create(
        forum=Forum.objects.get(shortname="stage"), user=user, role=Role.OWNER
    )
    stage.client.force_login(user)
    strange = {"Accept-Language": "he", "Authorization": "Bearer x"}
    for route in SHARED:
        plain = Client().get(stage.asked(route))
        known = stage.client.get(stage.asked(route), headers=strange)

        assert known.content == plain.content, route.path
        assert known.headers == plain.headers, route.path


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_other_answer_is_nobody_elses(method: str, stage: Stage) -> None:
    shared = {route.plain for route in SHARED} if method == "GET" else set()
    faults = {}
    # A refusal of the server's own (500) must keep the rule too, so it is answered, not raised.
    stage.client.raise_request_exception = False
    for route in PRIVATE:
        if route.plain in shared:
            continue  # one path, two tiers: its GET is the shared one above
        answer = stage.client.generic(method, stage.address(route))
        policy = answer.get("Content-Security-Policy", "")
        kept = {
            "no-store": answer.get("Cache-Control") == "private, no-store",
            "edge": "Surrogate-Control" not in answer,
            "origin": "Access-Control-Allow-Origin" not in answer,
            "policy": _is_strict(policy) and "frame-ancestors 'none'" in policy,
            "answers": answer.status_code < 500,
        }
        faults[route.path] = [name for name, is_kept in kept.items() if not is_kept]

    assert {path: fault for path, fault in faults.items() if fault} == {}


def test_a_shared_refusal_is_kept_for_a_moment_only(stage: Stage) -> None:
    twice = stage.client.get("/api/v1/forums/stage/threads?identifier=a&identifier=b")
    unknown = stage.client.get("/api/v1/forums/nobodys")

    assert (twice.status_code, twice["Surrogate-Control"]) == (400, "max-age=1")
    assert (unknown.status_code, unknown["Surrogate-Control"]) == (404, "max-age=10")
    assert twice["Access-Control-Allow-Origin"] == unknown["Access-Control-Allow-Origin"] == "*"


def _is_strict(policy: str) -> bool:
    """Scripts from us alone, none inline, no nonce: a cached nonce is a shared secret."""
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip())
    return (
        rules.get("script-src") in {"'self'", "'none'"}
        and rules.get("object-src") == "'none'"
        and rules.get("base-uri") == "'none'"
        and rules.get("form-action") in {"'self'", "'none'"}
        and "nonce-" not in policy
    )
