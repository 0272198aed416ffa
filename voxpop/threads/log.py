"""A thread is a log: appending to it, and reading at one place of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from voxpop.rows import insert, look_up
from voxpop.threads.models import ThreadEvent

# An event names at most this many comments; a larger change is several events.
COMMENTS_PER_EVENT = 200

Entry = tuple[str, Sequence[int]]


def take_places(
    thread_id: int, count: int, *, comments: int = 0, commented: datetime | None = None
) -> int:
    """Move the thread's seq by `count` and its comment count by `comments`; the last place taken.

    The row stays locked until the commit, so this comes as late in a transaction as it can: one
    hot thread is the only counter row there is (DESIGN 5).
    """
    ((seq,),) = look_up(
        "UPDATE threads_thread SET seq = seq + %s, comment_count = comment_count + %s,"
        " last_commented = COALESCE(%s, last_commented) WHERE id = %s RETURNING seq",
        [count, comments, connection.ops.adapt_datetimefield_value(commented), thread_id],
    )
    return int(seq)


def append(thread_id: int, *entries: Entry, comments: int = 0) -> int:
    """Append entries to the log and return the new end of it."""
    last = take_places(thread_id, len(entries), comments=comments)
    write_events(thread_id, last, entries)
    return last


def write_events(thread_id: int, last: int, entries: Sequence[Entry]) -> None:
    """Write the entries at the places that end with `last`."""
    first = last - len(entries) + 1
    for offset, (kind, comments) in enumerate(entries):
        insert(
            ThreadEvent(thread_id=thread_id, seq=first + offset, kind=kind, comments=list(comments))
        )


class one_snapshot:
    """Every read inside sees the database at one moment, so that a page's seq never lies.

    SQLite: a deferred transaction fixes what it sees at its first read and takes no write lock.
    PostgreSQL: repeatable read, read only. Django's own atomic() is neither.
    """

    def __enter__(self) -> None:
        self._end: Callable[[], object] = _nothing
        database = connections[DEFAULT_DB_ALIAS]
        if database.in_atomic_block:
            return
        database.ensure_connection()
        with database.wrap_database_errors:
            database.connection.execute(_BEGIN[database.vendor])
        self._end = partial(_commit, database)

    def __exit__(self, *error: object) -> None:
        self._end()


_BEGIN = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


def _commit(database: BaseDatabaseWrapper) -> None:
    with database.wrap_database_errors:
        database.connection.execute("COMMIT")


def _nothing() -> None:
    """Somebody around us has opened the transaction and ends it."""
