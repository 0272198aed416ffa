"""Django's entry for each kind of database; which one it is, VOXPOP_DATABASE says."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from voxpop.settings.environment import SettingsError

Entry = dict[str, Any]

FORM = "postgres://user:password@host:5432/name"
# What may follow as ?sslmode=require&…: how the line to the server is guarded.
LINE_OPTIONS = {"sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding"}

CONNECT = 3  # seconds to reach the server
# Seconds without a word from a machine that is gone, until its connections count as broken.
SILENCE = 10
# What the server itself ends: no statement of a request takes a hundredth of it, and no transaction
# is left open while nothing is asked.
STATEMENT_MS = 30_000
IDLE_IN_TRANSACTION_MS = 60_000
# A process has four threads that serve and a few that work beside: they never wait for each other,
# only for a server that is away. So whoever waits is refused soon; and the pool tries again when
# somebody asks, not when a pause that has grown and grown is over.
MOST_CONNECTIONS = 8
WAIT_FOR_CONNECTION = 1  # seconds
RECONNECT = 1
CONNECTION_LIVES = 3600  # seconds: a server that is replaced behind its name is found again


def kept_address(data: Path) -> str:
    """Where the stack of this data folder has its PostgreSQL; empty when it has none.

    So every command that is given the folder works on the same comments as the stack.
    """
    file = data / "database"
    return file.read_text().strip() if file.exists() else ""


def database(variable: str, text: str, data: Path) -> Entry:
    """The entry that `text` (of `variable`) asks for; SQLite in `data` when it is empty.

    Raises SettingsError, without quoting the text: there is a password in it.
    """
    return postgres(variable, text) if text else sqlite(data)


def sqlite(data: Path) -> Entry:
    """WAL lets readers read while one writer writes; FULL makes a commit survive a power cut.

    IMMEDIATE takes the write lock when a transaction starts, so that it never fails half way.
    """
    return {
        "ENGINE": "voxpop.sqlite",
        "NAME": data / "voxpop.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 5,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;"
                "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA foreign_keys=ON;"
                # What is deleted is overwritten: an erased person is in no page of the file.
                "PRAGMA secure_delete=ON;"
            ),
        },
        "TEST": {"NAME": None},
    }


def postgres(variable: str, text: str) -> Entry:
    """A pool of connections to a PostgreSQL; raises SettingsError as `database` does."""
    parts = _parts(variable, text)
    line = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(line) - LINE_OPTIONS):
        raise SettingsError(
            f"{variable} has ?{unknown[0]}=, which is not known: after the question mark only "
            f"{', '.join(sorted(LINE_OPTIONS))} may stand."
        )
    return {
        "ENGINE": "voxpop.postgres",
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or 5432),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": unquote(parts.path[1:]),
        # The pool keeps the connections, and looks at each before it hands it out.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **line,
            "application_name": "voxpop",
            "connect_timeout": CONNECT,
            "keepalives_idle": SILENCE,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": SILENCE * 1000,
            "options": (
                f"-c statement_timeout={STATEMENT_MS}"
                f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
                # What is prepared (rows.look_up) has one plan, whatever is asked: to find it again
                # each time takes longer than what it does.
                " -c plan_cache_mode=force_generic_plan"
            ),
            # From the fifth time on.
            "prepare_threshold": 5,
            "pool": {
                "min_size": 1,
                "max_size": MOST_CONNECTIONS,
                "timeout": WAIT_FOR_CONNECTION,
                "reconnect_timeout": RECONNECT,
                "max_lifetime": CONNECTION_LIVES,
            },
        },
    }


def replica(variable: str, text: str, primary: str) -> Entry:
    """A pool of connections to what follows the primary; raises SettingsError."""
    if not primary:
        raise SettingsError(
            f"{variable} follows a PostgreSQL: write that one's address into VOXPOP_DATABASE."
        )
    if text == primary:
        raise SettingsError(f"{variable} is VOXPOP_DATABASE itself: write the replica's address.")
    return {**postgres(variable, text), "ENGINE": "voxpop.replica"}


def _parts(variable: str, text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname and parts.username and parts.path.strip("/"))
        _ = parts.port  # raises for one that is no number
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in {"postgres", "postgresql"} or "/" in parts.path[1:]:
        raise SettingsError(
            f"{variable} is not of the form {FORM}. Characters such as @ : / # % in the password "
            "are written as %40 %3A %2F %23 %25."
        )
    return parts
