"""SAFETY T41: where a forum asks for it, nobody decides or owns with a password alone."""

import json
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from voxpop.accounts.models import User
from voxpop.forums.models import Forum
from voxpop.moderation.rules import forums_to_moderate
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    standing = Cast.standing()
    Forum.objects.update(requires_second_factor=True)
    return standing


def add_app(user: User) -> None:
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})


def call(method: str, path: str, token: str, body: dict | None = None):
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    return Client().generic(
        method,
        f"/api/v1{path}",
        json.dumps(body) if body else "",
        content_type="application/json",
        headers=headers,
    )


def comment_of(cast: Cast) -> Comment:
    return Comment.objects.get(thread=cast.thread)


def signed_in(user: User) -> Client:
    client = Client(headers=OURS)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_deciding_is_refused_with_a_code_until_it_is_set_up(cast):
    comment, owner = comment_of(cast), cast.owner
    path = f"/moderation/comments/{comment.public_id}/decisions"
    refused = call("POST", path, owner.token, {"decision": "delete"})
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    queue = f"/moderation/queue?forum={cast.forum.shortname}"
    assert call("GET", queue, owner.token).json()["code"] == "second_factor_required"
    comment.refresh_from_db()
    assert comment.status == "published"
    add_app(owner.author.user)
    assert call("POST", path, owner.token, {"decision": "delete"}).status_code == 201


def test_who_has_no_role_is_told_nothing_of_it(cast):
    path = f"/moderation/comments/{comment_of(cast).public_id}/decisions"
    assert call("POST", path, cast.ann.token, {"decision": "delete"}).status_code in {403, 404}
    assert (
        b"second_factor" not in call("POST", path, cast.ann.token, {"decision": "delete"}).content
    )


def test_the_overlay_gives_no_powers(cast):
    thread = comment_of(cast).thread.public_id
    assert call("GET", f"/me/threads/{thread}", cast.owner.token).json()["powers"] == []
    add_app(cast.owner.author.user)
    assert call("GET", f"/me/threads/{thread}", cast.owner.token).json()["powers"] == ["moderate"]


@pytest.mark.broad
@pytest.mark.parametrize(
    "path",
    [
        *("/moderate/", "/moderate/?forum={forum}", "/moderate/{forum}/activity/"),
        *("/home/forums/{forum}/settings/", "/home/forums/{forum}/people/"),
        *("/home/forums/{forum}/figures/", "/home/forums/{forum}/import/"),
    ],
)
def test_the_desk_and_the_owners_pages_lead_to_where_one_is_set_up(cast, path):
    client = signed_in(cast.owner.author.user)
    there = path.format(forum=cast.forum.shortname)
    led = client.get(there)
    assert (led.status_code, led["Location"]) == (302, "/accounts/2fa/")
    assert "asks who runs it for a second factor" in client.get("/accounts/2fa/").text
    add_app(cast.owner.author.user)
    assert client.get(there).status_code == 200


def test_it_is_gone_with_the_factor(cast):
    user = cast.owner.author.user
    add_app(user)
    assert list(forums_to_moderate(user)) == [cast.forum]
    Authenticator.objects.all().delete()
    assert list(forums_to_moderate(user)) == []


def test_a_passkey_counts_with_recovery_codes(cast):
    user = cast.owner.author.user
    Authenticator.objects.create(user=user, type="webauthn", data={})
    assert list(forums_to_moderate(user)) == []
    Authenticator.objects.create(user=user, type="recovery_codes", data={})
    assert list(forums_to_moderate(user)) == [cast.forum]


def test_an_owner_cannot_ask_for_what_he_does_not_have(cast):
    Forum.objects.update(requires_second_factor=False)
    client = signed_in(cast.owner.author.user)
    path = f"/home/forums/{cast.forum.shortname}/settings/"
    page = client.get(path)
    form = {k: v for k, v in page.context["form"].initial.items() if v not in (None, False)}
    asked = client.post(path, {**form, "requires_second_factor": "on"})
    assert "Set one up for yourself first" in asked.text
    assert not Forum.objects.get().requires_second_factor
    add_app(cast.owner.author.user)
    assert client.post(path, {**form, "requires_second_factor": "on"}).status_code == 302
    assert Forum.objects.get().requires_second_factor


@pytest.mark.parametrize("path", ["/accounts/2fa/", "/accounts/login/", "/moderate/", "/home/"])
def test_no_page_of_an_account_can_be_framed(cast, path):
    answer = signed_in(cast.owner.author.user).get(path)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
