"""The rows of a page: SQL by hand on the partial indexes of shown comments (DESIGN 5).

`reading` says what a page is; here is how its rows are had: keysets and ranges, never an offset.
What is put into a statement's text is ours alone: columns, tables, orders, whole numbers. All that
somebody sends is a parameter (S608).
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from voxpop import ids
from voxpop.rows import look_up, select_until
from voxpop.threads.models import Thread, after_branch

PLACE = struct.Struct(">q")
RANKED = struct.Struct(">qq")


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


_by_path = attrgetter("path")
# Rows straight from the database; like `_make`, without the detour through Python.
_PAGE_ROW = partial(tuple.__new__, PageRow)
_ROOT = partial(tuple.__new__, Root)

# PostgreSQL plans a statement once, for the average thread, and that one it sorts. In a larger one
# it is made to walk the index: condition and order begin with the thread, so that sorting would be
# of a third of all roots there are. At the thread's end some of another's are walked over, and
# have no branch in this one.
_SMALL = 200  # comments; what is sorted of them is hardly more than a page
_WALKS = {
    "newest": (
        "AND (c.thread_id, c.id) < (%s, %s)",
        "c.thread_id DESC, c.id DESC",
        (ids.LARGEST,),
    ),
    "oldest": ("AND (c.thread_id, c.id) > (%s, %s)", "c.thread_id, c.id", (0,)),
    "best": (
        "AND (c.thread_id, c.rank, c.id) < (%s, %s, %s)",
        "c.thread_id DESC, c.rank DESC, c.id DESC",
        (ids.LARGEST, ids.LARGEST),
    ),
}
_ROOTS_AT_ONCE = 12

_CORE = "c.id, c.parent_id, c.root_id, c.depth, c.path, c.branch, c.rank"

# Keyset on an index for each order of roots: (condition after a place, order by).
_ROOT_ORDERS = {
    "newest": ("AND c.id < %s", "c.id DESC"),
    "oldest": ("AND c.id > %s", "c.id"),
    "best": ("AND (c.rank, c.id) < (%s, %s)", "c.rank DESC, c.id DESC"),
}


def read_roots(
    thread_id: int,
    sort: str,
    place: bytes | None,
    limit: int,
    is_enough: Callable[[list[Any]], bool],
) -> list[Root]:
    """The next roots in order: where they are and how much hangs below, none of their content.

    For SQLite, as `read_groups`; PostgreSQL has both in one (`read_roots_with_groups`). At most
    `limit`, and not many more than are enough: each costs a look at its row.
    """
    after, order, begin = _begin(sort, place)
    rows = select_until(
        "SELECT c.id, c.rank, c.path, c.branch, 0 FROM threads_comment c"  # noqa: S608
        f" WHERE c.thread_id = %s AND c.is_shown AND c.parent_id IS NULL {after}"
        f" ORDER BY {order} LIMIT {limit:d}",
        [thread_id, *begin],
        is_enough,
        chunk=_ROOTS_AT_ONCE,
    )
    return list(map(_ROOT, rows))


def root_place(root: Root, sort: str) -> bytes:
    return RANKED.pack(root.rank, root.id) if sort == "best" else PLACE.pack(root.id)


def read_groups(roots: list[Root], thread_id: int, columns: Columns) -> dict[int, list[PageRow]]:
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
        ranges = [(bytes(root.path), after_branch(bytes(root.path))) for root in fitting]
        parts.append(
            f"SELECT {fields} FROM (VALUES {', '.join(['(%s, %s)'] * len(fitting))}) r"  # noqa: S608
            f" CROSS JOIN {columns.source} WHERE c.thread_id = %s AND c.is_shown"
            " AND c.path >= r.column1 AND c.path < r.column2"
        )
        parameters += [*chain.from_iterable(ranges), thread_id]
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


def read_roots_with_groups(
    thread: Thread, sort: str, place: bytes | None, branch: int, limit: int, columns: Columns
) -> list[list[PageRow]]:
    """The next roots in order, each followed by the first of its branch, at most `branch` of it; at
    most `limit` rows in all, so that the last of them may have more. One statement, of PostgreSQL:
    it takes each root's branch before it looks at the next root.
    """
    if thread.comment_count <= _SMALL:
        after, order, begin = _begin(sort, place)
        after = f"AND c.thread_id = %s {after}"
    else:
        after, order, first = _WALKS[sort]
        begin = first if place is None else _unpacked(sort, place)
    fields = f"{_CORE}, {columns.sql}{columns.ending}"
    groups: list[list[PageRow]] = []
    for row in _rows(
        "SELECT b.* FROM (SELECT c.id FROM threads_comment c"  # noqa: S608
        f" WHERE c.is_shown AND c.parent_id IS NULL {after} ORDER BY {order} LIMIT {limit:d}) r"
        f" CROSS JOIN LATERAL (SELECT {fields} FROM {columns.source} WHERE c.thread_id = %s"
        " AND c.is_shown AND c.path >= int8send(r.id) AND c.path < int8send(r.id + 1)"
        f" ORDER BY c.path LIMIT {branch + 1:d}) b LIMIT {limit:d}",
        [thread.id, *begin, thread.id],
        columns,
    ):
        if row.id == row.root_id:
            groups.append([])
        groups[-1].append(row)
    return groups


def _begin(sort: str, place: bytes | None) -> tuple[str, str, tuple[int, ...]]:
    """The condition after a place, the order, and the condition's parameters."""
    after, order = _ROOT_ORDERS[sort]
    return ("", order, ()) if place is None else (after, order, _unpacked(sort, place))


def _unpacked(sort: str, place: bytes) -> tuple[int, ...]:
    return (RANKED if sort == "best" else PLACE).unpack(place)


def read_range(
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


def read_by_ids(thread_id: int, ids: Iterable[int], columns: Columns) -> list[PageRow]:
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
    rows = look_up(sql, parameters)
    if columns.is_fragment:
        return list(map(_PAGE_ROW, rows))
    return [PageRow._make((*row[:7], row[7:], 0, "")) for row in rows]
