"""A backup of the SQLite database: one file, and beside it what it must hold.

    voxpop-20260301-020000.sqlite3       the copy, which says of itself that it is one
    voxpop-20260301-020000.sqlite3.json  the manifest: checksum, schema, counts, a hash per thread

It may be made while everything serves. Until the file has its name there is no backup.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from voxpop.ledger import sync_folder
from voxpop.settings.environment import SettingsError
from voxpop.tenure import State, set_state
from voxpop.upkeep.databases import only_looked_at, opened
from voxpop.upkeep.facts import Facts, facts_of

COPY = "copy"


class UpkeepError(SettingsError):
    """Something about the data is not as it must be; its text says what, and nothing was changed
    that counts."""


@dataclass(frozen=True)
class Manifest:
    made: str  # the moment from which on changes are missing, RFC 3339
    digest: str  # BLAKE2 of the file
    facts: Facts


def back_up(target: Path) -> Path:
    """Copy the database to `target`, a file or a folder, and prove the copy; the file's path.

    Raises UpkeepError when the copy is not whole, or the file is there already.
    """
    made = timezone.now()
    file = target / f"voxpop-{made:%Y%m%d-%H%M%S}.sqlite3" if target.is_dir() else target
    if file.exists():
        raise UpkeepError(f"{file} is there already: name another file.")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(partial)])
    with opened(COPY, only_looked_at(partial)) as copy:
        refuse_broken(partial)
        facts = facts_of(COPY)
        set_state(copy, State.REPLAY_DUE)
    _sync(partial)
    manifest = {"made": made.isoformat(), "digest": digest_of(partial), **facts.as_json()}
    _write(manifest_of(file), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    partial.rename(file)
    sync_folder(file.parent)
    return file


def read_manifest(file: Path) -> Manifest:
    """What the backup must hold. Raises UpkeepError when it does not say, or is not that file."""
    if not file.is_file():
        raise UpkeepError(f"{file} is not a file.")
    try:
        told: dict[str, Any] = orjson.loads(manifest_of(file).read_bytes())
        facts = Facts(told["schema"], told["counts"], told["threads"])
        manifest = Manifest(told["made"], told["digest"], facts)
    except (OSError, orjson.JSONDecodeError, KeyError) as error:
        raise UpkeepError(
            f"{manifest_of(file)} cannot be read ({error}): without it nobody knows whether "
            f"{file.name} is whole."
        ) from None
    if digest_of(file) != manifest.digest:
        raise UpkeepError(f"{file} is not as it was written: its checksum differs. Take another.")
    return manifest


def refuse_broken(file: Path, alias: str = COPY) -> None:
    """Raises UpkeepError when SQLite itself finds fault with the file opened under `alias`."""
    from django.db import connections

    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(3)")
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("PRAGMA foreign_key_check")
        found += [f"{row[0]} names a row of {row[2]} that is not there" for row in cursor][:3]
    if found != ["ok"]:
        raise UpkeepError(f"{file} is damaged: {'; '.join(found)}.")


def manifest_of(file: Path) -> Path:
    """Where the manifest of a backup lies."""
    return file.with_name(f"{file.name}.json")


def digest_of(file: Path) -> str:
    """BLAKE2 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()


def _write(file: Path, data: bytes) -> None:
    partial = file.with_name(f"{file.name}.partial")
    with partial.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    partial.rename(file)


def _sync(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
