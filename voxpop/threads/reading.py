"""Page-shaped reads: a fixed number of queries each, whatever the thread's size (DESIGN 5).

Hot reads are SQL by hand on the partial indexes of shown comments. A page is up to `limit`
comments: roots in the asked order, each followed by the first of its branch in path order.

A page is stamped with the seq of the Thread it is given. Find the thread and read the page inside
one `log.one_snapshot()`, and the stamp is exact; outside, the page may be newer than it says.
"""

import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection

from voxpop.forums.models import Forum, Sort
from voxpop.threads import addresses, cursors
from voxpop.threads.models import Comment, Thread, after_branch

PAGE = 50
LARGEST_PAGE = 100
# How many comments of a root's branch come with it; the rest is asked for ("12 more replies").
BRANCH_SHOWN = 10
AROUND_BEFORE = 20
AROUND_AFTER = 30

_PLACE = struct.Struct(">q")
_RANKED = struct.Struct(">qq")


class PageRow(NamedTuple):
    """One comment of a page. `more` comments of its root's branch follow it off the page."""

    id: int
    parent_id: int | None
    root_id: int
    depth: int
    path: bytes
    branch: int
    rank: int
    content: Any  # the fragment's bytes, or the columns of a shape (see `columns`)
    more: int = 0
    more_after: str = ""


class Root(NamedTuple):
    """Where a root stands in its order, and how much of its branch comes with it."""

    id: int
    rank: int
    path: bytes
    branch: int
    shown: int


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


@dataclass(frozen=True)
class Columns:
    """What a page carries of each comment: extra SQL columns, and where they come from."""

    sql: str
    source: str = "threads_comment c"
    is_fragment: bool = False

    @property
    def ending(self) -> str:
        """A row of fragments is a PageRow as it comes from the database."""
        return ", 0, ''" if self.is_fragment else ""


FRAGMENTS = Columns(sql="c.fragment", is_fragment=True)


def find_thread(
    forum: Forum, *, identifier: str | None = None, url: str | None = None
) -> Thread | None:
    """The forum's thread filed under the identifier, else under the address; one query."""
    return thread_by_alias(forum.id, *addresses.alias_of(identifier, url))


def thread_by_alias(forum_id: int, kind: str, value: str) -> Thread | None:
    return _one_thread(
        "JOIN threads_threadalias a ON a.thread_id = t.id"
        " WHERE a.forum_id = %s AND a.kind = %s AND a.value = %s",
        [forum_id, kind, value],
    )


def thread_by_public_id(public_id: str, forum_id: int | None = None) -> Thread | None:
    """The thread of this id, and of this forum where one is named; one query."""
    if forum_id is None:
        return _one_thread("WHERE t.public_id = %s", [public_id])
    return _one_thread("WHERE t.public_id = %s AND t.forum_id = %s", [public_id, forum_id])


def thread_public_id(forum: Forum, *, identifier: str | None = None, url: str | None = None) -> str:
    """The id that the page's thread has or will have."""
    return addresses.thread_public_id(forum.shortname, *addresses.alias_of(identifier, url))


def quietness(thread: Thread | None) -> float | None:
    """Seconds since somebody last commented, for `edge.policy.quietness`; None: never."""
    if thread is None or thread.last_commented is None:
        return None
    return time.time() - thread.last_commented.timestamp()


def read_thread(
    thread: Thread,
    *,
    sort: Sort | str,
    after: str | None = None,
    limit: int = PAGE,
    columns: Columns = FRAGMENTS,
) -> ThreadPage:
    """One page in the given sort, after the given cursor: two queries.

    Raises Problem("bad_cursor").
    """
    scope = f"{thread.id} {sort}"
    place = cursors.unpack(scope, after) if after else None
    page = ThreadPage(thread, thread.seq, str(sort))
    roots = _roots(thread.id, str(sort), place, limit + 1)
    taken, is_whole = _fill(roots, limit)
    groups = _groups(taken, thread.id, columns)
    for root in taken:
        page.rows += _with_gap(groups.get(root.id, []), root, thread.id)
    if not is_whole:
        page.next = cursors.pack(scope, _root_place(taken[-1], str(sort)))
    return page


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
    rows = _range(thread.id, path, after_branch(bytes(comment.path)), limit + 1, columns)
    page.rows = rows[:limit]
    if len(rows) > limit:
        page.next = cursors.pack(scope, page.rows[-1].path)
    return page


