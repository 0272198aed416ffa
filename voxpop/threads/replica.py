"""Pages from a replica, whenever it stands exactly where the primary does.

The thread itself, with its seq, is always read from the primary: one row. The replica is asked for
the page that goes with it, and only if its copy of the thread is at the very same place; else the
primary is. So a page is never older than the primary at the moment it was asked for, and a purge
that comes right after a commit finds no page behind it that a lagging replica could have made. No
clock and no lag is believed.
"""

import functools
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from voxpop.breaker import Breaker
from voxpop.edge.counters import REPLICA, counters
from voxpop.replica import ALIAS
from voxpop.rows import look_up, reading_from
from voxpop.threads.models import Thread

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Read = Callable[Concatenate[Thread, P], T]

breaker = Breaker()


def where_it_stands(read: Read[P, T]) -> Read[P, T]:
    """Have `read`, which reads rows of the thread it is given, do so at the replica if it can."""
    if ALIAS not in settings.DATABASES:
        return read

    @functools.wraps(read)
    def read_somewhere(thread: Thread, /, *args: P.args, **named: P.kwargs) -> T:
        if connection.in_atomic_block or not breaker.lets_through():
            return read(thread, *args, **named)
        database = connections[ALIAS]
        try:
            with _Snapshot(database) as snapshot:
                if snapshot.place_of(thread) == thread.seq:
                    with reading_from(ALIAS):
                        page = read(thread, *args, **named)
                    counters.count(REPLICA, "replica")
                    return page
            counters.count(REPLICA, "behind")
        except (DatabaseError, NotAReplica) as error:
            counters.count(REPLICA, "away")
            if breaker.failed():
                logger.warning("the replica is left alone for some seconds: %s", error)
        return read(thread, *args, **named)

    return read_somewhere


class NotAReplica(Exception):
    """It takes writes: it was promoted, and goes its own way from there."""


class _Snapshot:
    """The replica at one moment. Raises DatabaseError when it does not answer."""

    def __init__(self, database: BaseDatabaseWrapper) -> None:
        self._database = database

    def __enter__(self) -> "_Snapshot":
        self._database.ensure_connection()
        self._say("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return self

    def place_of(self, thread: Thread) -> int | None:
        """The thread's seq here; None when it is not known here yet."""
        sql = "SELECT pg_is_in_recovery(), (SELECT seq FROM threads_thread WHERE id = %s)"
        with reading_from(ALIAS):
            ((is_replica, seq),) = look_up(sql, [thread.id])
        if not is_replica:
            raise NotAReplica("it is no replica any more")
        breaker.went_well()
        return None if seq is None else int(seq)

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            if kind is None or not issubclass(kind, DatabaseError):
                self._say("COMMIT")
        finally:
            self._database.close()  # back to the pool

    def _say(self, statement: str) -> None:
        with self._database.wrap_database_errors:
            self._database.connection.execute(statement)
