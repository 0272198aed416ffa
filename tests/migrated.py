"""The migrated, empty database, kept for the next time: for the tests in memory, and for servers.

Migrating takes each process five seconds, and its outcome is always the same. It is done anew when
a migration, what migrations stand on, or a locked version has changed. That a server migrates a
folder that is new is seen where one is started by `make run`'s own command, and by the stack's.
"""

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".pytest_cache" / "migrated"
# What Django calls the one in memory; it stands as long as somebody is connected to it.
IN_MEMORY = "file:memorydb_default?mode=memory&cache=shared"
STANDS_ON = ("voxpop/*/migrations/*.py", "voxpop/postgres/*.py", "voxpop/sqlite/*.py")


def is_in_memory() -> bool:
    """Whether these tests run on a database in memory."""
    return settings.DATABASES["default"]["TEST"].get("NAME") == ":memory:"


@contextmanager
def as_it_was_migrated() -> Iterator[Path]:
    """The database in memory as it was migrated before, if it was; the image that is for it."""
    image = _image()
    with closing(sqlite3.connect(IN_MEMORY, uri=True)) as held:
        if image.exists():
            with closing(sqlite3.connect(image)) as kept:
                kept.backup(held)
        yield image


def begin_migrated(data: Path) -> None:
    """Put the kept one into a folder whose server has not migrated yet, if there is one."""
    image, database = _image(), data / "voxpop.sqlite3"
    if image.exists() and not database.exists():
        data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image, database)


def keep(image: Path) -> None:
    """Keep the database as it is now: just migrated."""
    image.parent.mkdir(parents=True, exist_ok=True)
    for old in image.parent.glob("migrated-*.sqlite3"):
        old.unlink(missing_ok=True)
    # Several processes do this at once, each with a whole one; the last one's stays.
    with tempfile.TemporaryDirectory(dir=image.parent) as apart:
        made = Path(apart) / image.name
        with closing(sqlite3.connect(made)) as kept:
            connection.ensure_connection()
            connection.connection.backup(kept)
        made.replace(image)


def _image() -> Path:
    return FOLDER / f"migrated-{_print_of_what_it_is_made_from()}.sqlite3"


def _print_of_what_it_is_made_from() -> str:
    parts = [path for pattern in STANDS_ON for path in sorted(ROOT.glob(pattern))]
    parts.append(ROOT / "requirements" / "run.lock")
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()[:20]
