"""A backup of PostgreSQL, and its restore to any moment since.

    FOLDER/base-20260301-020000       the cluster as pg_basebackup copied it
    FOLDER/base-20260301-020000.json  from which moment on it can be restored
    FOLDER/wal                        what happened since, written by the server itself
    FOLDER/password                   of the cluster's roles

The first backup tells the server to keep its log in FOLDER/wal from then on: a segment of it when
it is full, and at the latest a minute after its first word. The restore is for the stack's own
cluster.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import psycopg
from django.conf import settings
from django.utils import timezone

from voxpop import ledger
from voxpop.limits.address import is_loopback
from voxpop.server.prepare import make_schema
from voxpop.settings.databases import postgres
from voxpop.stack.engines import EngineFailed
from voxpop.stack.engines.postgres import Postgres, binary, blocked_at, place, unprivileged
from voxpop.stack.ports import free_ports
from voxpop.tenure import State, set_state
from voxpop.threads.models import Comment, Thread
from voxpop.upkeep.backup import UpkeepError
from voxpop.upkeep.compare import Said
from voxpop.upkeep.databases import in_place_of_ours
from voxpop.upkeep.restore import Restored, catch_up

CONNECT = 5  # seconds


@dataclass(frozen=True)
class Base:
    """One copy of the cluster, and the moment from which on it stands for the whole."""

    folder: Path
    whole_since: datetime


def own_admin(database: str) -> str:
    """The superuser's address at the stack's own cluster, where that is the one we use.

    Raises UpkeepError when somebody else keeps it.
    """
    parts = urlsplit(database)
    try:
        if not is_loopback(parts.hostname or ""):
            raise FileNotFoundError
        return Postgres(place(settings.DATA), parts.port or 5432).admin_dsn
    except FileNotFoundError:
        raise UpkeepError(
            "The cluster is not this stack's own: name its superuser with "
            "--as postgres://user:password@host:port/postgres."
        ) from None


def back_up_cluster(folder: Path, admin: str) -> Path:
    """Copy the running cluster into `folder`, prove the copy, and keep its log there from now on.

    Raises UpkeepError when the server does not let us, or the copy is not whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder.resolve() / "wal"
    with closing(_connected(admin)) as server:
        _keep_log(server, archive)
        file = folder / f"base-{timezone.now():%Y%m%d-%H%M%S}"
        partial = folder / f"{file.name}.partial"
        _run_as_client(
            admin, "pg_basebackup", "--pgdata", str(partial), "--wal-method=stream",
            "--checkpoint=fast", "--manifest-checksums=SHA256",
        )  # fmt: skip
        prove(partial)
        # Whatever was begun before this moment is in the copy's own part of the log.
        ((now,),) = server.execute("SELECT clock_timestamp()").fetchall()
        # The segment that holds it is kept now and not in a minute.
        server.execute("SELECT pg_switch_wal()")
    password = folder / "password"
    password.write_text(urlsplit(admin).password or "")
    password.chmod(0o600)
    file.with_name(f"{file.name}.json").write_bytes(
        orjson.dumps({"whole_since": now.astimezone(UTC).isoformat()})
    )
    partial.rename(file)
    ledger.sync_folder(folder)
    return file


def prove(base: Path) -> None:
    """Raises UpkeepError unless every file of the copy is as the server sent it."""
    done = _run(binary("pg_verifybackup"), str(base))
    if done.returncode:
        raise UpkeepError(f"{base} is not whole: {done.stderr.strip()}")


def restore_cluster(
    folder: Path,
    *,
    to: datetime | None,
    replaces: bool,
    ledgers: Sequence[Path],
    on_step: Said,
) -> Restored:
    """Restore the stack's cluster from `folder` as it was at `to`, or at its last word.

    It is brought there and up to the ledger in a folder of its own, and takes the old one's place
    at the end. Raises UpkeepError, with the old cluster as it was, for what stands in the way.
    """
    cluster = Postgres(place(settings.DATA))
    _refuse_running(cluster)
    if cluster.data.exists() and not replaces:
        raise UpkeepError(
            f"There is a cluster already: {cluster.data}. With --replace it is put aside."
        )
    base = _base_for(folder, to)
    on_step(f"checking {base.folder.name}")
    prove(base.folder)
    staged = _stage(cluster, base, folder, to)
    on_step("reading the log")
    try:
        staged.start(patience=24 * 3600)
    except EngineFailed as error:
        raise UpkeepError(f"{folder} does not restore to that moment: {error}") from None
    try:
        with in_place_of_ours(postgres("the restored cluster", staged.dsn)) as database:
            set_state(database, State.OPEN)
            make_schema()
            on_step("replaying the ledger")
            threads, comments = Thread.objects.count(), Comment.objects.count()
            replayed = catch_up([settings.LEDGER, *ledgers])
    finally:
        staged.stop()
    on_step("putting it in place")
    kept = _swap(cluster, staged, folder)
    made = (to or timezone.now()).isoformat()
    return Restored(made, threads, comments, replayed, kept)


