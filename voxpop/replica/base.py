"""PostgreSQL as the product has it, for a server that may hang: nobody waits long for it."""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from voxpop.postgres import base

PATIENCE = 0.2  # seconds for one answer, and for a connection; a page's reads take milliseconds


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the replica, for a while, out of this process's pool."""

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if options:
            options |= {"connection_class": Impatient, "timeout": PATIENCE}
        return super().pool


class Impatient(Connection[Any]):
    """Its every answer comes within PATIENCE, or the connection is over."""

    def wait(self, gen: PQGen[RV], interval: float = PATIENCE, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, min(interval, PATIENCE), timeout or PATIENCE)
        except OperationalError:
            # What it may still say belongs to a question that nobody asks any more.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise
