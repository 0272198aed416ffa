"""The doorbell that the worker rings: imports that owners have uploaded are looked at and run.

Each runs in a process of its own, one at a time, so that nothing else waits for it or for memory.
"""

import logging
import signal
import subprocess
import time
from pathlib import Path

from django.utils import timezone

from voxpop.errors import Problem
from voxpop.transfer import bounded
from voxpop.transfer.actions.import_forum import (
    Progress,
    check_import,
    digest_of,
    imports_folder,
    is_free,
    run_import,
)
from voxpop.transfer.actions.upload import CHECKED, WAITING
from voxpop.transfer.models import Import
from voxpop.transfer.stops import because

logger = logging.getLogger(__name__)
# How often an owner's page hears how far the reading is.
NOTE_SECONDS = 1.0

_running: tuple[int, subprocess.Popen[bytes]] | None = None


def run_waiting_imports() -> None:
    """Begin with the next upload unless one is being worked on. Called by the worker each second.

    A "running" one was left behind by a killed server and goes on where it was.
    """
    global _running
    if _running is not None:
        job_id, process = _running
        if process.poll() is None:
            return
        _running = None
        _mourn(job_id, process.returncode)
    waiting = Import.objects.filter(
        state__in=[WAITING, "running"], file__startswith=str(imports_folder())
    )
    # Where somebody imports into the forum on the command line: later.
    jobs = waiting.select_related("forum").order_by("created")
    job = next((job for job in jobs if is_free(job.forum)), None)
    if job is not None:
        _running = job.id, bounded.start(job.id)


def work_on(job: Import) -> None:
    """Look at the upload, or bring it in; what goes wrong stands in the job."""
    problem = _problem_with(job)
    if problem is not None and problem.code != "in_progress":
        _fail(job, problem)


def _problem_with(job: Import) -> Problem | None:
    """Whatever the work held is free again when this returns: a note of it needs memory too."""
    try:
        if job.is_dry_run:
            _look_at(job)
        else:
            run_import(job)
            Path(job.file).unlink(missing_ok=True)
    except Problem as problem:
        return Problem(problem.code, problem.detail)
    except FileNotFoundError:
        return Problem("not_found", because("gone"))
    except (MemoryError, SystemError):  # orjson says the second when it gets no memory
        return _too_much()
    except Exception:
        logger.exception("import %s failed", job.id)
        return _ours()
    return None


def _too_much() -> Problem:
    return Problem("too_large", because("memory"))


def _ours() -> Problem:
    return Problem("unavailable", because("ours"))


def _mourn(job_id: int, code: int) -> None:
    """A process that died has said nothing itself; begun again, the file would kill it again."""
    if code == 0:
        return
    logger.error("the process of import %s ended with %s", job_id, code)
    job = Import.objects.filter(id=job_id, state__in=[WAITING, "running"]).first()
    if job is not None:
        # A library that gets no memory may abort instead of raising.
        is_memory = code in {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL}
        _fail(job, _too_much() if is_memory else _ours())


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


def _fail(job: Import, problem: Problem) -> None:
    report = {**job.report, "error": problem.detail, "code": problem.code}
    Import.objects.filter(id=job.id).update(state="failed", ended=timezone.now(), report=report)
