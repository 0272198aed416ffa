"""One contract for every store of timelines: memory, SQL, and a real Cassandra."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop import ids
from voxpop.notices.again import fill_inboxes
from voxpop.notices.models import Kind, Notice
from voxpop.notices.telling import inbox_of
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast
from voxpop.timelines import marks
from voxpop.timelines.contract import (
    RETENTION,
    Entry,
    Owner,
    OwnerKind,
    Timelines,
    month_of,
)
from voxpop.timelines.memory import MemoryTimelines
from voxpop.timelines.models import TimelineEntry
from voxpop.timelines.stored import StoredTimelines, forget_old_entries
from voxpop.timelines.wide import WideTimelines

NOON = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
DAY = 24 * HOUR
PATIENCE = 60  # seconds; a busy machine takes its time
numbers = itertools.count(1)


def owner(kind: OwnerKind = OwnerKind.INBOX) -> Owner:
    """Somebody whose timeline nobody has touched."""
    return Owner(kind, next(numbers))


def at(ms: int, more: int = 0) -> Entry:
    """An entry so many milliseconds after the beginning of March, `more` apart from its equals."""
    return Entry(ids.first_id_at(NOON + ms) + more)


def read_all(timelines: Timelines, whose: Owner, limit: int) -> list[Entry]:
    found: list[Entry] = []
    after = None
    while page := timelines.page(whose, after=after, limit=limit):
        assert len(page) <= limit
        found += page
        after = page[-1].id
    return found


class Contract:
    """What each store is held to; `timelines` is one of them."""

    def test_nobody_has_nothing(self, timelines):
        assert timelines.page(owner(), limit=5) == []
        assert timelines.watermark(owner()) == 0
        assert timelines.unread(owner(), at_most=9) == 0
        timelines.append([])
        timelines.remove([])
        timelines.trim(owner(), before=at(0).id)

    def test_the_newest_come_first_and_pages_go_on(self, timelines):
        whose, other = owner(), owner()
        entries = [at(hour * HOUR) for hour in range(7)]
        timelines.append([(whose, entry) for entry in entries])
        timelines.append([(other, at(5))])
        assert timelines.page(whose, limit=3) == entries[:3:-1]
        assert timelines.page(whose, after=entries[4].id, limit=3) == entries[3:0:-1]
        assert timelines.page(whose, after=entries[0].id, limit=3) == []
        assert timelines.page(other, limit=3) == [at(5)]

    def test_kinds_of_owner_are_apart_though_their_numbers_are_one(self, timelines):
        number = owner().id
        for kind in OwnerKind:
            timelines.append([(Owner(kind, number), Entry(at(0).id, f"of {kind}"))])
        for kind in OwnerKind:
            assert timelines.page(Owner(kind, number), limit=5) == [Entry(at(0).id, f"of {kind}")]

    def test_one_moment_holds_many(self, timelines):
        whose = owner()
        entries = [at(0, more) for more in range(10)]
        timelines.append([(whose, entry) for entry in entries])
        assert read_all(timelines, whose, 3) == entries[::-1]

    def test_hundreds_at_once_are_all_there_each_with_its_own(self, timelines):
        """More of one month than go as one message, beside somebody who has one."""
        whose, other = owner(), owner()
        entries = [at(number, number % 3) for number in range(450)]
        placed = [(whose, entry) for entry in entries]
        timelines.append([*placed[:201], (other, at(9)), *placed[201:]])
        assert read_all(timelines, whose, 100) == entries[::-1]
        assert timelines.page(other, limit=9) == [at(9)]

    def test_a_page_goes_through_months_and_over_empty_ones(self, timelines):
        whose = owner()
        entries = [at(days * DAY) for days in (-200, -199, -60, -1, 0, 1, 95)]
        assert len({month_of(entry.id) for entry in entries}) > 4
        timelines.append([(whose, entry) for entry in entries])
        assert timelines.page(whose, limit=99) == entries[::-1]
        assert read_all(timelines, whose, 2) == entries[::-1]

    def test_what_is_appended_again_is_there_once(self, timelines):
        whose = owner()
        for _ in range(3):
            timelines.append([(whose, at(0)), (whose, at(1)), (whose, at(0))])
        assert timelines.page(whose, limit=9) == [at(1), at(0)]

    def test_what_is_removed_is_gone_and_may_come_back(self, timelines):
        whose = owner()
        timelines.append([(whose, at(0)), (whose, at(1))])
        timelines.remove([(whose, at(0)), (whose, at(0)), (whose, at(77)), (owner(), at(1))])
        assert timelines.page(whose, limit=9) == [at(1)]
        timelines.append([(whose, at(0))])
        assert timelines.page(whose, limit=9) == [at(1), at(0)]

    def test_trimming_forgets_what_is_older_and_only_his(self, timelines):
        whose, other = owner(), owner()
        entries = [at(days * DAY) for days in (-70, -35, -1, 3, 4, 5, 40)]
        for each in (whose, other):
            timelines.append([(each, entry) for entry in entries])
        timelines.trim(whose, before=at(4 * DAY).id)
        assert timelines.page(whose, limit=9) == entries[:3:-1]
        assert timelines.page(other, limit=9) == entries[::-1]
        timelines.append([(whose, entries[0])])
        assert timelines.page(whose, limit=9) == [*entries[:3:-1], entries[0]]
        timelines.trim(whose, before=ids.LARGEST)
        assert timelines.page(whose, limit=9) == []

    def test_a_watermark_never_goes_back(self, timelines):
        whose = owner()
        timelines.append([(whose, at(minute)) for minute in range(5)])
        assert timelines.unread(whose, at_most=3) == 3
        for mark in (at(2), at(1), at(2), at(2, 5), at(2, 3)):
            timelines.mark_read(whose, mark.id)
        assert timelines.watermark(whose) == at(2, 5).id
        assert timelines.watermark(owner()) == 0
        assert timelines.unread(whose, at_most=9) == 2
        timelines.mark_read(whose, at(4).id)
        assert timelines.unread(whose, at_most=9) == 0

    def test_watermarks_of_many_are_those_of_each(self, timelines):
        one, two, nobody = owner(), owner(), owner()
        timelines.mark_read(one, at(1).id)
        timelines.mark_read(two, at(2).id)
        assert timelines.watermarks([one, nobody, two]) == {one: at(1).id, two: at(2).id}
        assert timelines.watermarks([]) == {}

    def test_whoever_is_forgotten_has_nothing_and_others_what_they_had(self, timelines):
        whose, other = owner(), owner()
        for each in (whose, other):
            timelines.append([(each, at(days * DAY)) for days in (-40, 0, 1)])
            timelines.mark_read(each, at(0).id)
        timelines.forget(whose)
        assert timelines.page(whose, limit=9) == []
        assert timelines.watermark(whose) == 0
        assert len(timelines.page(other, limit=9)) == 3
        assert timelines.watermark(other) == at(0).id

    @pytest.mark.django_db
    def test_inboxes_are_filled_from_the_database_as_far_read_as_they_were(self, timelines):
        cast = Cast.standing()
        answers = [cast.comment(author=cast.bob.author) for _ in range(3)]
        first, last, gone = (
            Notice.objects.create(to=cast.ann.author, comment=each, kind=Kind.REPLY)
            for each in answers
        )
        Comment.objects.filter(id=gone.comment_id).update(status=Status.DELETED)
        whose = inbox_of(cast.ann.author.id)
        marks.mark_read(MemoryTimelines(), whose, first.id)
        expected = [Entry(last.id, "reply"), Entry(first.id, "reply")]
        for _ in range(2):
            assert fill_inboxes(timelines) == 3
            marks.mark_again(timelines)
            assert timelines.page(whose, limit=9) == expected
            assert timelines.unread(whose, at_most=9) == 1
            timelines.trim(whose, before=ids.LARGEST)
            assert timelines.page(whose, limit=9) == []


class TestMemory(Contract):
    @pytest.fixture
    def timelines(self):
        return MemoryTimelines()


@pytest.mark.django_db
class TestStored(Contract):
    @pytest.fixture
    def timelines(self):
        return StoredTimelines()

    def test_what_was_written_long_ago_is_forgotten(self, timelines):
        whose = owner()
        timelines.append([(whose, at(0)), (whose, at(1))])
        now = datetime.now(UTC)
        TimelineEntry.objects.filter(entry_id=at(0).id).update(
            written=now - RETENTION - timedelta(1)
        )
        assert forget_old_entries() == 1
        assert timelines.page(whose, limit=9) == [at(1)]

    def test_a_page_is_one_query(self, timelines, django_assert_num_queries):
        with django_assert_num_queries(1):
            timelines.page(owner(), after=at(0).id, limit=9)
        with django_assert_num_queries(1):
            timelines.watermarks([owner(), owner()])


@pytest.mark.server
class TestCassandra(Contract):
    @pytest.fixture
    def timelines(self, keyspace):
        return WideTimelines(keyspace, PATIENCE)

    def test_a_month_is_known_to_the_next_process_too(self, timelines, keyspace):
        whose = owner()
        timelines.append([(whose, at(0))])
        WideTimelines(keyspace, PATIENCE).append([(whose, at(1))])
        assert WideTimelines(keyspace, PATIENCE).page(whose, limit=9) == [at(1), at(0)]

    def test_a_page_of_few_entries_a_month_asks_twice(self, timelines, keyspace, monkeypatch):
        whose = owner()
        entries = [at(-days * DAY) for days in range(0, 120, 2)]
        timelines.append([(whose, entry) for entry in entries])
        asked, ask = [], keyspace.run_together
        monkeypatch.setattr(
            keyspace, "run_together", lambda *each: asked.append(each) or ask(*each)
        )
        assert timelines.page(whose, after=at(1).id, limit=25) == entries[:25]
        assert len(asked) == 2


# -- any order of any writes ----------------------------------------------------------------

OWNERS = st.sampled_from(range(2))
ENTRIES = st.builds(at, st.integers(-100, 100).map(lambda days: days * DAY), st.integers(0, 1))
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("append"), OWNERS, st.lists(ENTRIES, max_size=4)),
        st.tuples(st.just("remove"), OWNERS, st.lists(ENTRIES, max_size=2)),
        st.tuples(st.just("trim"), OWNERS, ENTRIES),
        st.tuples(st.just("mark"), OWNERS, ENTRIES),
    ),
    max_size=12,
)


def is_as_in_memory(timelines, writes, limit, repeats):
    """The same writes, the last ones of them again, give the same pages."""
    memory = MemoryTimelines()
    whose = [owner(), owner()]
    for store in (memory, timelines):
        for verb, number, told in [*writes, *writes[len(writes) - repeats :]]:
            one = whose[number]
            if verb == "append":
                store.append([(one, entry) for entry in told])
            elif verb == "remove":
                store.remove([(one, entry) for entry in told])
            elif verb == "trim":
                store.trim(one, before=told.id)
            else:
                store.mark_read(one, told.id)
    for one in whose:
        assert read_all(timelines, one, limit) == read_all(memory, one, limit)
        assert timelines.watermark(one) == memory.watermark(one)


FEW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)


@pytest.mark.broad
@FEW
@given(WRITES, st.integers(1, 4), st.integers(0, 12))
def test_the_stored_are_as_those_in_memory(db, writes, limit, repeats):
    is_as_in_memory(StoredTimelines(), writes, limit, min(repeats, len(writes)))


@pytest.mark.server
@FEW
@given(WRITES, st.integers(1, 4), st.integers(0, 12))
def test_cassandras_are_as_those_in_memory(keyspace, writes, limit, repeats):
    is_as_in_memory(WideTimelines(keyspace, PATIENCE), writes, limit, min(repeats, len(writes)))


@pytest.mark.broad
@FEW
@given(st.lists(st.lists(ENTRIES, max_size=4), max_size=6), st.randoms())
def test_replayed_in_any_order_entries_are_the_same(batches, chance):
    straight, shuffled = MemoryTimelines(), MemoryTimelines()
    whose = owner()
    for batch in batches:
        straight.append([(whose, entry) for entry in batch])
    again = batches * 2
    chance.shuffle(again)
    for batch in again:
        shuffled.append([(whose, entry) for entry in batch])
    assert read_all(shuffled, whose, 3) == read_all(straight, whose, 3)
