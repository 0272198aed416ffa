"""An owner's upload: taken in, looked at, then started or thrown away."""

from collections.abc import Iterable
from pathlib import Path

from django.db.models import Q

from voxpop import ids
from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.transfer.actions.import_forum import imports_folder
from voxpop.transfer.capped import LARGEST_FILE, chunks
from voxpop.transfer.models import Import
from voxpop.transfer.room import refuse_without_room
from voxpop.words import say

WAITING, CHECKED = "waiting", "checked"


def take_upload(*, forum: Forum, by: User, name: str, pieces: Iterable[bytes]) -> Import:
    """Keep the file in the data folder; the worker will say what it would bring."""
    job = Import(forum=forum, by=by, name=Path(name).name[:200], is_dry_run=True)
    file = imports_folder() / f"{ids.public(job.id)}.upload"
    try:
        with file.open("wb") as kept:
            for piece in pieces:
                refuse_without_room(len(piece))
                if kept.tell() + len(piece) > LARGEST_FILE:
                    raise Problem("too_large", say("import_too_large"))
                kept.write(piece)
        job.file, job.source, job.size = str(file), _source_of(file), file.stat().st_size
    except Problem:
        file.unlink(missing_ok=True)
        raise
    job.save()
    return job


def start_import(job: Import) -> None:
    """What was looked at may now come in; what has failed goes on. Starting twice is once."""
    looked_at = Q(state=CHECKED) | Q(state="failed", is_dry_run=False)
    Import.objects.filter(looked_at, id=job.id).update(
        state=WAITING, is_dry_run=False, position=0, ended=None
    )
    if Import.objects.filter(id=job.id, is_dry_run=True).exists():
        raise Problem("in_progress", say("import_not_looked_at"))


def discard_import(job: Import) -> None:
    """Throw an upload away that has not been started."""
    if not Import.objects.filter(id=job.id, state__in=[CHECKED, "failed"]).exists():
        raise Problem("in_progress", say("import_worked_on"))
    Path(job.file).unlink(missing_ok=True)
    job.delete()


def _source_of(file: Path) -> str:
    """Our own exports begin with a brace; XML does not, whatever stray byte it begins with."""
    first = next(chunks(file), b"")
    return "voxpop" if first.lstrip().startswith(b"{") else "disqus"
