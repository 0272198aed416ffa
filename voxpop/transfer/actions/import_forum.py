"""Import a file into a forum: read → arrange → plant, and say what came of it.

A run may be killed at any moment and started again, and a file may be imported any number of
times: the forum itself knows which comments it has. No consequence is recorded for a comment, so
nobody is mailed about last year; when all is done the forum's pages are made anew.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from voxpop import events
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.forums.events import ForumChanged
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment
from voxpop.transfer.arrange import arrange
from voxpop.transfer.capped import chunks
from voxpop.transfer.disqus import read_disqus
from voxpop.transfer.events import ForumImported
from voxpop.transfer.judged import place_judged
from voxpop.transfer.models import Import
from voxpop.transfer.plant import UNRENDERABLE, plant
from voxpop.transfer.records import Record
from voxpop.transfer.report import Report, survey
from voxpop.transfer.room import refuse_what_does_not_fit, refuse_without_room
from voxpop.transfer.spool import Spool
from voxpop.transfer.voxpop_lines import read_voxpop

# Stage ("reading" in bytes, "writing" in comments), how far, of how much.
Progress = Callable[[str, int, int], None]

READERS: dict[str, Callable[[Iterable[bytes]], Iterator[Record]]] = {
    "disqus": read_disqus,
    "voxpop": read_voxpop,
}


def import_disqus(
    *,
    forum: Forum,
    file: Path,
    is_dry_run: bool = False,
    by: User | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Bring a Disqus export into the forum; with `is_dry_run` only say what would come.

    Raises Problem: "too_large", "invalid", or "in_progress" while the forum is imported into.
    """
    if is_dry_run:
        return check_import(forum, "disqus", file, on_progress)
    return run_import(_begun(forum, "disqus", file, by), on_progress)


def import_voxpop(
    *, forum: Forum, file: Path, by: User | None = None, on_progress: Progress | None = None
) -> Report:
    """Bring an export of ours into the forum: the same forum again, settings and sites included.

    Ids are kept where nobody has them. Raises what `import_disqus` raises.
    """
    return run_import(_begun(forum, "voxpop", file, by), on_progress)


def check_import(
    forum: Forum, source: str, file: Path, on_progress: Progress | None = None
) -> Report:
    """What an import would bring. Nothing is written into the forum."""
    with _alone_in(forum), _prepared(forum, source, file, on_progress) as (_, report):
        return report


def run_import(job: Import, on_progress: Progress | None = None) -> Report:
    """Do what the job says, from where it was left."""
    forum = job.forum
    _map_no_file()
    with (
        _alone_in(forum),
        _prepared(forum, job.source, Path(job.file), on_progress) as (spool, report),
    ):
        if job.state != "running":
            job.state, job.position, job.size = "running", 0, report.comments_new
            job.report = report.as_json()
            job.save()

        def note(comments: list[Comment]) -> None:
            """In the transaction of each batch: how far the job is."""
            job.position += len(comments)
            job.report["unrenderable"] += sum(c.verdict == UNRENDERABLE for c in comments)
            job.save(update_fields=["position", "report"])
            if on_progress:
                on_progress("writing", job.position, job.size)

        plant(spool, forum, note)
    with transaction.atomic():
        job.state, job.ended = "done", timezone.now()
        job.save(update_fields=["state", "ended"])
        events.record(ForumChanged(forum.shortname))
        if Author.objects.filter(forum=forum, became__isnull=False).exists():
            events.record(ForumImported(forum.id))
    return Report(**job.report)


def imports_folder() -> Path:
    """Where uploads, spools and lists of what was skipped are kept."""
    folder: Path = settings.DATA / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def skipped_file(forum: Forum, digest: str) -> Path:
    """The list of what was left out of a file, and why: JSON lines."""
    return imports_folder() / f"{forum.shortname}-{digest[:16]}.skipped.jsonl"


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _begun(forum: Forum, source: str, file: Path, by: User | None) -> Import:
    """The job that a killed run left behind for this very file, or a new one."""
    digest = digest_of(file)
    left = Import.objects.filter(forum=forum, file_digest=digest, state="running").first()
    if left is not None:
        left.file = str(file)
        return left
    return Import(
        forum=forum, by=by, source=source, file=str(file), name=file.name, file_digest=digest
    )


def _map_no_file() -> None:
    """SQLite's map of the database counts as our memory and grows with the forum; do without.

    It holds for this connection, which ends with the import: the command's or its thread's own.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA mmap_size = 0")


def is_free(forum: Forum) -> bool:
    """Whether nobody imports into the forum at this moment."""
    try:
        with _alone_in(forum):
            return True
    except Problem:
        return False


@contextmanager
def _alone_in(forum: Forum) -> Iterator[None]:
    """One import at a time and forum, in whatever process; a killed one frees its place."""
    with (imports_folder() / f"{forum.shortname}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem("in_progress", "Another import into this forum is running.") from None
        yield


@contextmanager
def _prepared(
    forum: Forum, source: str, file: Path, on_progress: Progress | None
) -> Iterator[tuple[Spool, Report]]:
    """The file read and arranged in a spool that lives as long as it is needed."""
    spool = Spool(imports_folder() / f"{forum.shortname}.spool")
    try:
        stream = _watched(chunks(file), file.stat().st_size, on_progress)
        spool.fill(READERS[source](stream))
        arrange(spool, forum)
        place_judged(spool, forum)
        with skipped_file(forum, digest_of(file)).open("wb") as lines:
            lines.writelines(orjson.dumps(record) + b"\n" for record in spool.skipped())
        report = survey(spool, forum)
        # Before the first comment comes in, and already when it is only looked at.
        new = report.comments_new / max(report.comments, 1)
        refuse_what_does_not_fit(spool.file.stat().st_size, new)
        yield spool, report
    finally:
        spool.remove()


def _watched(stream: Iterable[bytes], size: int, on_progress: Progress | None) -> Iterator[bytes]:
    done = 0
    for chunk in stream:
        refuse_without_room()  # the spool grows with it
        done += len(chunk)
        if on_progress:
            on_progress("reading", min(done, size), size)
        yield chunk
