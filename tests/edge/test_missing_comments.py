"""A comment that is not there, or not any more, is purged by its being shown again."""

import pytest
from django.test import Client

from voxpop import ids
from voxpop.consequences import TABLE
from voxpop.threads.actions.stand import publish_comment, remove_comment
from voxpop.threads.events import CommentPublished
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db

NAMED = ["/api/v1/comments/{comment}", "/c/{comment}"]
IN_A_THREAD = [
    "/embed/{forum}/thread/{thread}/around?comment={comment}",
    "/embed/{forum}/thread/{thread}/branch?comment={comment}",
    "/t/{thread}/?sort=around&after={comment}",
]


@pytest.fixture
def removed() -> Comment:
    """A comment that was there and is not any more."""
    comment = Cast().comment()
    return remove_comment(comment, Status.DELETED)


def address(place: str, comment: Comment, name: str = "") -> str:
    thread = comment.thread
    return place.format(
        forum=thread.forum.shortname, thread=thread.public_id, comment=name or comment.public_id
    )


@pytest.mark.parametrize("place", [*NAMED, *IN_A_THREAD])
def test_its_being_shown_again_purges_what_said_that_it_is_not_there(
    client: Client, removed: Comment, place: str
) -> None:
    answer = client.get(address(place, removed))
    assert answer.status_code == 404
    worn = set(answer["Surrogate-Key"].split())
    publish_comment(removed)
    event = CommentPublished(
        removed.forum.shortname, removed.thread.public_id, removed.seq, removed.id
    )
    purge = TABLE[CommentPublished].purges
    assert purge is not None
    assert worn & set(purge(event).keys)
    assert client.get(address(place, removed)).status_code in {200, 302}


@pytest.mark.parametrize("place", IN_A_THREAD)
def test_it_says_its_place_so_that_a_floor_fetches_it_once(
    client: Client, removed: Comment, place: str
) -> None:
    removed.thread.refresh_from_db()
    assert client.get(address(place, removed))["Voxpop-Seq"] == str(removed.thread.seq)


@pytest.mark.parametrize("place", NAMED)
def test_what_was_removed_and_what_never_was_look_alike(
    client: Client, removed: Comment, place: str
) -> None:
    never = ids.public(ids.new_id())
    one, other = client.get(address(place, removed)), client.get(address(place, removed, never))
    assert one.headers["Surrogate-Key"] == f"c:{removed.public_id}"
    assert other.headers["Surrogate-Key"] == f"c:{never}"
    assert (one.content, set(one.headers)) == (other.content, set(other.headers))


@pytest.mark.parametrize("place", NAMED)
@pytest.mark.parametrize("odd", ["a" * 12, "u" * 13, "a" * 200, "z" * 13])
def test_a_name_that_no_comment_can_have_is_in_no_header(
    client: Client, removed: Comment, place: str, odd: str
) -> None:
    answer = client.get(address(place, removed, odd))
    assert answer.status_code == 404
    assert "Surrogate-Key" not in answer


@pytest.mark.parametrize("part", ["more", "around?comment=x", "branch?comment=x"])
def test_a_thread_that_is_not_there_yet_is_purged_by_its_first_comment(
    client: Client, removed: Comment, part: str
) -> None:
    thread = "0" * 20
    answer = client.get(f"/embed/{removed.forum.shortname}/thread/{thread}/{part}")
    assert (answer.status_code, answer["Surrogate-Key"]) == (404, f"t:{thread}")
