"""Every hot read goes over its index and looks at no more than it shows, in a thread of thousands.

The same on both databases; what is asserted is what the database says that it did.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.plans import analyze, plans, prepared_plan
from voxpop import ids
from voxpop.forums.models import Forum
from voxpop.threads import listing, reading, tail
from voxpop.threads.models import Comment, Thread, ThreadAlias, ThreadEvent
from voxpop.threads.shapes import STORED
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.broad

MANY = 3000
PAGE_URL = "https://magazine.test/large"
PAGE = reading.PAGE
# A page is some roots and some of their branches; none of its statements looks at much more.
MOST_ROWS = 3 * PAGE


@pytest.fixture
def hot(db: None) -> Thread:
    """A thread of thousands beside small ones, as the planner meets them."""
    cast = Cast()
    thread = Thread.objects.create(public_id="large", forum=cast.forum, url=PAGE_URL)
    fill(thread, cast, MANY)
    for number in range(40):
        url = f"https://magazine.test/small{number}"
        small = Thread.objects.create(public_id=f"small{number}", forum=cast.forum, url=url)
        fill(small, cast, 5)
    other = Cast("other")  # whose comments are newer than all of ours
    theirs = Thread.objects.create(public_id="theirs", forum=other.forum, url=PAGE_URL)
    fill(theirs, other, MANY)
    many_threads(cast.forum)
    analyze()
    return thread


def many_threads(forum: Forum) -> None:
    """So many that finding one by looking at each would be seen."""
    urls = [f"https://magazine.test/page{number}" for number in range(MANY)]
    threads = Thread.objects.bulk_create(
        [Thread(public_id=f"page{n}", forum=forum, url=url) for n, url in enumerate(urls)]
    )
    ThreadAlias.objects.bulk_create(
        [ThreadAlias(thread=t, forum=forum, kind="u", value=t.url) for t in threads]
    )


def fill(thread: Thread, cast: Cast, size: int) -> None:
    """Comments of one day: a third are roots, some branches are long."""
    chance = random.Random(1)
    made: list[Comment] = []
    for _ in range(size):
        parent = None if not made or chance.random() < 0.3 else chance.choice(made[-30:])
        number = ids.new_id()
        path = b"" if parent is None else bytes(parent.path)
        made.append(
            Comment(
                id=number, forum=cast.forum, thread=thread, author=cast.ann.author, parent=parent,
                root_id=number if parent is None else parent.root_id,
                depth=len(path) // 8, path=path + number.to_bytes(8, "big"),
                status="published", is_shown=True, rank=chance.randrange(1000),
                source="source", html="<p>html</p>", fragment=b"fragment" * 40, shape=b"{}",
            )
        )  # fmt: skip
    branches: dict[int, int] = {}
    for comment in made:
        branches[comment.root_id] = branches.get(comment.root_id, -1) + 1
    for comment in made:
        comment.branch = branches[comment.root_id] if comment.parent is None else 0
    Comment.objects.bulk_create(made, batch_size=500)
    ThreadEvent.objects.bulk_create(
        [
            ThreadEvent(thread=thread, seq=seq, kind="published", comments=[comment.id])
            for seq, comment in enumerate(made, 1)
        ],
        batch_size=500,
    )
    Thread.objects.filter(id=thread.id).update(seq=size, comment_count=size)
    thread.refresh_from_db()


def page(hot: Thread, sort: str) -> None:
    """Four pages, one behind the other, of both kinds of columns."""
    for columns in (reading.FRAGMENTS, STORED):
        after = None
        for _ in range(4):
            after = reading.read_thread(hot, sort=sort, after=after, columns=columns).next
            assert after is not None


# SQLite does not take the name of a constraint for its index.
IS_SQLITE = connection.vendor == "sqlite"
EVENT_ONCE = "sqlite_autoindex_threads_threadevent_1" if IS_SQLITE else "event_once"
ALIAS_ONCE = "sqlite_autoindex_threads_threadalias_1" if IS_SQLITE else "alias_once"
# What is read, and the indexes that it must go over.
READS: dict[str, tuple[Callable[[Thread, Comment], object], set[str]]] = {
    "best": (lambda hot, _: page(hot, "best"), {"shown_roots_by_rank", "shown_by_path"}),
    "newest": (lambda hot, _: page(hot, "newest"), {"shown_roots_by_time", "shown_by_path"}),
    "oldest": (lambda hot, _: page(hot, "oldest"), {"shown_roots_by_time", "shown_by_path"}),
    "branch": (
        lambda hot, deep: reading.read_branch(hot, Comment(path=bytes(deep.path)[:8])),
        {"shown_by_path"},
    ),
    "around": (lambda hot, deep: reading.read_around(hot, deep), {"shown_by_path"}),
    "tail": (lambda hot, _: tail.read_tail(hot, hot.seq - 5), {EVENT_ONCE}),
    "long tail": (lambda hot, _: tail.read_tail(hot, 1), {EVENT_ONCE}),
    "recent": (lambda hot, _: listing.read_recent(hot.forum), {"published_by_forum"}),
    "counts": (
        lambda hot, _: listing.read_counts(hot.forum, [], ["https://magazine.test/page7"]),
        {ALIAS_ONCE},
    ),
    "found by its page": (
        lambda hot, _: reading.find_thread(hot.forum, url="https://magazine.test/page7"),
        {ALIAS_ONCE},
    ),
    "found by its id": (lambda hot, _: reading.thread_by_public_id("page7"), set()),
    "a comment's place": (lambda hot, deep: reading.shown_comment(hot, deep.id), set()),
}
# A long tail looks at two hundred events and all their comments, each with its author: so many
# columns that reading one costs the steps of two rows.
LARGER = {"long tail": 4 * tail.EVENTS_AT_ONCE}
# What has a key is one row of each table.
KEYED = {"counts": 4, "found by its page": 4, "found by its id": 4, "a comment's place": 4}
LARGE = {
    "threads_comment",
    "threads_threadevent",
    "c",
    "threads_thread",
    "threads_threadalias",
    "t",
    "a",
}


def test_every_hot_read_goes_over_its_index_and_looks_at_little(hot: Thread) -> None:
    deepest = Comment.objects.filter(thread=hot).order_by("-depth")[0]
    for name, (read, indexes) in READS.items():
        with CaptureQueriesContext(connection) as queries:
            read(hot, deepest)
        found = plans(queries)
        told = f"{name}\n" + "\n\n".join(map(str, found))
        assert found
        assert indexes <= set().union(*(each.indexes for each in found)), told
        assert not any(LARGE & set(each.read_whole) for each in found), told
        assert max(each.rows for each in found) <= {**LARGER, **KEYED}.get(name, MOST_ROWS), told


@pytest.mark.postgres
def test_what_is_planned_once_looks_at_little_in_a_large_thread_too(
    hot: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prepared statement is planned for the average thread; those whose plan depends on the
    thread are none (rows.select)."""
    prepared: dict[str, list[Any]] = {}

    def note(call: Callable[..., Any], *arguments: Any) -> Any:
        if call.__name__ == "look_up":
            prepared[arguments[0]] = list(arguments[1])
        return call(*arguments)

    monkeypatch.setattr("voxpop.rows.on_driver", note)
    deepest = Comment.objects.filter(thread=hot).order_by("-depth")[0]
    for read, _ in READS.values():
        read(hot, deepest)
    told = [prepared_plan(sql, parameters) for sql, parameters in prepared.items()]
    assert {"shown_by_path", "threads_comment_pkey"} <= set().union(*(f.indexes for f in told))
    for found in told:
        assert found.rows <= MOST_ROWS, found
