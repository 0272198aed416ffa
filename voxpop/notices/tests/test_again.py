"""Inboxes in a store that was emptied, or is new: as they were, and as far read as they were."""

import pytest

from voxpop import ids
from voxpop.cli import make_parser
from voxpop.events.worker import drain_outbox
from voxpop.moderation.actions import decide, undo
from voxpop.moderation.models import Decision, Verb
from voxpop.notices import again, commands, inbox
from voxpop.notices.again import fill_inboxes
from voxpop.notices.inbox import mark_read, read_inbox, unread
from voxpop.notices.models import Notice, PersonalNotice
from voxpop.notices.telling import inbox_of
from voxpop.people.actions import follow, mute
from voxpop.privacy import erase
from voxpop.threads.actions import fold_votes, publish_comment, remove_comment, vote
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast, Person
from voxpop.timelines import marks
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry, StoreAway, Timelines
from voxpop.timelines.marks import mark_again
from voxpop.timelines.memory import MemoryTimelines
from voxpop.timelines.models import TimelineEntry, Watermark

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]


@pytest.fixture
def cast(settings) -> Cast:
    """All kinds of notices are told: a reply, a mention, a follower, a vote and a decision."""
    settings.LIMITS = False
    cast = Cast.standing()
    first = Comment.objects.select_related("forum", "thread").get(thread=cast.thread)
    cast.comment("I am here.", author=cast.owner.author)
    answer(cast, f"An answer, @{cast.owner.author.name}.")
    follow(author=cast.bob.author, person=cast.ann.author)
    vote(comment=first, author=cast.guest().author, value=1)
    fold_votes()
    drain_outbox()
    decided(cast, first, Verb.REJECT)
    decided(cast, first, Verb.APPROVE)
    return cast


def answer(cast: Cast, source: str = "An answer.") -> Comment:
    first = Comment.objects.filter(forum=cast.forum, parent=None).earliest("id")
    said = cast.comment(source, author=cast.bob.author, parent=first)
    drain_outbox()
    return said


def decided(cast: Cast, comment: Comment, verb: Verb) -> Decision:
    done = decide(comment=comment, verb=verb, by=cast.owner.author.user)
    drain_outbox()
    return done


def told(store: Timelines, person: Person) -> list[Entry]:
    return store.page(inbox_of(person.author.id), limit=99)


def rebuild(*arguments: str) -> int:
    options = make_parser().parse_args(["timelines", "rebuild", *arguments])
    code: int = options.run(options)
    return code


@pytest.fixture
def new(monkeypatch) -> MemoryTimelines:
    """An empty store, which the command is to fill."""
    store = MemoryTimelines()
    monkeypatch.setattr(commands, "timelines", lambda: store)
    return store


@pytest.fixture
def elsewhere(monkeypatch) -> MemoryTimelines:
    """The inboxes are read in a store that is not the database, and hold what was told."""
    store = MemoryTimelines()
    monkeypatch.setattr(inbox, "timelines", lambda: store)
    return store


def test_every_inbox_is_made_again_by_one_command(cast, new, capsys):
    kinds = {entry.kind for entry in told(timelines(), cast.ann)}
    assert kinds == {"reply", "follow", "votes", "decision"}
    assert [entry.kind for entry in told(timelines(), cast.owner)] == ["mention"]
    assert rebuild() == 0
    for person in (cast.ann, cast.bob, cast.owner):
        assert told(new, person) == told(timelines(), person)
    assert capsys.readouterr().out == "3 comments and 5 notices are in their timelines.\n"


def test_made_again_twice_or_where_nothing_is_missing_it_is_the_same(cast):
    people = cast.ann, cast.bob, cast.owner
    before = [told(timelines(), person) for person in people]
    assert rebuild() == 0
    assert [told(timelines(), person) for person in people] == before
    TimelineEntry.objects.all().delete()
    assert rebuild() == rebuild() == 0
    assert [told(timelines(), person) for person in people] == before


def test_what_was_taken_back_is_not_in_it_and_what_came_back_is(cast, new):
    gone, back = answer(cast, "Soon gone."), answer(cast, "Gone and back.")
    for each in (gone, back):
        remove_comment(each, Status.DELETED)
    publish_comment(back)
    undone = decided(cast, cast.comment("Of Ann."), Verb.DELETE)
    undo(decision=undone, by=cast.owner.author.user)
    drain_outbox()
    assert rebuild() == 0
    numbers = {entry.id for entry in told(new, cast.ann)}
    assert Notice.objects.get(comment=gone).id not in numbers
    assert Notice.objects.get(comment=back).id in numbers
    assert PersonalNotice.objects.get(comment=undone.comment).id not in numbers
    assert told(new, cast.ann) == told(timelines(), cast.ann)


def test_what_the_store_still_holds_of_it_is_taken_out(cast, new):
    gone = answer(cast, "Soon gone.")
    new.append([(inbox_of(cast.ann.author.id), Entry(Notice.objects.get(comment=gone).id))])
    remove_comment(gone, Status.DELETED)
    drain_outbox()
    assert rebuild() == 0
    assert told(new, cast.ann) == told(timelines(), cast.ann)


