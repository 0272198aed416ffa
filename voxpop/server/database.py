"""Can this version work with the database it was given? Where it cannot, one sentence says why.

Asked before anything is served or changed, and by `voxpop doctor`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from voxpop.settings.environment import SettingsError

OLDEST = 15  # of PostgreSQL's versions: the one this is tested with
# Tokens and sessions end by our clock, and were given by another's.
CLOCKS_APART = timedelta(seconds=30)

# What a server or its absence tells, and what is to be done about it.
ADVICE = {
    "password authentication failed": "correct the user or the password in VOXPOP_DATABASE",
    "no password supplied": "write the password into VOXPOP_DATABASE",
    "does not exist": "make it (createdb -O USER NAME), or correct VOXPOP_DATABASE",
    "no pg_hba.conf entry": "let this machine in by the server's pg_hba.conf",
    "Connection refused": "start the server, or correct host and port in VOXPOP_DATABASE",
    "timeout expired": "see whether the server is up and a firewall lets us through",
    "resolve host": "correct the host in VOXPOP_DATABASE",
    "too many": "raise the server's max_connections, or stop what uses it up",
}
OTHERWISE = "see what the server's log says of it"


@dataclass(frozen=True)
class Unfit:
    """What is wrong with the database, and what is to be done; as text it is one sentence."""

    told: str
    advice: str
    part: str = "database"

    def __str__(self) -> str:
        return f"{self.told}: {self.advice}."


def refuse_unfit() -> None:
    """Raise SettingsError with what is wrong and what to do; nothing has been changed by then."""
    wrong = unfit()
    if wrong:
        raise SettingsError(str(wrong))


def unfit() -> Unfit | None:
    """Why this version must not work with the database; None when it may."""
    if connection.vendor == "postgresql":
        wrong = _unreachable() or _unfit_server()
        if wrong:
            return wrong
    return _from_the_future()


def server_version() -> str:
    """PostgreSQL's own version."""
    ((version,),) = _ask("SHOW server_version")
    return str(version)


def due_migrations() -> list[str]:
    """The migrations of this version that the database has not had yet."""
    loader = MigrationLoader(connection)
    known = set(loader.applied_migrations)
    return [f"{app}.{name}" for app, name in sorted(set(loader.graph.nodes) - known)]


def _where() -> str:
    entry = connection.settings_dict
    return f"PostgreSQL at {entry['HOST']}:{entry['PORT']}"


def clocks_apart() -> float:
    """So many seconds PostgreSQL's clock is ahead of ours."""
    ((now,),) = _ask("SELECT clock_timestamp()")
    return float((now - timezone.now()).total_seconds())


def _unreachable() -> Unfit | None:
    """Why no connection can be had: asked without the pool, which says only that it waited."""
    import psycopg  # where it is used only

    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name not in {"context", "cursor_factory", "prepare_threshold"}
    }
    try:
        psycopg.connect(**parameters).close()
    except psycopg.OperationalError as error:
        told = str(error).strip().splitlines()[0].split("FATAL:")[-1].split("failed:")[-1].strip()
        advice = next((what for sign, what in ADVICE.items() if sign in str(error)), OTHERWISE)
        return Unfit(f"{_where()} cannot be used ({told})", f"please {advice}")
    return None


def _unfit_server() -> Unfit | None:
    ((version, is_replica, encoding, may_create, schema, user),) = _ask(
        "SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(),"
        " current_setting('server_encoding'),"
        " COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false),"
        " COALESCE(current_schema(), 'public'), current_user"
    )
    name = connection.settings_dict["NAME"]
    if version < OLDEST:
        return Unfit(
            f"{_where()} has version {version}",
            f"Voxpop needs {OLDEST} or newer (pg_upgradecluster brings it there)",
        )
    if is_replica:
        return Unfit(
            f"{_where()} is a replica, which takes no writes",
            "write the primary's address into VOXPOP_DATABASE, and this one into "
            "VOXPOP_DATABASE_REPLICA",
        )
    if encoding != "UTF8":
        return Unfit(
            f"The database {name} is encoded in {encoding}",
            f"make one in UTF-8 (createdb -E UTF8 -T template0 -O {user} NAME) and write it into "
            "VOXPOP_DATABASE",
        )
    if not may_create:
        return Unfit(
            f"{user} may make no tables in the database {name}",
            f'ALTER DATABASE "{name}" OWNER TO "{user}"; GRANT ALL ON SCHEMA {schema} TO "{user}"',
        )
    return _clocks_too_far_apart()


def _clocks_too_far_apart() -> Unfit | None:
    apart = abs(clocks_apart())
    if apart <= CLOCKS_APART.total_seconds():
        return None
    return Unfit(
        f"The clock of {_where()} and ours are {apart:.0f} s apart",
        "let both machines take their time from one server (NTP)",
        part="clock",
    )


def _from_the_future() -> Unfit | None:
    """Whether a newer version has been at work here."""
    loader = MigrationLoader(connection)
    replaced = {key for each in loader.disk_migrations.values() for key in each.replaces}
    unknown = {
        (app, name)
        for app, name in set(loader.applied_migrations) - set(loader.disk_migrations) - replaced
        if app in loader.migrated_apps
    }
    if not unknown:
        return None
    app, name = max(unknown)
    return Unfit(
        f"The database was brought to a newer version of Voxpop ({app}.{name} is not known here)",
        "start that version, or restore the backup from before it",
    )


def _ask(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
