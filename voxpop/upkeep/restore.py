"""Put a backup in the database's place: proven, brought up to the ledger, and then at once.

Everything is done to a copy beside the database; the last step is one rename. Whatever ends this
before leaves the database as it was.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F
from django.utils import timezone

from voxpop import ledger
from voxpop.events.models import EdgeNode
from voxpop.ledger import sync_folder
from voxpop.moderation.remembered import replay_ban, replay_standing
from voxpop.privacy.remembered import replay_erasure
from voxpop.privacy.wipe import replay_wiped_author, replay_wiped_forum
from voxpop.profiles.closing import replay_account
from voxpop.settings.databases import sqlite
from voxpop.tenure import State, set_state
from voxpop.threads.models import Thread, ThreadEvent
from voxpop.upkeep.backup import COPY, UpkeepError, read_manifest, refuse_broken
from voxpop.upkeep.databases import in_place_of_ours, only_looked_at, opened
from voxpop.upkeep.facts import differences, facts_of

# How far every thread's log jumps: further than any has grown since the backup, so that no place,
# no kept page and no page of a cache made then is ever taken for one made now.
JUMP = 1_000_000_000
AT_ONCE = 1000

# How each kind of line of the ledger is done again. What the database does not know was made after
# the backup, and is gone with all of it.
REPLAYS: dict[str, Callable[[ledger.Line], bool]] = {
    "comment": replay_standing,
    "account": replay_account,
    "ban": replay_ban,
    "erasure": replay_erasure,
    "wiped_author": replay_wiped_author,
    "wiped_forum": replay_wiped_forum,
}


@dataclass(frozen=True)
class Restored:
    made: str
    threads: int
    comments: int
    replayed: int
    kept: Path | None  # where the database lies that was there before


def restore(
    file: Path,
    *,
    replaces: bool = False,
    ledgers: Sequence[Path] = (),
    on_step: Callable[[str], None] = lambda step: None,
) -> Restored:
    """Restore the backup `file` as this data folder's SQLite database.

    `ledgers` are looked into beside our own. Raises UpkeepError, with everything as it was, when
    the backup does not prove whole, or there is a database and `replaces` is not set.
    """
    if connection.vendor != "sqlite":
        raise UpkeepError(
            "VOXPOP_DATABASE names a PostgreSQL, and a file is a backup of SQLite: leave it empty, "
            "restore, and `voxpop move` then."
        )
    target: Path = settings.DATA / "voxpop.sqlite3"
    if target.exists() and not replaces:
        raise UpkeepError(f"There is a database already: {target}. With --replace it is put aside.")
    on_step("checking the backup")
    manifest = read_manifest(file)
    staged = target.with_name("voxpop.sqlite3.restoring")
    _forget(staged)
    shutil.copyfile(file, staged)
    with opened(COPY, only_looked_at(staged)):
        refuse_broken(file)
        if found := differences(manifest.facts, facts_of(COPY)):
            raise UpkeepError(f"{file} does not hold what its manifest says. {' '.join(found)}")
    with in_place_of_ours({**sqlite(settings.DATA), "NAME": staged}):
        refuse_newer_schema()
        on_step("bringing it to this version's schema")
        call_command("migrate", verbosity=0, interactive=False)
        on_step("replaying the ledger")
        replayed = catch_up([settings.LEDGER, *ledgers])
        set_state(connection, State.OPEN)
        comments = manifest.facts.counts["threads_comment"]
        _settle(staged)
    on_step("putting it in place")
    kept = _put_aside(target) if target.exists() else None
    os.replace(staged, target)
    sync_folder(target.parent)
    return Restored(manifest.made, len(manifest.facts.threads), comments, replayed, kept)


def refuse_newer_schema() -> None:
    """Raises UpkeepError for a database that a newer version of the program has made."""
    known = MigrationExecutor(connection).loader
    unknown = known.applied_migrations.keys() - known.disk_migrations.keys()
    if unknown:
        app, name = min(unknown)
        raise UpkeepError(
            f"The backup was made by another version of Voxpop ({app}.{name} is unknown to this "
            "one): restore it with that version, or a newer one."
        )


def catch_up(ledgers: Sequence[Path]) -> int:
    """Bring a restored database to what may be shown today; how much had to change.

    First what was removed or banned since. Then every log jumps and begins anew for whoever
    followed it, and the edge nodes count as strangers: they forget what they have stored.
    """
    replayed = sum(_replay(line) for line in ledger.newest_states(ledgers))
    with transaction.atomic():
        now = timezone.now()
        fresh = [
            ThreadEvent(thread_id=thread, seq=seq + JUMP, kind="reset", comments=[], created=now)
            for thread, seq in Thread.objects.values_list("id", "seq")
        ]
        ThreadEvent.objects.bulk_create(fresh, AT_ONCE)
        Thread.objects.update(seq=F("seq") + JUMP)
        EdgeNode.objects.all().delete()
    return replayed


def _replay(line: ledger.Line) -> bool:
    with transaction.atomic():
        return REPLAYS[line["kind"]](line)


def _settle(staged: Path) -> None:
    """Bring everything into the one file and make it last."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    with staged.open("rb") as stream:
        os.fsync(stream.fileno())


def _put_aside(target: Path) -> Path:
    """Keep the database that is there, with what its write-ahead log holds.

    No log of it may lie beside the new file. A sound database takes its log in; of a damaged one
    the log is put aside as well.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(target)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = target.with_name("voxpop.sqlite3.before-restore")
    _forget(kept)
    os.link(target, kept)
    for ending in ("-wal", "-shm"):
        beside = Path(f"{target}{ending}")
        if beside.exists():
            beside.rename(f"{kept}{ending}")
    return kept


def _forget(file: Path) -> None:
    for each in (file, Path(f"{file}-wal"), Path(f"{file}-shm"), Path(f"{file}-journal")):
        each.unlink(missing_ok=True)