def test_whom_somebody_muted_then_he_was_not_told_of_and_is_not_now(cast, new):
    mute(author=cast.ann.author, person=cast.bob.author)
    answer(cast, "Unheard.")
    assert rebuild() == 0
    assert told(new, cast.ann) == told(timelines(), cast.ann)


def test_what_is_taken_back_while_it_is_written_does_not_stay(cast):
    gone, voted = answer(cast, "Soon gone."), PersonalNotice.objects.get(kind="votes")

    class Slow(MemoryTimelines):
        def append(self, placed):
            placed = list(placed)
            super().append(placed)
            Comment.objects.filter(id=gone.id).update(status=Status.DELETED)
            if voted.id in {entry.id for _, entry in placed}:
                PersonalNotice.objects.filter(id=voted.id).delete()  # more votes take its place

    store = Slow()
    fill_inboxes(store)
    left = {entry.id for entry in told(store, cast.ann)}
    assert not left & {Notice.objects.get(comment=gone).id, voted.id}
    assert len(left) == 3


def test_what_is_given_to_another_while_it_is_written_is_in_his_inbox(cast):
    notice = Notice.objects.get(to=cast.ann.author)

    class Slow(MemoryTimelines):
        def append(self, placed):
            super().append(placed)
            Notice.objects.filter(id=notice.id).update(to=cast.bob.author)

    store = Slow()
    fill_inboxes(store)
    assert notice.id not in {entry.id for entry in told(store, cast.ann)}
    assert notice.id in {entry.id for entry in told(store, cast.bob)}


def test_it_goes_on_where_it_stopped_some_at_a_time(cast, new, monkeypatch, capsys):
    monkeypatch.setattr(again, "REBUILT_AT_ONCE", 1)
    monkeypatch.setattr(commands, "PATIENCE", -1)
    monkeypatch.setattr("voxpop.timelines.comments.REBUILT_AT_ONCE", 1)
    monkeypatch.setattr(commands.time, "sleep", lambda seconds: None)
    for number in range(3):
        answer(cast, f"Answer {number}.")
    append, writes = new.append, []

    def dies(placed):
        placed = list(placed)
        append(placed)
        writes.extend(placed)
        if len(writes) >= 3:
            raise StoreAway("it hangs")

    monkeypatch.setattr(new, "append", dies)
    assert rebuild() == 1
    place = capsys.readouterr().out.split()[-1]
    assert ids.private(place)
    monkeypatch.setattr(new, "append", append)
    assert told(new, cast.ann) != told(timelines(), cast.ann)
    assert rebuild("--after", place) == 0
    for person in (cast.ann, cast.bob, cast.owner):
        assert told(new, person) == told(timelines(), person)


def test_who_has_read_his_inbox_has_read_the_new_one(cast, new, elsewhere, monkeypatch):
    fill_inboxes(elsewhere)
    assert unread(cast.ann.author) == 4
    mark_read(cast.ann.author, read_inbox(cast.ann.author).newest)
    answer(cast, "New.")
    fill_inboxes(elsewhere)
    assert unread(cast.ann.author) == 1
    append, marked = new.append, []

    def append_after_the_mark(placed):
        marked.append(new.watermark(inbox_of(cast.ann.author.id)))
        append(placed)

    monkeypatch.setattr(new, "append", append_after_the_mark)
    assert rebuild() == 0
    for person in (cast.ann, cast.owner):
        owner = inbox_of(person.author.id)
        assert new.watermark(owner) == elsewhere.watermark(owner)
    assert all(marked)


def test_the_bell_asks_the_database_for_no_mark(cast, elsewhere, django_assert_num_queries):
    fill_inboxes(elsewhere)
    mark_read(cast.ann.author, read_inbox(cast.ann.author).newest)
    with django_assert_num_queries(0):
        assert unread(cast.ann.author) == 0


def test_marks_are_told_again_some_at_a_time_and_never_go_back(cast, new, monkeypatch):
    monkeypatch.setattr(marks, "MARKED_AT_ONCE", 2)
    people = [cast.ann, cast.bob, cast.owner]
    owners = [inbox_of(person.author.id) for person in people]
    for place, owner in enumerate(owners):
        marks.mark_read(MemoryTimelines(), owner, 100 + place)
    new.mark_read(owners[0], 500)
    seen: list[str] = []
    mark_again(new, on_progress=seen.append)
    assert new.watermarks(owners) == {owners[0]: 500, owners[1]: 101, owners[2]: 102}
    assert seen == [sorted(map(str, owners))[1], sorted(map(str, owners))[2]]
    other = MemoryTimelines()
    mark_again(other, after=seen[0])
    assert len(other.watermarks(owners)) == 1


def test_who_is_erased_is_not_marked_again_not_even_meanwhile(cast, new, monkeypatch):
    owner = inbox_of(cast.ann.author.id)
    marks.mark_read(new, owner, 100)
    monkeypatch.setattr(erase, "timelines", lambda: new)
    erase.erase(cast.ann.author, keeps_text=True)
    assert not Watermark.objects.filter(owner=str(owner)).exists()
    assert new.watermark(owner) == 0

    class Slow(MemoryTimelines):
        def mark_read(self, owner, id):
            marks.forget(self, owner)  # as he is erased
            super().mark_read(owner, id)

    marks.mark_read(MemoryTimelines(), owner, 100)
    slow = Slow()
    mark_again(slow)
    assert slow.watermark(owner) == 0
