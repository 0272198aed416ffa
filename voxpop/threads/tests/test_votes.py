"""Votes: one row per voter, folded into one event per thread (SAFETY R26, T27)."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from voxpop.forums.models import Forum
from voxpop.threads.actions import fold_votes, publish_comment, remove_comment
from voxpop.threads.actions.vote import rank
from voxpop.threads.models import Comment, Status, ThreadEvent, Vote
from voxpop.threads.tests.cast import Cast


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.mark.broad
@pytest.mark.django_db
def test_r26_a_vote_said_a_hundred_times_is_one_vote(cast: Cast) -> None:
    comment = cast.comment()
    for _ in range(50):
        assert cast.bob.send("PUT", f"/comments/{comment.public_id}/vote", {"value": 1})
    fold_votes()
    comment.refresh_from_db()
    assert (comment.up, Vote.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_storm_of_votes_is_one_event_per_fold(cast: Cast) -> None:
    comments = [cast.comment(f"comment {n}") for n in range(3)]
    for comment in comments:
        for person in (cast.bob, cast.owner):
            person.send("PUT", f"/comments/{comment.public_id}/vote", {"value": 1})
    assert fold_votes() == 1
    events = ThreadEvent.objects.filter(kind="votes")
    assert [sorted(each.comments) for each in events] == [sorted(c.id for c in comments)]
    assert fold_votes() == 0


@pytest.mark.django_db
def test_a_vote_can_be_taken_back_and_turned(cast: Cast) -> None:
    comment = cast.comment()
    path = f"/comments/{comment.public_id}/vote"
    for value, tally in ((1, (1, 0)), (-1, (0, 1)), (0, (0, 0))):
        assert cast.bob.send("PUT", path, {"value": value}).status_code == 200
        fold_votes()
        comment.refresh_from_db()
        assert (comment.up, comment.down) == tally


@pytest.mark.django_db
@pytest.mark.parametrize(("mode", "allowed"), [("both", {1, 0, -1}), ("up", {1, 0}), ("none", ())])
def test_a_forum_says_which_votes_it_takes(cast: Cast, mode: str, allowed: set[int]) -> None:
    comment = cast.comment()
    Forum.objects.update(vote_mode=mode)
    path = f"/comments/{comment.public_id}/vote"
    for value in (1, 0, -1):
        expected = 200 if value in allowed else 403
        assert cast.bob.send("PUT", path, {"value": value}).status_code == expected


@pytest.mark.django_db
def test_nobody_votes_on_his_own_comment(cast: Cast) -> None:
    comment = cast.comment()
    answer = cast.ann.send("PUT", f"/comments/{comment.public_id}/vote", {"value": 1})
    assert answer.json()["code"] == "not_allowed"


@pytest.mark.django_db
def test_my_vote_is_in_my_overlay_and_in_nobody_elses(cast: Cast) -> None:
    comment = cast.comment()
    cast.bob.send("PUT", f"/comments/{comment.public_id}/vote", {"value": -1})
    path = f"/me/threads/{comment.thread.public_id}"
    assert cast.bob.send("GET", path).json()["votes"] == {comment.public_id: -1}
    assert cast.ann.send("GET", path).json()["votes"] == {}


@pytest.mark.django_db
def test_best_is_sorted_by_the_folded_rank(cast: Cast) -> None:
    first, second = cast.comment("first"), cast.comment("second")
    cast.bob.send("PUT", f"/comments/{first.public_id}/vote", {"value": 1})
    path = f"/api/v1/threads/{first.thread.public_id}/comments"
    order = [c["id"] for c in Client().get(path, {"sort": "best"}).json()["comments"]]
    assert order == [second.public_id, first.public_id]
    fold_votes()
    order = [c["id"] for c in Client().get(path, {"sort": "best"}).json()["comments"]]
    assert order == [first.public_id, second.public_id]
    assert Comment.objects.get(id=first.id).rank > 0


@pytest.mark.django_db
def test_a_vote_on_a_comment_removed_before_the_fold_counts_when_it_is_restored(cast: Cast) -> None:
    comment = cast.comment()
    cast.bob.send("PUT", f"/comments/{comment.public_id}/vote", {"value": 1})
    remove_comment(comment, Status.REJECTED)
    assert fold_votes() == 0  # readers are not told of what they do not see
    publish_comment(comment)
    fold_votes()
    path = f"/api/v1/threads/{comment.thread.public_id}"
    assert [c["up"] for c in Client().get(f"{path}/comments").json()["comments"]] == [1]
    assert "votes" not in {
        each["kind"] for each in Client().get(f"{path}/events?after=0").json()["events"]
    }


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_rank_fits_its_column_and_grows_with_favour(up: int, down: int) -> None:
    assert 0 <= rank(up, down) <= 1_000_000_000
    assert rank(up + 1, down) >= rank(up, down)
    assert rank(up, down + 1) <= rank(up, down)
