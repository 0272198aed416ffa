"""Whoever changes a thread at the desk, or on its public page, sees no older page in a frame."""

import pytest

from voxpop.edge import floor
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return Cast.standing()


def told(person: Person, cast: Cast) -> floor.Floor | None:
    """The floor that the overlay of the thread raises for this person."""
    answer = person.send("GET", f"/me/threads/{cast.thread.public_id}")
    assert answer.status_code == 200
    return floor.read(answer.headers.get(floor.HEADER, ""))


def test_a_moderators_overlay_says_the_place_of_the_log(cast: Cast) -> None:
    comment = Comment.objects.get(thread=cast.thread)
    decided = cast.owner.send(
        "POST", f"/moderation/comments/{comment.public_id}/decisions", {"decision": "delete"}
    )
    assert decided.status_code == 201
    cast.thread.refresh_from_db()
    raised = told(cast.owner, cast)
    assert raised is not None
    assert (raised.thread, raised.seq) == (cast.thread.public_id, cast.thread.seq)
    assert cast.thread.seq > 1


def test_so_does_the_overlay_of_who_has_just_posted_and_of_nobody_else(cast: Cast) -> None:
    cast.thread.refresh_from_db()
    raised = told(cast.ann, cast)
    assert raised is not None
    assert raised.seq == cast.thread.seq
    assert told(cast.bob, cast) is None


def test_a_minute_later_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxpop.threads.overlay.LIFETIME", -1)
    assert told(cast.ann, cast) is None


def test_a_moderator_of_another_forum_is_nobody_here(cast: Cast) -> None:
    assert told(Cast.standing().owner, cast) is None
