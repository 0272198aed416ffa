"""What must be there before anything can be served or commanded: a schema, static files."""

import fcntl
import hashlib
import inspect
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection

from voxpop.cassandra import refuse_other_keyspace
from voxpop.edge.static import HashedStorage
from voxpop.replica import refuse_stranger
from voxpop.server.database import due_migrations, refuse_unfit
from voxpop.settings.environment import SettingsError
from voxpop.tenure import refuse_unless_open

logger = logging.getLogger(__name__)

# Of all processes on all machines one migrates at a time; the number is ours in that database.
MIGRATING = 0x766F78706F70
# A change of a table that has to wait keeps everybody after it waiting as well: it gives up soon
# and tries again.
WAIT_FOR_TABLE_MS = 2000
TRIES = 60.0  # seconds
PAUSE = 0.5
LOCK_NOT_AVAILABLE = "55P03"


def make_ready() -> None:
    """Bring the data folder to this version; several processes may start on it at once."""
    settings.DATA.mkdir(parents=True, exist_ok=True)
    with (settings.DATA / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_schema()
        collect_static()
    refuse_stranger()
    refuse_other_keyspace()


def make_schema() -> None:
    """Bring the database to this version's schema.

    Raises SettingsError when the database is not one to work with, or when a table stays locked.
    A migration is done whole or not at all, so that the next start goes on where this one ended.
    """
    settings.DATA.mkdir(parents=True, exist_ok=True)
    refuse_unfit()
    refuse_unless_open(connection)
    with _alone():
        _migrate(time.monotonic() + TRIES)


def make_schema_if_new() -> None:
    """A database without tables gets them; an older schema is left to `voxpop serve`.

    Raises SettingsError when the schema is older or newer than this version.
    """
    refuse_unfit()
    refuse_unless_open(connection)
    if not connection.introspection.table_names():
        make_schema()
    elif due := due_migrations():
        raise SettingsError(
            f"The database is that of an older version: {len(due)} migrations are due. "
            "`voxpop serve` runs them."
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Migrating alone, of all machines; the data folder's lock knows only of this one."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        is_told = False
        # Asked again and again: who waits inside a statement is waited for by a concurrent index.
        while not _is_ours(cursor):
            if not is_told:
                logger.info("another process is migrating the database; waiting for it")
                is_told = True
            time.sleep(PAUSE)
        cursor.execute(f"SET lock_timeout = {WAIT_FOR_TABLE_MS}")
    try:
        # Our own backend's (voxpop/postgres); the stubs know Django's.
        with connection.unhurried():  # type: ignore[attr-defined]
            yield
    finally:
        # The connection goes back to the pool, to be used for other things.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def _is_ours(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATING])
    return bool(cursor.fetchone()[0])


def _migrate(until: float) -> None:
    while True:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            if time.monotonic() > until:
                raise SettingsError(
                    "A table is locked by a transaction that does not end (pg_stat_activity shows "
                    "whose): end it and start again. Nothing is half migrated."
                ) from None
            time.sleep(PAUSE)
        else:
            return


def collect_static() -> None:
    """Collect and hash static files, unless they are the ones collected last time."""
    root = Path(settings.STATIC_ROOT)
    stamp_file = root / ".stamp"
    stamp = static_stamp()
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp_file.write_text(stamp)


def static_stamp() -> str:
    """A digest of every static file's name, size and time, and of how they are stored."""
    digest = hashlib.blake2b(Path(inspect.getfile(HashedStorage)).read_bytes(), digest_size=16)
    for finder in get_finders():
        for name, storage in finder.list([]):
            file = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{file.st_size}\0{file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
