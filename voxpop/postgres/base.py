"""PostgreSQL as Django has it, but for how the pool looks at a connection before handing it out.

Django's look is a question to the server, which costs a request as much as one of its statements. A
server that ended has closed its connections, and that can be seen from here: only a connection on
which something has come unasked is asked.

A server that hangs has closed nothing, and its kernel says that all is well: so every answer is
waited for so long and no longer (decision 0225).
"""

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from functools import cache
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection, Cursor, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.adapt import AdaptersMap, Buffer, Loader
from psycopg.pq import Format, TransactionStatus
from psycopg.types.datetime import TimestamptzBinaryLoader
from psycopg_pool import ConnectionPool

from voxpop.settings.databases import STATEMENT_MS

# Seconds for one answer. A server that is well has ended the statement by then, and said so.
PATIENCE = STATEMENT_MS / 1000 + 5
LOOK = 0.1  # psycopg's own, after which it looks whether it has been interrupted


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection, for a while, out of this process's pool."""

    # Django's, which django-stubs do not know.
    _connection_pools: dict[str, ConnectionPool[Any]]
    _configure_connection: Any

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            pool: ConnectionPool[Any] = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,
                check=check,
                name=f"voxpop-{self.alias}",
                **{"connection_class": Patient, **options},
            )
            # Threads that come at once make one each; the first counts, the others never open.
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, and the same types when rows come as bytes instead of as text (rows.py)."""
        parameters: dict[str, Any] = super().get_connection_params()
        return {**parameters, "context": _also_of_bytes(parameters["context"])}

    def _set_autocommit(self, autocommit: bool) -> None:
        # The pool's connections have it on, and psycopg switches it anew however it is.
        with self.wrap_database_errors:
            if self.connection.autocommit != autocommit:
                self.connection.autocommit = autocommit

    def connect_alone(self) -> Connection[Any]:
        """A connection beside the pool. Raises psycopg's own errors."""
        return Bounded.connect(**self.get_connection_params(), autocommit=True)

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """No statement inside takes too long, neither for the server nor for us."""
        with self.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        self.connection.patience = None
        try:
            yield
        finally:
            # The connection goes back to the pool, to be used for other things.
            with suppress(DatabaseError), self.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
                self.connection.patience = PATIENCE

    def ask(self, sql: str, parameters: Sequence[Any]) -> Cursor[Any]:
        """Run a statement on the driver, planned for these parameters; its rows come as bytes.

        Raises psycopg's own errors.
        """
        cursor: Cursor[Any] = Cursor(self.connection)
        return cursor.execute(sql, parameters, binary=True, prepare=False)

    def look_up(self, sql: str, parameters: Sequence[Any]) -> Cursor[Any]:
        """The same, prepared and planned once for all parameters."""
        cursor: Cursor[Any] = Cursor(self.connection)
        return cursor.execute(sql, parameters, binary=True)


class Bounded(Connection[Any]):
    """Its every answer comes within `patience` seconds, or the connection is over.

    Whoever waited has an OperationalError then, as when the server has gone; what he asked for may
    be done or not, a commit too.
    """

    patience: float | None = PATIENCE

    def wait(self, gen: PQGen[RV], interval: float = LOOK, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except OperationalError as error:
            # Nothing came from the server, and what it may still say belongs to a question that
            # nobody asks any more.
            is_asked = self.pgconn.transaction_status == TransactionStatus.ACTIVE
            if error.sqlstate is None and is_asked:
                self.give_up()
            raise

    def give_up(self) -> None:
        """End it from here; a hanging server answers no farewell."""
        self.pgconn.finish()


class Patient(Bounded):
    """With it go those that lie in its pool: each would keep somebody else waiting as long."""

    def give_up(self) -> None:
        super().give_up()
        if isinstance(self._pool, ConnectionPool):
            self._pool.drain()


@cache  # Django asks for it with each request
def _also_of_bytes(adapters: AdaptersMap) -> AdaptersMap:
    found = AdaptersMap(adapters)
    found.register_loader("jsonb", _JsonAsText)
    found.register_loader("timestamptz", _InUtc)
    return found


def check(connection: Connection[Any]) -> None:
    """Raises psycopg.OperationalError when the server has gone."""
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    if line.poll(0):
        connection.execute("")


class _JsonAsText(Loader):
    """Django reads JSON itself."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data[1:]).decode()  # after the number of the format's version


class _InUtc(TimestamptzBinaryLoader):
    """With the time zone object that Django gives."""

    def load(self, data: Buffer) -> Any:
        return super().load(data).replace(tzinfo=UTC)
