"""What must be there before anything can be served or commanded: a schema, static files."""

import fcntl
import hashlib
import inspect
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from voxpop.edge.static import HashedStorage
from voxpop.tenure import refuse_unless_open


def make_ready() -> None:
    """Bring the data folder to this version; several processes may start on it at once."""
    settings.DATA.mkdir(parents=True, exist_ok=True)
    with (settings.DATA / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_schema()
        collect_static()


def make_schema() -> None:
    """Bring the database to this version's schema."""
    settings.DATA.mkdir(parents=True, exist_ok=True)
    refuse_unless_open(connection)
    call_command("migrate", verbosity=0, interactive=False)


def make_schema_if_new() -> None:
    """A database without tables gets them; an older schema is left to `voxpop serve`."""
    refuse_unless_open(connection)
    if not connection.introspection.table_names():
        make_schema()


def collect_static() -> None:
    """Collect and hash static files, unless they are the ones collected last time."""
    root = Path(settings.STATIC_ROOT)
    stamp_file = root / ".stamp"
    stamp = static_stamp()
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp_file.write_text(stamp)


def static_stamp() -> str:
    """A digest of every static file's name, size and time, and of how they are stored."""
    digest = hashlib.blake2b(Path(inspect.getfile(HashedStorage)).read_bytes(), digest_size=16)
    for finder in get_finders():
        for name, storage in finder.list([]):
            file = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{file.st_size}\0{file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