def read_around(thread: Thread, comment: Comment, *, columns: Columns = FRAGMENTS) -> ThreadPage:
    """The page that holds one comment: its ancestors, itself, and what follows in its branch.

    Two queries. The nearest ancestors and the root are shown; the rest is asked for.
    """
    path = bytes(comment.path)
    chain = [_PLACE.unpack(path[at : at + 8])[0] for at in range(0, len(path) - 8, 8)]
    ancestors = chain if len(chain) <= AROUND_BEFORE else [chain[0], *chain[-AROUND_BEFORE:]]
    page = ThreadPage(thread, thread.seq, "around")
    page.rows = _by_ids(thread.id, ancestors, columns)
    end = after_branch(path[:8])
    rows = _range(thread.id, path, end, AROUND_AFTER + 1, columns, is_inclusive=True)
    page.rows += rows[:AROUND_AFTER]
    if len(rows) > AROUND_AFTER:
        page.next = cursors.pack(f"{thread.id} branch", page.rows[-1].path)
    return page


def shown_comment(thread: Thread, comment_id: int | None) -> Comment | None:
    """A comment that readers of the thread can see."""
    if comment_id is None:
        return None
    return Comment.objects.filter(id=comment_id, thread=thread, is_shown=True).first()


_by_path = attrgetter("path")
# Rows straight from the database; like `_make`, without the detour through Python.
_PAGE_ROW = partial(tuple.__new__, PageRow)
_ROOT = partial(tuple.__new__, Root)

# -- the queries ----------------------------------------------------------------------------

_THREAD_COLUMNS = [f.attname for f in Thread._meta.concrete_fields]
_THREAD_SQL = ", ".join(f"t.{name}" for name in _THREAD_COLUMNS)
_CORE = "c.id, c.parent_id, c.root_id, c.depth, c.path, c.branch, c.rank"

# Keyset on an index for each order of roots: (condition after a place, order by).
_ROOT_ORDERS = {
    "newest": ("AND c.id < %s", "c.id DESC"),
    "oldest": ("AND c.id > %s", "c.id"),
    "best": ("AND (c.rank, c.id) < (%s, %s)", "c.rank DESC, c.id DESC"),
}


def _one_thread(where: str, parameters: list[Any]) -> Thread | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_THREAD_SQL}, f.shortname, f.sort FROM threads_thread t"  # noqa: S608
            f" JOIN forums_forum f ON f.id = t.forum_id {where}",
            parameters,
        )
        row = cursor.fetchone()
    if row is None:
        return None
    thread = Thread.from_db(connection.alias, _THREAD_COLUMNS, _python(row[:-2]))
    thread.forum_shortname, thread.forum_sort = row[-2:]
    return thread


def _python(row: Sequence[Any]) -> list[Any]:
    """Column values as the model's fields have them (SQLite keeps times and booleans as text)."""
    values = []
    for value, convert in zip(row, _converters(), strict=True):
        values.append(value if convert is None or value is None else convert(value))
    return values


def _converters() -> list[Any]:
    global _CONVERTERS
    if _CONVERTERS is None:
        _CONVERTERS = [_converter(f) for f in Thread._meta.concrete_fields]
    return _CONVERTERS


_CONVERTERS: list[Any] | None = None


def _converter(field_: Any) -> Any:
    converters = connection.ops.get_db_converters(field_.get_col("t"))
    if not converters:
        return None

    def convert(value: Any) -> Any:
        for each in converters:
            value = each(value, None, connection)
        return value

    return convert


def _roots(thread_id: int, sort: str, place: bytes | None, limit: int) -> list[Root]:
    """The next roots in order: where they are and how much hangs below, none of their content."""
    after, order = _ROOT_ORDERS[sort]
    parameters: list[Any] = [thread_id]
    if place is None:
        after = ""
    elif sort == "best":
        parameters += _RANKED.unpack(place)
    else:
        parameters += _PLACE.unpack(place)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.rank, c.path, c.branch, 0 FROM threads_comment c"  # noqa: S608
            f" WHERE c.thread_id = %s AND c.is_shown AND c.parent_id IS NULL {after}"
            f" ORDER BY {order} LIMIT {limit:d}",
            parameters,
        )
        return list(map(_ROOT, cursor.fetchall()))


