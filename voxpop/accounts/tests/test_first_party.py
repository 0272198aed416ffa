"""BearerFirst: whoever shows a token to the API is known by it, and by nothing else he brings."""

import json
import uuid

import pytest
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.test import Client

from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


@pytest.fixture
def seen(monkeypatch) -> list[str]:
    """The addresses that came as far as the middleware that reads sessions."""
    seen: list[str] = []
    plain = SessionMiddleware.process_request

    def watching(self, request):
        seen.append(request.path)
        return plain(self, request)

    monkeypatch.setattr(SessionMiddleware, "process_request", watching)
    return seen


def owners_browser(cast: Cast, **options) -> Client:
    """Somebody else is signed in on our own origin in the same browser."""
    client = Client(**options)
    client.force_login(cast.owner.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def post(client: Client, cast: Cast, authorization: str):
    return client.post(
        f"/api/v1/forums/{cast.forum.shortname}/comments",
        json.dumps({"thread": {"url": PAGE, "title": "Story"}, "source": "Whose?"}),
        content_type="application/json",
        headers={
            "Authorization": authorization,
            "Idempotency-Key": str(uuid.uuid4()),
            "Origin": "http://testserver",
        },
    )


def test_the_token_says_who_writes_and_the_cookie_beside_it_nothing(cast, seen):
    client = owners_browser(cast, enforce_csrf_checks=True)
    posted = post(client, cast, f"Bearer {cast.ann.token}")
    assert posted.status_code == 201, posted.content
    assert Comment.objects.get(source="Whose?").author == cast.ann.author
    assert seen == []
    assert not posted.cookies
    assert "Cookie" not in posted.get("Vary", "")


def test_a_token_that_does_not_hold_is_not_made_good_by_a_cookie(cast, seen):
    answer = post(owners_browser(cast), cast, "Bearer made-up")
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    assert seen == []


def test_a_moderators_cookie_lends_a_readers_token_no_power(cast, seen):
    comment = cast.thread.comments.get().public_id
    answer = owners_browser(cast).post(
        f"/api/v1/moderation/comments/{comment}/decisions",
        json.dumps({"decision": "delete"}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {cast.ann.token}", "Origin": "http://testserver"},
    )
    assert answer.status_code in {403, 404}
    assert cast.thread.comments.get().status == "published"
    assert seen == []


def test_without_a_token_and_on_our_own_pages_the_session_is_read(cast, seen):
    assert owners_browser(cast).get("/home/").status_code == 200
    # The pages of people take no tokens: a script with one is nobody there.
    as_script = {"Authorization": f"Bearer {cast.owner.token}"}
    assert Client().get("/home/", headers=as_script).status_code == 302
    assert Client().get("/api/v1/me/threads/none").status_code == 401
    assert seen == ["/home/", "/home/", "/api/v1/me/threads/none"]


def test_an_address_that_is_none_is_refused_as_ever(cast, seen):
    answer = Client().get(
        "/api/v1/no/such/thing", headers={"Authorization": f"Bearer {cast.ann.token}"}
    )
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "private, no-store"
