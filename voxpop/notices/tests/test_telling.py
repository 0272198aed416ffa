"""Who is told of what, once; and that what was taken back is in nobody's inbox."""

import pytest

from voxpop.events.worker import drain_outbox
from voxpop.forums.models import Forum
from voxpop.moderation.actions import ban_author
from voxpop.notices import telling
from voxpop.notices.inbox import collapse, mark_read, read_inbox, unread
from voxpop.notices.models import Kind, Letter, Notice
from voxpop.notices.who import Said, concerned
from voxpop.threads.actions import publish_comment, remove_comment
from voxpop.threads.events import CommentPublished
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast, Person
from voxpop.timelines.memory import MemoryTimelines

ANN, BOB, CLEO = 1, 2, 3


def said(**facts) -> Said:
    return Said(**{"author": BOB, "is_published": True, "may_be_heard": True, "answered": ANN,
                   **facts})  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, {ANN: Kind.REPLY}),
        ({"answered": None}, {}),
        ({"answered": BOB}, {}),
        ({"mentioned": [BOB, CLEO]}, {ANN: Kind.REPLY, CLEO: Kind.MENTION}),
        ({"mentioned": [ANN, ANN]}, {ANN: Kind.REPLY}),
        ({"is_published": False, "mentioned": [CLEO]}, {}),
        ({"may_be_heard": False, "mentioned": [CLEO]}, {}),
        ({"mentioned": [CLEO], "muted_by": [ANN]}, {CLEO: Kind.MENTION}),
    ],
    ids=["reply", "nothing", "oneself", "mention", "reply wins", "held", "banned", "muted"],
)
def test_whom_a_comment_concerns(facts, told):
    assert concerned(said(**facts)) == told


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def inbox(person: Person) -> list[tuple[str, str]]:
    return [
        (each.kind, each.comment.source)
        for group in read_inbox(person.author).groups
        for each in group.told
    ]


def answer(cast: Cast, source: str = "An answer.", by: Person | None = None) -> Comment:
    first = Comment.objects.filter(forum=cast.forum, parent=None).earliest("id")
    return cast.comment(source, author=(by or cast.bob).author, parent=first)


def test_a_reply_is_in_the_inbox_and_a_letter_is_due(cast):
    answer(cast)
    drain_outbox()
    assert inbox(cast.ann) == [("reply", "An answer.")]
    assert unread(cast.ann.author) == 1
    assert inbox(cast.bob) == []
    assert list(Letter.objects.values_list("to_id", "kind")) == [(cast.ann.author.id, "reply")]


def test_a_mention_and_a_reply_in_one_comment_are_one_notice(cast):
    cast.comment("I am here.", author=cast.owner.author)
    name, owner = cast.ann.author.name, cast.owner.author.name
    answer(cast, f"@{name} and @{owner}, look.")
    drain_outbox()
    assert [kind for kind, _ in inbox(cast.ann)] == ["reply"]
    assert [kind for kind, _ in inbox(cast.owner)] == ["mention"]


def test_nobody_is_told_twice_whatever_dies_and_comes_again(cast, monkeypatch):
    """A worker that is killed after each step begins again with the same event."""
    comment = answer(cast)
    event = CommentPublished(cast.forum.shortname, cast.thread.public_id, 1, comment.id)

    class Dies(MemoryTimelines):
        def append(self, placed):
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(telling, "timelines", Dies)
        with pytest.raises(KeyboardInterrupt):
            telling.tell_people(event)
    for _ in range(3):
        telling.tell_people(event)
    drain_outbox()
    assert inbox(cast.ann) == [("reply", "An answer.")]
    assert Notice.objects.count() == Letter.objects.count() == 1


def test_a_held_comment_tells_nobody_until_it_is_approved(cast):
    Forum.objects.filter(id=cast.forum.id).update(is_premoderated=True)
    cast.forum.refresh_from_db()
    held = answer(cast)
    assert held.status == Status.HELD
    drain_outbox()
    assert inbox(cast.ann) == []
    publish_comment(held)
    drain_outbox()
    assert inbox(cast.ann) == [("reply", "An answer.")]


def test_what_was_approved_late_is_new_even_to_somebody_who_has_read_everything(cast):
    Forum.objects.filter(id=cast.forum.id).update(is_premoderated=True)
    cast.forum.refresh_from_db()
    held = answer(cast, "Held.")
    Forum.objects.filter(id=cast.forum.id).update(is_premoderated=False)
    cast.forum.refresh_from_db()
    answer(cast, "At once.")
    drain_outbox()
    mark_read(cast.ann.author, read_inbox(cast.ann.author).newest)
    assert unread(cast.ann.author) == 0
    publish_comment(held)
    drain_outbox()
    assert unread(cast.ann.author) == 1
    assert inbox(cast.ann)[0] == ("reply", "Held.")


def test_what_is_removed_leaves_the_inbox_and_comes_back_without_telling_again(cast):
    comment = answer(cast)
    drain_outbox()
    remove_comment(comment, Status.DELETED)
    assert inbox(cast.ann) == []  # before the worker has heard of it
    drain_outbox()
    assert unread(cast.ann.author) == 0
    publish_comment(comment)
    drain_outbox()
    assert inbox(cast.ann) == [("reply", "An answer.")]
    assert Notice.objects.count() == Letter.objects.count() == 1


def test_nobody_hears_of_somebody_banned_since(cast):
    answer(cast)
    ban_author(forum=cast.forum, author=cast.bob.author, by=cast.owner.author.user)
    drain_outbox()
    assert inbox(cast.ann) == []
    assert not Letter.objects.exists()


def test_nobody_hears_of_a_closed_account(cast):
    comment = answer(cast)
    drain_outbox()
    cast.bob.author.is_active = False
    cast.bob.author.save()
    assert inbox(cast.ann) == []
    assert comment.status == Status.PUBLISHED


def test_a_read_mark_never_covers_what_comes_later(cast):
    answer(cast, "First.")
    drain_outbox()
    far = 2**62
    mark_read(cast.ann.author, far)
    answer(cast, "Second.")
    drain_outbox()
    assert unread(cast.ann.author) == 1


def test_replies_to_one_comment_are_one_line(cast, django_assert_num_queries):
    for source, person in (("One.", cast.bob), ("Two.", cast.owner), ("Three.", cast.bob)):
        answer(cast, source, by=person)
    drain_outbox()
    with django_assert_num_queries(6):
        groups = read_inbox(cast.ann.author).groups
    (group,) = groups
    assert len(group.told) == 3
    assert group.others == 1  # two people, one of them twice
    assert collapse([]) == []


def test_the_overlay_carries_the_unread_mark_and_a_guest_has_none(cast):
    answer(cast)
    drain_outbox()
    path = f"/me/threads/{cast.thread.public_id}"
    assert cast.ann.send("GET", path).json()["unread"] == 1
    assert cast.bob.send("GET", path).json()["unread"] == 0
    told = cast.guest().send("GET", path).json()
    assert (told["unread"], told["mails"]) == (0, None)
