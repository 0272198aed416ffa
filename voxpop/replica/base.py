"""PostgreSQL as the product has it, for a server that may hang: nobody waits long for it."""

from typing import Any

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


class Impatient(base.Bounded):
    """One of the replica's."""

    patience = PATIENCE
