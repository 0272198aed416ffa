"""The overlay: all that is his in the thread, nothing of another's, and the same few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from voxpop import ids
from voxpop.edge.floor import HEADER, LIFETIME
from voxpop.edge.front import find
from voxpop.events.worker import drain_outbox
from voxpop.notices.api import MineOut
from voxpop.people.actions import mute, watch
from voxpop.threads.actions import delete_comment, edit_comment, flag_comment, vote
from voxpop.threads.models import Comment, Status, Thread
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    cast = Cast.standing()
    drain_outbox()
    return cast


def path(cast: Cast) -> str:
    return f"/me/threads/{cast.thread.public_id}"


def have_much(cast: Cast) -> None:
    """Bob has something of everything."""
    others = [cast.comment(f"Ann's {number}.") for number in range(20)]
    for each in others:
        vote(author=cast.bob.author, comment=each, value=1)
    flag_comment(author=cast.bob.author, comment=others[0], reason="spam")
    for number in range(5):
        cast.comment(f"Bob's {number}.", author=cast.bob.author)
    watch(author=cast.bob.author, thread=cast.thread)
    mute(author=cast.bob.author, person=cast.owner.author)


def test_it_asks_as_little_of_somebody_with_much_as_of_a_newcomer(cast):
    with CaptureQueriesContext(connection) as little:
        assert cast.bob.send("GET", path(cast)).json()["votes"] == {}
    have_much(cast)
    with CaptureQueriesContext(connection) as much:
        mine = cast.bob.send("GET", path(cast)).json()
    assert (len(mine["votes"]), len(mine["own"]), len(mine["flags"])) == (20, 5, 1)
    assert len(much) == len(little) <= 6


def test_it_says_what_its_schema_says(cast):
    have_much(cast)
    for person in (cast.bob, cast.ann, cast.owner, cast.guest()):
        said = person.send("GET", path(cast)).json()
        assert set(said) == set(MineOut.model_fields)
        MineOut.model_validate(said)


def test_of_what_is_his_another_sees_nothing(cast):
    have_much(cast)
    said = cast.owner.send("GET", path(cast)).json()
    for name in ("votes", "own", "flags", "held", "mutes"):
        assert not said[name]
    assert said["watching"] is False
    assert said["powers"] == ["moderate"]
    assert cast.bob.send("GET", path(cast)).json()["powers"] == []


def test_of_another_thread_it_says_nothing(cast):
    have_much(cast)
    other = Thread.objects.create(public_id="z" * 20, forum=cast.forum, url="https://a.test/other")
    said = cast.bob.send("GET", f"/me/threads/{other.public_id}").json()
    for name in ("votes", "own", "flags", "held"):
        assert not said[name]
    assert said["watching"] is False


def test_nobody_keeps_it(cast):
    answer = cast.bob.send("GET", path(cast))
    assert answer["Cache-Control"] == "private, no-store"
    assert find(f"/api/v1{path(cast)}") is None


def test_what_waits_comes_with_it_and_what_was_taken_for_spam_looks_the_same(cast):
    waiting = cast.comment("Waits.", author=cast.bob.author)
    spam = cast.comment("Spam.", author=cast.bob.author)
    shown = cast.comment("Shown.", author=cast.bob.author)
    Comment.objects.filter(id=waiting.id).update(status=Status.HELD)
    Comment.objects.filter(id=spam.id).update(status=Status.SPAM)
    type(cast.forum).objects.update(word_list="forbidden")
    shown.refresh_from_db()
    edit_comment(comment=shown, author=cast.bob.author, source="forbidden", revision=1)
    said = cast.bob.send("GET", path(cast)).json()
    assert [(each["id"], each["status"]) for each in said["held"]] == [
        (each.public_id, "held") for each in (waiting, spam, shown)
    ]
    assert [each["id"] for each in said["own"]] == [shown.public_id]


def test_whoever_wrote_or_deleted_lately_is_shown_no_older_page(cast):
    assert HEADER not in cast.bob.send("GET", path(cast)).headers
    mine = cast.comment("Mine.", author=cast.bob.author)
    assert HEADER in cast.bob.send("GET", path(cast)).headers
    delete_comment(comment=mine, author=cast.bob.author)
    assert HEADER in cast.bob.send("GET", path(cast)).headers
    older = ids.first_id_at(ids.moment(mine.id) - (LIFETIME + 1) * 1000)
    Comment.objects.filter(id=mine.id).delete()
    long_ago = cast.comment("Long ago.", author=cast.bob.author)
    Comment.objects.filter(id=long_ago.id).update(id=older)
    assert HEADER not in cast.bob.send("GET", path(cast)).headers
