"""T38: mass assignment. Whoever adds fields to a request is refused, and nothing is set."""

import pytest

from voxpop.api import document
from voxpop.moderation.models import Decision
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import PAGE, Cast

HIDDEN = {
    "status": "published",
    "is_shown": True,
    "forum": "elsewhere",
    "forum_id": 1,
    "author_id": "0000000000001",
    "by": "0000000000001",
    "id": "0000000000001",
    "created": "2001-01-01T00:00:00Z",
    "up": 1000,
    "badge": "owner",
    "html": "<script>alert(1)</script>",
    "lifted": "2001-01-01T00:00:00Z",
    "undone": None,
}


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast(is_premoderated=True)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_comment_is_posted_with_its_own_fields_only(cast, name):
    body = {"thread": {"url": PAGE, "title": "Story"}, "source": "Hello.", name: HIDDEN[name]}
    answer = cast.ann.send("POST", "/forums/magazine/comments", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Comment.objects.exists()


@pytest.mark.parametrize("name", HIDDEN)
def test_a_comment_is_edited_with_its_own_fields_only(cast, name):
    comment = cast.comment()
    body = {"source": "Better.", "revision": 1, name: HIDDEN[name]}
    answer = cast.ann.send("PATCH", f"/comments/{comment.public_id}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    comment.refresh_from_db()
    assert comment.source == "A comment."


@pytest.mark.parametrize("name", HIDDEN)
def test_a_decision_and_a_ban_are_made_with_their_own_fields_only(cast, name):
    comment = cast.comment()
    for path, body in [
        (f"/moderation/comments/{comment.public_id}/decisions", {"decision": "approve"}),
        (f"/moderation/threads/{comment.thread.public_id}/decisions", {"decision": "lock"}),
        ("/moderation/forums/magazine/bans", {"author": cast.ann.author.public_id}),
    ]:
        answer = cast.owner.send("POST", path, {**body, name: HIDDEN[name]})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Decision.objects.exists()
    assert not Ban.objects.exists()


def bodies():
    """Every JSON body that the API takes, as its own OpenAPI document describes it."""
    described = document()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                name = schema.get("$ref", "").rpartition("/")[2]
                yield f"{method} {path}", described["components"]["schemas"].get(name, schema)


def test_every_body_of_the_api_refuses_what_it_does_not_name():
    found = dict(bodies())
    assert len(found) >= 8
    lax = [
        where for where, schema in found.items() if schema.get("additionalProperties") is not False
    ]
    assert lax == []
