"""Who has the data folder, and whether its database is one that may be opened.

Whoever serves or writes has the folder together with others; a restore or a move has it alone. A
database that is not to be served as it is (a backup, the source of a move) says so itself, so that
it is refused wherever somebody puts it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from voxpop.settings.environment import SettingsError


class State(IntEnum):
    """What a database says of itself."""

    OPEN = 0
    REPLAY_DUE = 1
    MOVING = 2
    MOVED = 3


REASONS = {
    State.REPLAY_DUE: (
        "This database is a backup: what was removed or banned since would be shown again. "
        "Put it in place with `voxpop restore FILE`."
    ),
    State.MOVING: (
        "A move between databases is not finished. "
        "Run `voxpop move --to …` again: it goes on where it was."
    ),
    State.MOVED: (
        "This database has moved to PostgreSQL and is kept as it was then. "
        "Set VOXPOP_DATABASE to where it is now."
    ),
}
# PostgreSQL has no number for us in its header, as SQLite has; a database's comment is as durable.
_MARK = "voxpop: "


@contextmanager
def together() -> Iterator[None]:
    """Have the data folder with others who serve or write. Raises SettingsError."""
    with _locked(
        fcntl.LOCK_SH,
        f"A restore or a move is at work on {settings.DATA}: start when it has ended.",
    ):
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Have the data folder for oneself. Raises SettingsError while anybody else has it."""
    with _locked(
        fcntl.LOCK_EX, f"A server, a worker or a command uses {settings.DATA}: stop it first."
    ):
        yield


@contextmanager
def _locked(how: int, refusal: str) -> Iterator[None]:
    settings.DATA.mkdir(parents=True, exist_ok=True)
    # The system lets go of it when the process ends, however it ends.
    with (settings.DATA / "tenure.lock").open("w") as lock:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(refusal) from None
        yield


def refuse_unless_open(database: BaseDatabaseWrapper) -> None:
    """Raises SettingsError with what to do for a database that must not be served as it is."""
    state = state_of(database)
    if state is not State.OPEN:
        raise SettingsError(REASONS[state])


def state_of(database: BaseDatabaseWrapper) -> State:
    """What the database says of itself."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA user_version")
            return State(cursor.fetchone()[0])
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = current_database()"
        )
        comment = cursor.fetchone()[0] or ""
    if not comment.startswith(_MARK):
        return State.OPEN
    return State[comment.removeprefix(_MARK)]


def set_state(database: BaseDatabaseWrapper, state: State) -> None:
    """Have the database say this of itself; it lies on the disk with the next commit."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute(f"PRAGMA user_version = {int(state)}")
            return
        name = database.ops.quote_name(database.settings_dict["NAME"])
        comment = "NULL" if state is State.OPEN else f"'{_MARK}{state.name}'"
        cursor.execute(f"COMMENT ON DATABASE {name} IS {comment}")
