"""Finding a thread: by its page's identifier or address, or by its public id; one query each."""

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from django.db import connection

from voxpop.forums.models import Forum
from voxpop.threads import addresses
from voxpop.threads.models import Thread


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


_THREAD_COLUMNS = [f.attname for f in Thread._meta.concrete_fields]
_THREAD_SQL = ", ".join(f"t.{name}" for name in _THREAD_COLUMNS)


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
    values = list(row)
    for at, convert in _converters():
        if values[at] is not None:
            values[at] = convert(values[at])
    return values


@cache
def _converters() -> list[tuple[int, Callable[[Any], Any]]]:
    """Which columns the database does not give as Python has them, and how they become so."""
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for at, field in enumerate(Thread._meta.concrete_fields):
        steps = connection.ops.get_db_converters(field.get_col("t"))
        found += [(at, partial(_stepped, steps))] if steps else []
    return found


def _stepped(steps: Sequence[Callable[..., Any]], value: Any) -> Any:
    for step in steps:
        value = step(value, None, connection)
    return value
