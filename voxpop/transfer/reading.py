"""Reads for an owner: his imports, how far each is, what was left out."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from voxpop import ids
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads.reading import find_thread
from voxpop.transfer.actions.import_forum import skipped_file
from voxpop.transfer.models import Import

SHOWN = 20


def imports_of(forum: Forum) -> list[Import]:
    """The forum's newest imports."""
    return list(forum.imports.order_by("-created")[:SHOWN])


def find_import(forum: Forum, public_id: str) -> Import:
    """The forum's import of this id; Problem("not_found") for any other's (SAFETY T37)."""
    job = Import.objects.filter(forum=forum, id=ids.private(public_id) or 0).first()
    if job is None:
        raise Problem("not_found")
    return job


def progress_of(job: Import) -> dict[str, Any]:
    """Where a job stands, for its page and its page's script."""
    is_busy = job.state in {"waiting", "running"}
    return {
        "state": job.state,
        "busy": is_busy,
        "doing": "reading" if job.is_dry_run or job.state == "waiting" else "writing",
        "done": job.position,
        "size": job.size,
        "code": job.report.get("code", ""),
        "percent": min(100, job.position * 100 // job.size) if job.size else 0,
    }


def busiest_pages(job: Import) -> list[dict[str, Any]]:
    """The busiest pages of the file, each with its thread once that is there."""
    pages: list[dict[str, Any]] = job.report.get("busiest", [])
    for page in pages:
        thread = find_thread(job.forum, url=page["url"]) if page["url"] else None
        page["thread"] = thread.public_id if thread else ""
    return pages


def read_skipped(job: Import, first: int = 0, last: int | None = None) -> Iterator[dict[str, Any]]:
    """The records that were left out of the job's file, in its order; `last` is not among them."""
    file = skipped_file(job.forum, job.file_digest)
    if not job.file_digest or not file.exists():
        return
    with file.open("rb") as lines:
        for line in islice(lines, first, last):
            yield orjson.loads(line)