def _connected(admin: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(admin, connect_timeout=CONNECT, autocommit=True)
    except psycopg.OperationalError as error:
        raise UpkeepError(f"The superuser cannot connect: {error}") from None


def _keep_log(server: psycopg.Connection[tuple[Any, ...]], archive: Path) -> None:
    """Have the server copy each finished segment of its log to `archive`."""
    ((mode,),) = server.execute("SHOW archive_mode").fetchall()
    if mode == "off":
        raise UpkeepError(
            "The server keeps no log: set archive_mode = on and archive_timeout = 60 in its "
            "postgresql.conf, and start it anew."
        )
    if (blocked := blocked_at(archive)) is not None:
        raise UpkeepError(f"PostgreSQL's user cannot get through {blocked}: choose another folder.")
    archive.mkdir(exist_ok=True)
    _give(archive)
    to = f"'{archive}/%f'"
    part = f"'{archive}/%f.part'"
    # One that is there already is the same one: the server was killed before it noted that.
    command = (
        f"cmp -s '%p' {to} || (test ! -f {to} && cp '%p' {part} && sync {part} && mv {part} {to})"
    )
    server.execute(
        psycopg.sql.SQL("ALTER SYSTEM SET archive_command = {}").format(
            psycopg.sql.Literal(command)
        )
    )
    server.execute("SELECT pg_reload_conf()")


def _base_for(folder: Path, to: datetime | None) -> Base:
    bases = [_base(file) for file in sorted(folder.glob("base-*.json"))]
    fitting = [base for base in bases if to is None or base.whole_since <= to]
    if not fitting:
        oldest = (
            f": the oldest moment is {bases[0].whole_since:%Y-%m-%dT%H:%M:%SZ}" if bases else ""
        )
        raise UpkeepError(f"{folder} holds no backup for that{oldest}.")
    return fitting[-1]


def _base(file: Path) -> Base:
    told = orjson.loads(file.read_bytes())
    return Base(file.with_suffix(""), datetime.fromisoformat(told["whole_since"]))


def _refuse_running(cluster: Postgres) -> None:
    file = cluster.data / "postmaster.pid"
    try:
        os.kill(int(file.read_text().split()[0]), 0)
    except (OSError, ValueError, IndexError):
        return
    raise UpkeepError(f"PostgreSQL runs on {cluster.data}: `voxpop stack down` first.")


def _stage(cluster: Postgres, base: Base, folder: Path, to: datetime | None) -> Postgres:
    """A cluster beside the old one that will read the log up to `to` and then be a primary."""
    aside = cluster.folder / "restoring"
    shutil.rmtree(aside, ignore_errors=True)
    if not (cluster.folder / "password").exists():
        cluster.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "password", cluster.folder / "password")
    cluster.make_folder()
    # What the old cluster had not given away yet lies in its own folder, if that still stands.
    wal, last = folder.resolve() / "wal", cluster.data / "pg_wal"
    told = {
        "restore_command": f"cp '{wal}/%f' '%p' 2>/dev/null || cp '{last}/%f' '%p' 2>/dev/null",
        "recovery_target_action": "promote",
        "hot_standby": "off",  # it is ready when it is a primary, not before
        # Its new history is given away once it counts, and not when this attempt fails.
        "archive_mode": "off",
    }
    if to is not None:
        told["recovery_target_time"] = to.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    staged = Postgres(aside, next(free_ports()), settings=told)
    aside.mkdir(mode=0o711)
    shutil.copy(cluster.folder / "password", aside / "password")
    shutil.copytree(base.folder, staged.data, symlinks=True)
    (staged.data / "recovery.signal").touch()
    staged.data.chmod(0o700)
    for path in (staged.data, *staged.data.rglob("*")):
        _give(path)
    return staged


def _swap(cluster: Postgres, staged: Postgres, folder: Path) -> Path | None:
    """The new cluster under the old one's name; the next `restore` or `up` finds either of them."""
    for history in (staged.data / "pg_wal").glob("*.history"):
        known = folder / "wal" / history.name
        if not known.exists():
            shutil.copy(history, known)
            _give(known)  # the server reads it at the next restore
    kept = None
    if cluster.data.exists():
        kept = cluster.folder / "data.before-restore"
        shutil.rmtree(kept, ignore_errors=True)
        cluster.data.rename(kept)
    staged.data.rename(cluster.data)
    # A standby cannot follow onto another history: it copies the cluster anew at its next start.
    shutil.rmtree(cluster.folder.with_name("standby"), ignore_errors=True)
    ledger.sync_folder(cluster.folder)
    shutil.rmtree(staged.folder)
    return kept


def _run_as_client(admin: str, program: str, *arguments: str) -> None:
    parts = urlsplit(admin)
    where = ("--host", parts.hostname or "", "--port", str(parts.port or 5432))
    done = _run(
        binary(program), *where, "--username", parts.username or "", "--no-password", *arguments,
        password=parts.password or "",
    )  # fmt: skip
    if done.returncode:
        raise UpkeepError(f"{program}: {done.stderr.strip()}")


def _run(*command: str, password: str = "") -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "PGPASSWORD": password}
    return subprocess.run(  # noqa: S603
        command, env=told, capture_output=True, text=True, check=False
    )


def _give(path: Path) -> None:
    account = unprivileged()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
