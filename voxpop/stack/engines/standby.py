"""A PostgreSQL that follows another one: a streaming replica, ready to take its place.

As a part of the stack it is started by this file: the copy can be made only when the primary runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from voxpop.settings.environment import SettingsError
from voxpop.stack.engines.postgres import Postgres, as_unprivileged, binary, give, place
from voxpop.stack.part import Part


@dataclass
class Standby(Postgres):
    """`primary` must have been prepared; it has to be running when this is prepared first.

    It keeps no slot there: a standby that is away until the primary has thrown its log away is
    copied anew (remove its folder), rather than filling the primary's disk.
    """

    name: ClassVar[str] = "standby"

    primary: Postgres | None = None

    @property
    def serving(self) -> tuple[str, ...]:
        """A port that the primary got meanwhile is known from here, the password from a file."""
        follow = f"host=127.0.0.1 port={self._primary.port} user=postgres passfile={self._passfile}"
        return (*super().serving, "-c", f"primary_conninfo={follow}")

    @property
    def part(self) -> Part:
        """As the stack starts it, after the primary: what is run prepares it and becomes it."""
        there = self._primary
        told = (self.folder, self.port, there.folder, there.port)
        return replace(
            super().part,
            kind="replica",
            command=(sys.executable, "-m", __name__, *map(str, told)),
            after=(there.name,),
        )

    def prepare(self) -> None:
        """A copy of the primary that follows it; one that is there already is left alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # The copy has the primary's roles.
        self._keep("password", self._primary.password)
        self.make_folder()
        give(self._keep("pgpass", f"127.0.0.1:*:*:postgres:{self._primary.password}\n"))
        if (self.data / "PG_VERSION").exists():
            return
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        give(new)
        parts = urlsplit(self._primary.admin_dsn)
        done = subprocess.run(  # noqa: S603
            [
                *as_unprivileged(), binary("pg_basebackup"), "--pgdata", str(new),
                "--host", "127.0.0.1", "--port", str(self._primary.port), "--username", "postgres",
                "--no-password", "--wal-method=stream", "--checkpoint=fast",
            ],
            env={**os.environ, "PGPASSWORD": parts.password or ""},
            cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SettingsError(f"The primary could not be copied: {done.stderr.strip()}")
        signal = new / "standby.signal"
        signal.touch()
        give(signal)
        new.rename(self.data)

    @property
    def _primary(self) -> Postgres:
        assert self.primary is not None, "a standby follows somebody"
        return self.primary

    @property
    def _passfile(self) -> Path:
        return self.folder / "pgpass"

    def _keep(self, name: str, text: str) -> Path:
        file = self.folder / name
        with os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as new:
            new.write(text)
        return file


def follower(data: Path, primary: Postgres, port: int) -> Standby:
    """The standby of this data folder's own cluster."""
    return Standby(place(data).with_name("standby"), port, primary=primary)


def become(folder: str, port: str, primary: str, primary_port: str) -> None:
    """Prepare the standby and be it."""
    standby = Standby(Path(folder), int(port), primary=Postgres(Path(primary), int(primary_port)))
    standby.prepare()
    command = standby.command
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    become(*sys.argv[1:])
