"""A PostgreSQL that follows another one: a streaming replica, ready to take its place."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from urllib.parse import urlsplit

from voxpop.settings.environment import SettingsError
from voxpop.stack.engines.postgres import Postgres, as_unprivileged, binary, give


@dataclass
class Standby(Postgres):
    """`primary_dsn` is its superuser's; `prepare` copies the primary, which has to be running.

    It keeps no slot there: a standby that is away for so long that the primary has thrown its log
    away is copied anew, by hand, rather than filling the primary's disk.
    """

    primary_dsn: str = ""

    def prepare(self) -> None:
        """A copy of the primary that follows it; one that is there already is left alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        primary = urlsplit(self.primary_dsn)
        password = self.folder / "password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(primary.password or "")
        self.make_folder()
        if (self.data / "PG_VERSION").exists():
            return
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        give(new)
        done = subprocess.run(  # noqa: S603
            [
                *as_unprivileged(), binary("pg_basebackup"), "--pgdata", str(new),
                "--host", primary.hostname or "", "--port", str(primary.port or 5432),
                "--username", primary.username or "", "--no-password",
                "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast",
            ],
            env={**os.environ, "PGPASSWORD": primary.password or ""},
            cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SettingsError(f"The primary could not be copied: {done.stderr.strip()}")
        new.rename(self.data)
