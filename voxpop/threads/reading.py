"""Page-shaped reads: a fixed number of queries each, whatever the thread's size (DESIGN 5).

A page is up to `limit` comments: roots in the asked order, each followed by the first of its
branch in path order. `finding` finds the thread, `rows` holds the SQL.

A page is stamped with the seq of the Thread it is given. Find the thread and read the page inside
one `log.one_snapshot()`, and the stamp is exact; outside, the page may be newer than it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connection

from voxpop.forums.models import Sort
from voxpop.threads import cursors
from voxpop.threads.finding import (
    find_thread,
    quietness,
    thread_by_alias,
    thread_by_public_id,
    thread_public_id,
)
from voxpop.threads.models import Comment, Thread, after_branch
from voxpop.threads.replica import where_it_stands
from voxpop.threads.rows import (
    FRAGMENTS,
    PLACE,
    Columns,
    PageRow,
    Root,
    read_by_ids,
    read_groups,
    read_range,
    read_roots,
    read_roots_with_groups,
    root_place,
)

__all__ = [
    "FRAGMENTS",
    "Columns",
    "PageRow",
    "ThreadPage",
    "find_thread",
    "quietness",
    "read_ancestors",
    "read_around",
    "read_branch",
    "read_thread",
    "shown_comment",
    "thread_by_alias",
    "thread_by_public_id",
    "thread_public_id",
]

PAGE = 50
LARGEST_PAGE = 100
# How many comments of a root's branch come with it; the rest is asked for ("12 more replies").
BRANCH_SHOWN = 10
AROUND_BEFORE = 20
AROUND_AFTER = 30


@dataclass
class ThreadPage:
    """A snapshot: some rows of a thread and the place in its log at which they were read."""

    thread: Thread
    seq: int
    sort: str
    rows: list[PageRow] = field(default_factory=list)
    next: str | None = None

    def joined(self) -> bytes:
        """The fragments, one after the other."""
        return b"".join([row.content for row in self.rows])


@where_it_stands
def read_thread(
    thread: Thread,
    *,
    sort: Sort | str,
    after: str | None = None,
    limit: int = PAGE,
    columns: Columns = FRAGMENTS,
) -> ThreadPage:
    """One page in the given sort, after the given cursor: two queries, on PostgreSQL one.

    Raises Problem("bad_cursor").
    """
    scope = f"{thread.id} {sort}"
    place = cursors.unpack(scope, after) if after else None
    page = ThreadPage(thread, thread.seq, str(sort))
    if connection.vendor == "postgresql":
        # What the last root of the page may have, and one row of the root after it.
        most = limit + BRANCH_SHOWN + 1
        found = read_roots_with_groups(thread, str(sort), place, BRANCH_SHOWN, most, columns)
        groups = {group[0].id: group for group in found}
        roots = [Root(root.id, root.rank, root.path, root.branch, 0) for root, *_ in found]
        taken, is_whole = _fill(roots, limit)
    else:
        roots = read_roots(thread.id, str(sort), place, limit + 1, partial(_is_more_than, limit))
        taken, is_whole = _fill(roots, limit)
        groups = read_groups(taken, thread.id, columns)
    for root in taken:
        page.rows += _with_gap(groups.get(root.id, [])[: root.shown + 1], root, thread.id)
    if not is_whole:
        page.next = cursors.pack(scope, root_place(taken[-1], str(sort)))
    return page


@where_it_stands
def read_branch(
    thread: Thread,
    comment: Comment,
    *,
    after: str | None = None,
    limit: int = PAGE,
    columns: Columns = FRAGMENTS,
) -> ThreadPage:
    """What hangs below one comment, in path order, after the given cursor: one query."""
    scope = f"{thread.id} branch"
    path = cursors.unpack(scope, after) if after else bytes(comment.path)
    page = ThreadPage(thread, thread.seq, "branch")
    rows = read_range(thread.id, path, after_branch(bytes(comment.path)), limit + 1, columns)
    page.rows = rows[:limit]
    if len(rows) > limit:
        page.next = cursors.pack(scope, page.rows[-1].path)
    return page


@where_it_stands
def read_around(thread: Thread, comment: Comment, *, columns: Columns = FRAGMENTS) -> ThreadPage:
    """The page that holds one comment: its ancestors, itself, and what follows in its branch.

    Two queries. The nearest ancestors and the root are shown; the rest is asked for.
    """
    path = bytes(comment.path)
    page = ThreadPage(thread, thread.seq, "around")
    page.rows = read_ancestors(thread, comment, columns=columns)
    end = after_branch(path[:8])
    rows = read_range(thread.id, path, end, AROUND_AFTER + 1, columns, is_inclusive=True)
    page.rows += rows[:AROUND_AFTER]
    if len(rows) > AROUND_AFTER:
        page.next = cursors.pack(f"{thread.id} branch", page.rows[-1].path)
    return page


def read_ancestors(
    thread: Thread, comment: Comment, *, columns: Columns = FRAGMENTS
) -> list[PageRow]:
    """What a comment answers, the root first: the nearest of them and the root; one query."""
    path = bytes(comment.path)
    chain = [PLACE.unpack(path[at : at + 8])[0] for at in range(0, len(path) - 8, 8)]
    nearest = chain if len(chain) <= AROUND_BEFORE else [chain[0], *chain[-AROUND_BEFORE:]]
    return read_by_ids(thread.id, nearest, columns)


def shown_comment(thread: Thread, comment_id: int | None) -> Comment | None:
    """A comment that readers of the thread can see."""
    if comment_id is None:
        return None
    return Comment.objects.filter(id=comment_id, thread=thread, is_shown=True).first()


def _is_more_than(limit: int, roots: Sequence[Any]) -> bool:
    """Whether these roots, with what of their branches is shown, are more than a page holds."""
    shown = sum([1 + min(branch, BRANCH_SHOWN) for _, _, _, branch, _ in roots[:-1]])
    return bool(shown >= limit)


def _fill(roots: list[Root], limit: int) -> tuple[list[Root], bool]:
    """The roots of this page with how much of each branch comes along; whether that is all."""
    taken: list[Root] = []
    room = limit
    for root in roots:
        if room <= 0:
            return taken, False
        shown = min(root.branch, BRANCH_SHOWN, room - 1)
        taken.append(Root(root.id, root.rank, root.path, root.branch, shown))
        room -= 1 + shown
    return taken, len(roots) <= limit


def _with_gap(group: list[PageRow], root: Root, thread_id: int) -> list[PageRow]:
    """The root's group; its last row says how much of the branch is not on the page."""
    missing = root.branch + 1 - len(group)
    if missing > 0 and group:
        last = group[-1]
        group[-1] = last._replace(
            more=missing, more_after=cursors.pack(f"{thread_id} branch", last.path)
        )
    return group