def _root_place(root: Root, sort: str) -> bytes:
    return _RANKED.pack(root.rank, root.id) if sort == "best" else _PLACE.pack(root.id)


def _fill(roots: list[Root], limit: int) -> tuple[list[Root], bool]:
    """The roots of this page with how much of each branch comes along; whether that is all."""
    taken: list[Root] = []
    room = limit
    for root in roots:
        if room <= 0:
            return taken, False
        shown = min(root.branch, BRANCH_SHOWN, room - 1)
        taken.append(root._replace(shown=shown))
        room -= 1 + shown
    return taken, len(roots) <= limit


def _groups(roots: list[Root], thread_id: int, columns: Columns) -> dict[int, list[PageRow]]:
    """Each root and the first of its branch, in path order: index ranges, in one statement.

    Branches that fit are taken whole by one join; each larger one is a range that stops early.
    """
    if not roots:
        return {}
    fields = f"{_CORE}, {columns.sql}{columns.ending}"
    fitting = [root for root in roots if root.shown == root.branch]
    parts: list[str] = []
    parameters: list[Any] = []
    if fitting:
        parts.append(
            f"SELECT {fields} FROM (VALUES {', '.join(['(%s, %s)'] * len(fitting))}) r"  # noqa: S608
            f" CROSS JOIN {columns.source} WHERE c.thread_id = %s AND c.is_shown"
            " AND c.path >= r.column1 AND c.path < r.column2"
        )
        for root in fitting:
            path = bytes(root.path)
            parameters += [path, after_branch(path)]
        parameters.append(thread_id)
    for root in roots:
        if root.shown == root.branch:
            continue
        parts.append(
            f"SELECT * FROM (SELECT {fields} FROM {columns.source}"  # noqa: S608
            " WHERE c.thread_id = %s AND c.is_shown AND c.path >= %s AND c.path < %s"
            f" ORDER BY c.path LIMIT {root.shown + 1:d}) b"
        )
        path = bytes(root.path)
        parameters += [thread_id, path, after_branch(path)]
    groups: dict[int, list[PageRow]] = {root.id: [] for root in roots}
    for row in _rows(" UNION ALL ".join(parts), parameters, columns):
        groups[row.root_id].append(row)
    for group in groups.values():
        group.sort(key=_by_path)
    return groups


def _range(
    thread_id: int,
    path: bytes,
    end: bytes,
    limit: int,
    columns: Columns,
    *,
    is_inclusive: bool = False,
) -> list[PageRow]:
    after = ">=" if is_inclusive else ">"
    return _rows(
        f"SELECT {_CORE}, {columns.sql}{columns.ending} FROM {columns.source}"  # noqa: S608
        f" WHERE c.thread_id = %s AND c.is_shown AND c.path {after} %s AND c.path < %s"
        f" ORDER BY c.path LIMIT {limit:d}",
        [thread_id, path, end],
        columns,
    )


def _by_ids(thread_id: int, ids: Iterable[int], columns: Columns) -> list[PageRow]:
    wanted = list(ids)
    if not wanted:
        return []
    marks = ", ".join(["%s"] * len(wanted))
    return _rows(
        f"SELECT {_CORE}, {columns.sql}{columns.ending} FROM {columns.source}"  # noqa: S608
        f" WHERE c.id IN ({marks}) AND c.thread_id = %s AND c.is_shown ORDER BY c.path",
        [*wanted, thread_id],
        columns,
    )


def _rows(sql: str, parameters: list[Any], columns: Columns) -> list[PageRow]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        if columns.is_fragment:
            return list(map(_PAGE_ROW, cursor.fetchall()))
        return [PageRow._make((*row[:7], row[7:], 0, "")) for row in cursor.fetchall()]


def _with_gap(group: list[PageRow], root: Root, thread_id: int) -> list[PageRow]:
    """The root's group; its last row says how much of the branch is not on the page."""
    missing = root.branch + 1 - len(group)
    if missing > 0 and group:
        last = group[-1]
        group[-1] = last._replace(
            more=missing, more_after=cursors.pack(f"{thread_id} branch", last.path)
        )
    return group
