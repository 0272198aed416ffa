"""PostgreSQL as Django has it, but for how the pool looks at a connection before handing it out.

Django's look is a question to the server, which costs a request as much as one of its statements. A
server that ended has closed its connections, and that can be seen from here: only a connection on
which something has come unasked is asked.
"""

import select
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection, Cursor
from psycopg.adapt import AdaptersMap, Buffer, Loader
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzBinaryLoader
from psycopg_pool import ConnectionPool


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
                **options,
            )
            # Threads that come at once make one each; the first counts, the others never open.
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, and the same types when rows come as bytes instead of as text (rows.py)."""
        parameters: dict[str, Any] = super().get_connection_params()
        context = AdaptersMap(parameters["context"])
        context.register_loader("jsonb", _JsonAsText)
        context.register_loader("timestamptz", _InUtc)
        return {**parameters, "context": context}

    def connect_alone(self) -> Connection[Any]:
        """A connection beside the pool. Raises psycopg's own errors."""
        return Connection.connect(**self.get_connection_params(), autocommit=True)

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
