"""Page-shaped reads: every comment once, in every order, at a fixed number of index look-ups."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop.errors import Problem
from voxpop.threads import reading, rows
from voxpop.threads.actions.vote import rank
from voxpop.threads.models import Comment, Thread
from voxpop.threads.shapes import STORED
from voxpop.threads.tests.cast import Cast

SORTS = ("best", "newest", "oldest")
Grow = Callable[[int], Thread]


def grow(cast: Cast, size: int, seed: int = 1, deep: float = 0.7) -> Thread:
    """A thread of `size` comments, some of them deep, made by the verb."""
    chance = random.Random(seed)
    made: list[Comment] = []
    for number in range(size):
        parent = chance.choice(made[-8:]) if made and chance.random() < deep else None
        made.append(cast.comment(f"comment {number}", parent=parent))
    for comment in made:
        up, down = chance.randrange(9), chance.randrange(3)
        Comment.objects.filter(id=comment.id).update(up=up, down=down, rank=rank(up, down))
    return Thread.objects.get(id=made[0].thread_id)


def walk(thread: Thread, sort: str, limit: int) -> list[int]:
    """Every comment as a reader meets them: pages, and the rest of each branch when asked for."""
    seen: list[int] = []
    after = None
    while True:
        page = reading.read_thread(thread, sort=sort, after=after, limit=limit)
        assert len(page.rows) <= limit
        for row in page.rows:
            seen.append(row.id)
            rest = row.more_after
            while rest:
                root = Comment.objects.get(id=row.root_id)
                branch = reading.read_branch(thread, root, after=rest, limit=limit)
                seen += [each.id for each in branch.rows]
                rest = branch.next or ""
        after = page.next
        if after is None:
            return seen


@pytest.mark.broad
@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 999),
    limit=st.integers(1, 12),
    deep=st.sampled_from([0.0, 0.5, 0.95]),
    small=st.sampled_from([0, 200]),
)
def test_every_comment_is_met_exactly_once_in_every_order(
    seed: int, limit: int, deep: float, small: int
) -> None:
    from voxpop import ids

    thread = grow(Cast(ids.public(ids.new_id())), 40, seed, deep)
    everything = set(Comment.objects.filter(thread=thread).values_list("id", flat=True))
    # Which threads PostgreSQL sorts and which it walks, past their ends into others.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_SMALL", small)
        for sort in SORTS:
            seen = walk(thread, sort, limit)
            assert len(seen) == len(set(seen))
            assert set(seen) == everything


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


def roots_of(thread: Thread, sort: str) -> list[Any]:
    page = reading.read_thread(thread, sort=sort, limit=100)
    return [row for row in page.rows if row.parent_id is None]


@pytest.mark.parametrize("small", [0, 200])
def test_the_orders_are_what_they_say(
    cast: Cast, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_SMALL", small)
    thread = grow(cast, 30, deep=0.3)
    oldest = [row.id for row in roots_of(thread, "oldest")]
    assert oldest == sorted(oldest)
    assert [row.id for row in roots_of(thread, "newest")] == oldest[::-1]
    ranks = [row.rank for row in roots_of(thread, "best")]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.broad
def test_a_reply_follows_its_parent(cast: Cast) -> None:
    thread = grow(cast, 60, deep=0.9)
    for sort in SORTS:
        met: set[int] = set()
        for row in reading.read_thread(thread, sort=sort).rows:
            assert row.parent_id is None or row.parent_id in met
            met.add(row.id)


def test_pages_do_not_shift_while_comments_arrive(cast: Cast) -> None:
    thread = grow(cast, 20, deep=0)
    first = reading.read_thread(thread, sort="newest", limit=5)
    cast.comment("arrived meanwhile")
    second = reading.read_thread(thread, sort="newest", after=first.next, limit=5)
    expected = sorted(Comment.objects.values_list("id", flat=True), reverse=True)[1:11]
    assert [row.id for row in first.rows + second.rows] == expected


@pytest.mark.broad
def test_any_comment_is_opened_with_its_ancestors(cast: Cast) -> None:
    thread = grow(cast, 80, deep=0.97)
    deepest = max(Comment.objects.all(), key=lambda comment: comment.depth)
    page = reading.read_around(thread, deepest)
    met = {row.id for row in page.rows}
    assert deepest.id in met
    assert deepest.parent_id in met
    assert deepest.root_id in met


@pytest.mark.broad
@pytest.mark.parametrize("columns", [reading.FRAGMENTS, STORED])
def test_a_page_is_a_fixed_number_of_queries(cast: Cast, columns: reading.Columns) -> None:
    counts = set()
    for size in (3, 30, 120):
        other = Cast(f"size{size}")
        thread = grow(other, size)
        for sort in SORTS:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                reading.read_thread(thread, sort=sort, columns=columns)
            counts.add(len([q for q in queries if q["sql"].startswith("SELECT")]))
    # The roots; the branches, where there are any. PostgreSQL has both in one.
    assert counts <= ({1} if connection.vendor == "postgresql" else {2, 3})


def test_a_cursor_of_another_sort_is_refused(cast: Cast) -> None:
    thread = grow(cast, 20, deep=0)
    cursor = reading.read_thread(thread, sort="newest", limit=5).next
    with pytest.raises(Problem, match="bad_cursor"):
        reading.read_thread(thread, sort="best", after=cursor, limit=5)


@pytest.mark.broad
def test_very_deep_replies_keep_their_parent(cast: Cast) -> None:
    from voxpop.threads.actions.post import DEEPEST

    parent = None
    for number in range(DEEPEST + 5):
        parent = cast.comment(f"level {number}", parent=parent)
    assert parent is not None
    thread = Thread.objects.get(id=parent.thread_id)
    assert len(walk(thread, "oldest", 50)) == DEEPEST + 5
    assert max(len(bytes(c.path)) for c in Comment.objects.all()) == 8 * (DEEPEST + 1)
