"""Following, watching, muting: what may be wished, that it is so once, and what it does."""

import pytest
from django.test import Client

from voxpop.events.models import OutboxEvent
from voxpop.events.worker import drain_outbox
from voxpop.notices.inbox import read_inbox
from voxpop.notices.models import Letter, PersonalNotice
from voxpop.people import actions
from voxpop.people.models import Follow, Mute, Watch
from voxpop.people.reading import watchers_of
from voxpop.threads.actions import remove_comment
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    cast = Cast.standing()
    drain_outbox()
    return cast


def inbox(person: Person) -> list[tuple[str, str]]:
    """Of each notice its kind, and what was said or who follows."""
    return [
        (each.kind, each.comment.source if each.comment else each.by.name)
        for group in read_inbox(person.author).groups
        for each in group.told
    ]


def put(person: Person, path: str) -> tuple[int, dict]:
    answer = person.send("PUT", path)
    return answer.status_code, answer.json()


def follow(person: Person, whom: Person) -> tuple[int, dict]:
    return put(person, f"/me/follows/{whom.author.public_id}")


def test_following_is_said_once_and_told_once(cast):
    for _ in range(3):
        assert follow(cast.bob, cast.ann) == (
            200,
            {"follows": True, "mutes": False, "can_follow": True},
        )
    assert Follow.objects.count() == 1
    drain_outbox()
    cast.bob.send("DELETE", f"/me/follows/{cast.ann.author.public_id}")
    assert Follow.objects.count() == 0
    follow(cast.bob, cast.ann)
    drain_outbox()
    assert inbox(cast.ann) == [("follow", cast.bob.author.name)]


def test_nobody_follows_a_guest_nor_himself_and_no_guest_follows(cast):
    guest = cast.guest()
    assert follow(cast.bob, guest)[1]["code"] == "not_allowed"
    assert follow(cast.bob, cast.bob)[1]["code"] == "not_allowed"
    assert follow(guest, cast.ann)[1]["code"] == "sign_in_required"
    assert put(guest, f"/me/watches/{cast.thread.public_id}")[1]["code"] == "sign_in_required"
    assert not Follow.objects.exists()
    assert not OutboxEvent.objects.filter(name="PersonFollowed").exists()


def test_there_is_a_most_and_what_is_held_already_may_be_said_again(cast, monkeypatch):
    monkeypatch.setattr(actions, "MOST_FOLLOWS", 1)
    assert follow(cast.bob, cast.ann)[0] == 200
    assert follow(cast.bob, cast.ann)[0] == 200
    assert follow(cast.bob, cast.owner)[1]["code"] == "not_allowed"


def test_who_watches_is_told_of_every_comment_but_his_own_and_once(cast):
    assert put(cast.bob, f"/me/watches/{cast.thread.public_id}") == (200, {"watching": True})
    put(cast.ann, f"/me/watches/{cast.thread.public_id}")
    mine = cast.comment("By Bob.", author=cast.bob.author)
    cast.comment("By Olive.", author=cast.owner.author)
    cast.comment("To Bob.", author=cast.ann.author, parent=mine)
    drain_outbox()
    assert inbox(cast.bob) == [("reply", "To Bob."), ("watch", "By Olive.")]
    assert inbox(cast.ann) == [("watch", "By Olive."), ("watch", "By Bob.")]
    cast.bob.send("DELETE", f"/me/watches/{cast.thread.public_id}")
    cast.comment("Later.", author=cast.owner.author)
    drain_outbox()
    assert len(inbox(cast.bob)) == 2


def test_many_watchers_are_told_some_at_a_time_each_once(cast, monkeypatch):
    monkeypatch.setattr("voxpop.people.reading.WATCHERS_AT_ONCE", 2)
    people = [cast.user(f"Watcher {n}", f"w{n}@a.test") for n in range(5)]
    for person in people:
        actions.watch(author=person.author, thread=cast.thread)
    assert [len(some) for some in watchers_of(cast.thread.id)] == [2, 2, 1]
    cast.comment("News.", author=cast.owner.author)
    drain_outbox()
    assert [inbox(person) for person in people] == [[("watch", "News.")]] * 5


def test_what_is_removed_leaves_the_inboxes_of_those_who_watch(cast):
    actions.watch(author=cast.bob.author, thread=cast.thread)
    said = cast.comment("Soon gone.", author=cast.owner.author)
    drain_outbox()
    assert inbox(cast.bob) == [("watch", "Soon gone.")]
    remove_comment(said, Status.REJECTED)
    drain_outbox()
    assert inbox(cast.bob) == []


@pytest.mark.broad
def test_nothing_is_heard_of_who_is_muted_not_even_of_before(cast):
    first = Comment.objects.earliest("id")
    cast.comment("Before.", author=cast.bob.author, parent=first)
    drain_outbox()
    assert inbox(cast.ann) == [("reply", "Before.")]
    follow(cast.ann, cast.bob)
    assert put(cast.ann, f"/me/mutes/{cast.bob.author.public_id}") == (
        200,
        {"follows": False, "mutes": True, "can_follow": True},
    )
    assert inbox(cast.ann) == []
    actions.watch(author=cast.ann.author, thread=cast.thread)
    Letter.objects.all().delete()
    cast.comment("After.", author=cast.bob.author, parent=first)
    follow(cast.bob, cast.ann)
    drain_outbox()
    assert PersonalNotice.objects.filter(to=cast.ann.author).exists() is False
    assert not Letter.objects.filter(to=cast.ann.author).exists()
    assert follow(cast.ann, cast.bob)[1]["code"] == "not_allowed"
    cast.ann.send("DELETE", f"/me/mutes/{cast.bob.author.public_id}")
    assert inbox(cast.ann) == [("reply", "Before.")]  # what came meanwhile was never told


def test_a_guest_mutes_but_nobody_mutes_himself(cast):
    guest = cast.guest()
    assert put(guest, f"/me/mutes/{cast.ann.author.public_id}")[1]["mutes"] is True
    assert put(guest, f"/me/mutes/{guest.author.public_id}")[1]["code"] == "not_allowed"
    assert Mute.objects.count() == 1


def test_the_overlay_says_whom_i_mute_and_whether_i_watch(cast):
    path = f"/me/threads/{cast.thread.public_id}"
    overlay = cast.bob.send("GET", path).json()
    assert (overlay["mutes"], overlay["watching"]) == ([], False)
    actions.mute(author=cast.bob.author, person=cast.ann.author)
    actions.watch(author=cast.bob.author, thread=cast.thread)
    overlay = cast.bob.send("GET", path).json()
    assert (overlay["mutes"], overlay["watching"]) == ([cast.ann.author.public_id], True)


def test_nobody_else_learns_whom_somebody_mutes(cast):
    actions.mute(author=cast.bob.author, person=cast.ann.author)
    theirs = cast.ann.send("GET", f"/me/people/{cast.bob.author.public_id}").json()
    assert theirs == {"follows": False, "mutes": False, "can_follow": True}
    assert Client().get(f"/api/v1/me/people/{cast.ann.author.public_id}").status_code == 401


@pytest.mark.parametrize("path", ["follows/nobody", "mutes/nobody", "watches/nothing"])
def test_what_is_not_there_is_said_to_be_missing(cast, path):
    assert put(cast.bob, f"/me/{path}")[0] == 404
    assert not Watch.objects.exists()
