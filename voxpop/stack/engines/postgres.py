"""PostgreSQL: the one truth of a stack, on its own folder and port.

    postgres = Postgres(folder, port)
    postgres.start()
    postgres.dsn  # postgres://voxpop:…@127.0.0.1:PORT/voxpop

The folder holds `data` (the cluster), `password` (of both roles) and the log. The product signs in
as `voxpop`, which owns its database and may make others; `postgres` is the superuser, by
`admin_dsn`, for what copies and restores clusters.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from voxpop.settings.environment import SettingsError
from voxpop.stack.engines import Engine
from voxpop.stack.greetings import is_postgres_serving
from voxpop.stack.part import Part

DEBIAN = Path("/usr/lib/postgresql")  # each version has its folder there
NAME = "voxpop"  # of the role and of its database
NAME_OF_KIND = "postgres"
PATIENCE = 60.0  # seconds to write what is in memory and end
# Of the system, for root: PostgreSQL refuses to run as root. Debian's package makes the first.
USERS = ("postgres", "nobody")
LONGEST_SOCKET = 90  # bytes of a path; the system allows 107, and the file's name comes after it
PLACE_FOR_ROOT = Path("/var/lib/voxpop")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",  # solid-state disks
    # Our statements take less time than compiling them.
    "jit": "off",
    # So much of the log is kept for a standby that was away.
    "wal_keep_size": "512MB",
    # A standby does not let a long read keep it from following.
    "max_standby_streaming_delay": "1s",
    # Ready for `voxpop backup`, which says where the log is to be kept; until then nowhere.
    "archive_mode": "on",
    "archive_timeout": "60",
    # The log says what went wrong, not in which statement or with which values: those are people's
    # texts and addresses.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
    "timezone": "UTC",
}
# For tests only: a crash of the machine may lose everything.
UNSAFE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass
class Postgres(Engine):
    """One PostgreSQL server; without `is_durable` it is for tests, which need no disk."""

    name: ClassVar[str] = "postgres"
    # "Fast": smart shutdown, by SIGTERM, would wait for whoever has left a console open.
    ends_by: ClassVar[int] = signal.SIGINT

    port: int = 0
    is_durable: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)  # beside and over SETTINGS

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.folder / "data"

    @property
    def password(self) -> str:
        """Of both roles; raises FileNotFoundError before `prepare`."""
        return (self.folder / "password").read_text().strip()

    @property
    def dsn(self) -> str:
        """What VOXPOP_DATABASE takes."""
        return f"postgres://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"

    @property
    def admin_dsn(self) -> str:
        """The superuser's."""
        return f"postgres://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def as_user(self) -> tuple[str, ...]:
        return as_unprivileged()

    @property
    def serving(self) -> tuple[str, ...]:
        told = {**SETTINGS, "port": str(self.port), "unix_socket_directories": self._sockets}
        if not self.is_durable:
            told |= UNSAFE
        told |= self.settings
        options = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
        return (find("postgres"), "-D", str(self.data), *options)

    @property
    def part(self) -> Part:
        """As the stack starts it."""
        address = f"127.0.0.1:{self.port}"
        return Part(
            name=self.name,
            kind=NAME_OF_KIND,
            command=self.command,
            check=f"postgres://{address}",
            address=address,
            patience=PATIENCE,
            ends_by=self.ends_by,
        )

    def is_ready(self) -> bool:
        return is_postgres_serving("127.0.0.1", self.port)

    def prepare(self) -> None:
        """A cluster with both roles and the database; one that is there already is left alone."""
        self.make_folder()
        if (self.data / "PG_VERSION").exists():
            return
        if (self.folder / "data.before-restore").exists():
            raise SettingsError(
                f"A restore to {self.data} was interrupted: run it again, or rename "
                "data.before-restore beside it to data."
            )
        # Aside, so that one that was interrupted is never taken for whole.
        new = self.folder / "data.new"
        if new.exists():
            shutil.rmtree(new)
        new.mkdir(mode=0o700)
        give(new)
        password = self.folder / "password.init"
        password.write_text(self.password)
        give(password)
        _run(
            *as_unprivileged(), binary("initdb"), "--pgdata", str(new), "--username", "postgres",
            "--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8",
            # Sorted by bytes, as in SQLite; letters of any language have their capitals.
            "--locale", "C.UTF-8", "--lc-collate", "C", "--no-instructions",
            *([] if self.is_durable else ["--no-sync"]),
        )  # fmt: skip
        password.unlink()
        _run(
            *as_unprivileged(), binary("postgres"), "--single", "-D", str(new), "postgres",
            told=(
                f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{self.password}'\n"
                f"CREATE DATABASE {NAME} OWNER {NAME}\n"
                "ALTER SYSTEM SET archive_command = '/bin/true'\n"
            ),
        )  # fmt: skip
        new.rename(self.data)

    def make_folder(self) -> None:
        """The folder, which its server may pass, and the password in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)
        if (blocked := blocked_at(self.data)) is not None:
            raise SettingsError(
                f"PostgreSQL does not run as root, and its user cannot get through {blocked}: "
                "put the data folder elsewhere, or start the stack as an ordinary user."
            )
        file = self.folder / "password"
        if not file.exists():
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
                new.write(secrets.token_hex(24))

    @property
    def _sockets(self) -> str:
        """For those who look in by hand; a folder whose name is too long for one has none."""
        return str(self.data) if len(str(self.data).encode()) < LONGEST_SOCKET else ""


def binary(name: str) -> str:
    """The full path of a program of the newest PostgreSQL here; raises SettingsError."""
    found = find(name)
    if not found:
        raise SettingsError(
            f"PostgreSQL's {name} is not here. On Debian: apt-get install postgresql; "
            "or leave the part out with --without postgres."
        )
    return found


def find(name: str) -> str:
    """The same; empty when there is none."""
    versions = sorted(DEBIAN.glob("*/bin"), key=lambda path: path.parent.name.zfill(3))
    newest_first = ":".join(map(str, reversed(versions)))
    return shutil.which(name, path=newest_first) or shutil.which(name) or ""


def place(data: Path) -> Path:
    """Where the cluster of this data folder stands: in it, or, for root on a folder that
    PostgreSQL's user cannot reach (root's home, say), in /var/lib/voxpop under its name."""
    if blocked_at(data / "postgres") is None:
        return data / "postgres"
    return PLACE_FOR_ROOT / str(data.resolve()).strip("/").replace("/", "-") / "postgres"


def has_cluster(data: Path) -> bool:
    """Whether this data folder has a cluster of its own."""
    return (place(data) / "data" / "PG_VERSION").exists()


def blocked_at(folder: Path) -> Path | None:
    """The first parent that the unprivileged user may not pass; None when he gets through."""
    account = unprivileged()
    if account is None:
        return None
    for parent in reversed(folder.resolve().parents):
        if parent.exists() and not _lets_through(parent, account):
            return parent
    return None


def _lets_through(parent: Path, account: pwd.struct_passwd) -> bool:
    status = parent.stat()
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def unprivileged() -> pwd.struct_passwd | None:
    """As whom PostgreSQL runs when we are root; None when we are not, and it runs as we do."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return next(accounts[name] for name in USERS if name in accounts)


def as_unprivileged() -> tuple[str, ...]:
    """What comes before a command of PostgreSQL's."""
    account = unprivileged()
    if account is None:
        return ()
    ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}")
    return ("setpriv", *ids, "--clear-groups", "--no-new-privs", "--")


def give(path: Path) -> None:
    """Make the file or folder PostgreSQL's user's own, where that is somebody else."""
    account = unprivileged()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def _run(*command: str, told: str = "") -> None:
    done = subprocess.run(  # noqa: S603
        command, input=told, capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )
    if done.returncode:
        raise SettingsError(f"PostgreSQL could not make its folder: {done.stderr.strip()}")
