"""SAFETY T10, the server's half: a browser that keeps nothing reads, posts, edits and votes.

The frame stands on somebody else's page, where our cookies are third-party ones and refused. No
answer that the frame gets may set one, and none may need one.
"""

import re

import pytest
from django.conf import settings
from django.test import Client

from voxpop.accounts.actions import challenge_of, make_sign_in_code
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def without_cookies(method: str, path: str, body=None, token: str = "", **headers: str):
    """One request of a browser that keeps nothing; what would be set is a failure."""
    client = Client()
    answer = client.generic(
        method,
        path,
        b"" if body is None else body,
        content_type="application/json",
        headers={**({"Authorization": f"Bearer {token}"} if token else {}), **headers},
    )
    assert not answer.cookies, f"{method} {path} sets {list(answer.cookies)}"
    assert "Cookie" not in answer.get("Vary", ""), f"{method} {path} varies on cookies"
    return answer


def test_reading_sets_no_cookie(cast):
    forum, thread = cast.forum.shortname, cast.thread.public_id
    comment = cast.thread.comments.get().public_id
    for path in (
        "/embed.js",
        "/count.js",
        f"/embed/{forum}/thread?u={PAGE}",
        f"/embed/{forum}/thread/{thread}/more",
        f"/embed/{forum}/thread/{thread}/around?comment={comment}",
        f"/embed/{forum}/widget?kind=recent",
        f"/t/{thread}/",
        f"/c/{comment}",
        f"/api/v1/threads/{thread}",
        f"/api/v1/threads/{thread}/events?after=0",
        f"/api/v1/forums/{forum}/counts?urls={PAGE}",
    ):
        assert without_cookies("GET", path).status_code in {200, 302}, path


def test_a_guest_posts_reads_edits_votes_and_deletes_with_the_token_alone(cast):
    forum = cast.forum.shortname
    made = without_cookies(
        "POST", "/api/v1/guests", f'{{"forum": "{forum}", "name": "Keeps nothing"}}'
    )
    token = made.json()["token"]
    body = f'{{"thread": {{"url": "{PAGE}"}}, "source": "Hello."}}'
    posted = without_cookies(
        "POST", f"/api/v1/forums/{forum}/comments", body, token, **{"Idempotency-Key": "k1"}
    ).json()
    mine = f"/api/v1/comments/{posted['id']}"
    edit = f'{{"source": "Hello again.", "revision": {posted["revision"]}}}'
    assert (
        without_cookies("PATCH", mine, edit, token, **{"Idempotency-Key": "k2"}).status_code == 200
    )
    hers = f"/api/v1/comments/{cast.thread.comments.first().public_id}"
    assert without_cookies("PUT", f"{hers}/vote", '{"value": 1}', token).status_code == 200
    overlay = without_cookies("GET", f"/api/v1/me/threads/{posted['thread']}", None, token).json()
    assert overlay["viewer"]["name"] == "Keeps nothing"
    assert [own["id"] for own in overlay["own"]] == [posted["id"]]
    assert (
        without_cookies("DELETE", mine, None, token, **{"Idempotency-Key": "k3"}).status_code == 200
    )


def test_the_popup_s_code_becomes_a_token_without_a_cookie(cast):
    verifier = "v" * 43
    code = make_sign_in_code(author=cast.ann.author, challenge=challenge_of(verifier))
    body = f'{{"code": "{code}", "verifier": "{verifier}"}}'
    answer = without_cookies("POST", "/api/v1/tokens", body)
    assert answer.status_code == 201
    assert answer.json()["author"]["name"] == cast.ann.author.name


def test_the_page_for_writing_takes_a_comment_from_somebody_who_takes_no_cookies(cast):
    path = f"/t/{cast.thread.public_id}/write"
    form = Client().get(path).content.decode()
    typed = {
        "key": re.search(r'name="key" value="([\w-]+)"', form)[1],
        "source": "No cookies.",
        "name": "Shy",
    }
    sent = Client(enforce_csrf_checks=True).post(
        path, typed, headers={"Origin": "http://testserver"}
    )
    assert sent.status_code == 303
    assert Comment.objects.filter(source="No cookies.").count() == 1


def test_our_own_cookies_are_first_party_ones(cast):
    client = Client()
    client.get("/accounts/login/")
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
