"""Where a stack keeps the comments: in a PostgreSQL of its own, unless they are in SQLite already.

The address stands in DATA/database, which every command reads that is given the data folder
(settings/databases.py).
"""

from __future__ import annotations

import os
from pathlib import Path

from voxpop.settings.environment import SettingsError
from voxpop.stack.engines.postgres import Postgres, has_cluster, place


def cluster(data: Path, port: int) -> Postgres:
    """The stack's own PostgreSQL."""
    return Postgres(place(data), port)


def told_in(data: Path) -> Path:
    """The file that says where it is."""
    return data / "database"


def keeps_sqlite(data: Path) -> bool:
    """Whether there are comments in SQLite, and no cluster beside them."""
    return (data / "voxpop.sqlite3").exists() and not has_cluster(data)


def refuse_second_truth(data: Path, *, has_postgres: bool) -> None:
    """Raise SettingsError where a start would leave the comments aside and begin with none."""
    if not has_postgres and told_in(data).exists():
        raise SettingsError(
            f"The comments of {data} are in its PostgreSQL: leave --without postgres away. "
            f"(To begin again with none, in SQLite, remove {told_in(data)} first.)"
        )


def tell_replica(file: Path, data: Path, port: int) -> None:
    """Write down where the cluster's standby listens; both have the same roles."""
    with os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as new:
        new.write(f"{cluster(data, port).dsn}\n")


def tell_database(data: Path, port: int) -> None:
    """Write down where the cluster listens from now on; whole or not at all."""
    new = data / "database.new"
    with os.fdopen(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(f"{cluster(data, port).dsn}\n")
    new.replace(told_in(data))
