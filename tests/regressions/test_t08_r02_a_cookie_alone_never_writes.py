"""SAFETY T08, R02: a foreign page can make a browser send our cookie; it cannot make it write.

The matrix: way of writing × what authorises it (cookie, bearer, nothing) × where it comes from.
"""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils.crypto import get_random_string

from voxpop.accounts.models import Author
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import ORIGIN, PAGE, Cast

pytestmark = pytest.mark.django_db

OWN = "http://testserver"
FOREIGN = [
    "https://evil.example",
    "null",
    ORIGIN,
    "http://testserver.evil.example",
    "https://testserver",
]
ABSENT = None


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def signed_in(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def headers(origin: str | None, **more: str) -> dict[str, str]:
    return {**({} if origin is None else {"Origin": origin}), **more}


def send(client: Client, path: str, body: dict, origin: str | None, method="POST", **more: str):
    return client.generic(
        method,
        path,
        json.dumps(body),
        content_type="application/json",
        headers=headers(origin, **{"Idempotency-Key": get_random_string(12), **more}),
    )


def post_body() -> dict:
    return {"thread": {"url": PAGE, "title": "Story"}, "source": "Forged."}


# -- with the session cookie and nothing else ----------------------------------------------


@pytest.mark.broad
@pytest.mark.parametrize("origin", [*FOREIGN, ABSENT])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/forums/{forum}/comments"),
        ("PATCH", "/api/v1/comments/{comment}"),
        ("DELETE", "/api/v1/comments/{comment}"),
        ("PUT", "/api/v1/comments/{comment}/vote"),
        ("PUT", "/api/v1/comments/{comment}/flag"),
        ("POST", "/api/v1/preview"),
        ("POST", "/api/v1/guests"),
        ("POST", "/api/v1/tokens"),
        ("DELETE", "/api/v1/tokens"),
        ("POST", "/api/v1/tokens/renew"),
        ("POST", "/accounts/page/"),
        ("POST", "/api/v1/moderation/comments/{comment}/decisions"),
        ("POST", "/home/forums/{forum}/settings/"),
        ("POST", "/home/forums/{forum}/sites/"),
        ("POST", "/home/account/"),
        ("POST", "/accounts/logout/"),
        ("POST", "/t/{thread}/write"),
    ],
)
def test_a_cookie_from_elsewhere_or_from_nowhere_writes_nothing(cast, method, path, origin):
    path = path.format(
        forum=cast.forum.shortname,
        comment=cast.thread.comments.get().public_id,
        thread=cast.thread.public_id,
    )
    answer = send(signed_in(cast), path, post_body(), origin, method)
    assert answer.status_code == 403, answer.content
    assert answer.json()["code"] == "cross_site"
    assert Comment.objects.count() == 1


def test_a_cookie_does_not_stand_in_for_a_token_on_our_own_pages_either(cast):
    path = f"/api/v1/forums/{cast.forum.shortname}/comments"
    answer = send(signed_in(cast), path, post_body(), OWN)
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_required"


def test_our_own_form_with_its_token_writes(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    path = f"/home/forums/{cast.forum.shortname}/sites/"
    form = client.get(path).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
    added = {"origin": "https://more.example", "csrfmiddlewaretoken": token}
    assert client.post(path, added, headers={"Origin": "https://evil.example"}).status_code == 403
    assert (
        client.post(path, {"origin": "https://more.example"}, headers={"Origin": OWN}).status_code
        == 403
    )
    assert not cast.forum.sites.filter(origin="https://more.example").exists()
    assert client.post(path, added, headers={"Origin": OWN}).status_code == 302
    assert cast.forum.sites.filter(origin="https://more.example").exists()


# -- with a bearer token -------------------------------------------------------------------


@pytest.mark.parametrize("origin", [OWN, ABSENT])
def test_a_bearer_token_writes(cast, origin):
    answer = send(
        Client(),
        f"/api/v1/forums/{cast.forum.shortname}/comments",
        post_body(),
        origin,
        Authorization=f"Bearer {cast.ann.token}",
    )
    assert answer.status_code == 201


def test_no_answer_allows_a_foreign_page_to_send_our_headers(cast):
    """Without this permission a browser sends neither Authorization nor JSON from elsewhere."""
    for path in (
        "/api/v1/guests",
        "/api/v1/tokens",
        f"/api/v1/forums/{cast.forum.shortname}/comments",
    ):
        asked = Client().options(
            path,
            headers={
                "Origin": "https://evil.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        told = Client().post(path, headers={"Origin": "https://evil.example"})
        for answer in (asked, told):
            assert "Access-Control-Allow-Credentials" not in answer
            assert "Access-Control-Allow-Headers" not in answer
            assert "Access-Control-Allow-Methods" not in answer


# -- with nothing: what needs no account ---------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/guests", "/api/v1/preview"])
@pytest.mark.parametrize("origin", FOREIGN)
def test_what_needs_no_account_is_refused_from_elsewhere(cast, path, origin):
    body = (
        {"forum": cast.forum.shortname, "name": "Forged"} if "guests" in path else {"source": "x"}
    )
    answer = send(Client(), path, body, origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert not Author.objects.filter(name="Forged").exists()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_cross_site_is_believed(cast, site):
    body = {"forum": cast.forum.shortname, "name": "Forged"}
    answer = send(Client(), "/api/v1/guests", body, ABSENT, **{"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_what_a_plain_form_can_send_is_not_json(cast, kind):
    body = json.dumps({"forum": cast.forum.shortname, "name": "Forged"})
    answer = Client().generic("POST", "/api/v1/guests", body, content_type=kind)
    assert answer.status_code in {400, 403}
    assert not Author.objects.filter(name="Forged").exists()


@pytest.mark.parametrize("origin", [OWN, ABSENT])
def test_our_own_frame_and_scripts_become_guests(cast, origin):
    body = {"forum": cast.forum.shortname, "name": "Welcome"}
    answer = send(Client(), "/api/v1/guests", body, origin)
    assert answer.status_code == 201
    assert answer.json()["author"]["kind"] == "guest"


def test_no_get_writes_anything(cast):
    client = signed_in(cast)
    before = (Comment.objects.count(), Forum.objects.get(id=cast.forum.id).revision)
    for path in ("sites/remove/", "people/remove/", "settings/?accent=%23000000"):
        client.get(f"/home/forums/{cast.forum.shortname}/{path}")
    client.get(f"/t/{cast.thread.public_id}/write?source=x&key=k")
    assert (Comment.objects.count(), Forum.objects.get(id=cast.forum.id).revision) == before
