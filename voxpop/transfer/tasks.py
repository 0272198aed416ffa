"""The doorbell that the worker rings: imports that owners have uploaded are looked at and run.

Each runs in a thread of its own, one at a time, so that nothing else has to wait for it.
"""

import logging
import threading
import time
from pathlib import Path

from django.db import connection
from django.utils import timezone

from voxpop.errors import Problem
from voxpop.transfer.actions.import_forum import (
    Progress,
    check_import,
    digest_of,
    imports_folder,
    run_import,
)
from voxpop.transfer.actions.upload import CHECKED, WAITING
from voxpop.transfer.models import Import

logger = logging.getLogger(__name__)
# How often an owner's page hears how far the reading is.
NOTE_SECONDS = 1.0

_running: threading.Thread | None = None


def run_waiting_imports() -> None:
    """Begin with the next upload unless one is being worked on. Called by the worker each second.

    A "running" one was left behind by a killed server and goes on where it was.
    """
    global _running
    if _running is not None and _running.is_alive():
        return
    waiting = Import.objects.filter(
        state__in=[WAITING, "running"], file__startswith=str(imports_folder())
    )
    job = waiting.select_related("forum").order_by("created").first()
    if job is not None:
        _running = threading.Thread(target=_work, args=[job], name="import", daemon=True)
        _running.start()


def _work(job: Import) -> None:
    try:
        work_on(job)
    finally:
        connection.close()


def work_on(job: Import) -> None:
    """Look at the upload, or bring it in; what goes wrong stands in the job."""
    try:
        if job.is_dry_run:
            _look_at(job)
        else:
            run_import(job)
            Path(job.file).unlink(missing_ok=True)
    except Problem as problem:
        # Somebody imports into this forum on the command line: later.
        if problem.code != "in_progress":
            _fail(job, problem.detail)
    except FileNotFoundError:
        _fail(job, "The uploaded file is no longer there. Upload it again.")
    except Exception:
        logger.exception("import %s failed", job.id)
        _fail(job, "Something went wrong on our side. Starting it again goes on where it was.")


def _look_at(job: Import) -> None:
    file = Path(job.file)
    job.file_digest = digest_of(file)
    report = check_import(job.forum, job.source, file, _noting(job))
    job.report, job.state = report.as_json(), CHECKED
    job.save(update_fields=["file_digest", "report", "state"])


def _noting(job: Import) -> Progress:
    """Write how far the reading is, but not for every chunk."""
    next_note = 0.0

    def note(stage: str, done: int, size: int) -> None:
        nonlocal next_note
        if time.monotonic() >= next_note:
            next_note = time.monotonic() + NOTE_SECONDS
            Import.objects.filter(id=job.id).update(position=done, size=size)

    return note


def _fail(job: Import, why: str) -> None:
    Import.objects.filter(id=job.id).update(
        state="failed", ended=timezone.now(), report={**job.report, "error": why}
    )
