"""The worker: a thread that does what is due later, again, or every so often.

It drains the outbox (rows of this process, of others, and of one that crashed), tries each failed
consequence again with growing pauses, and calls the periodic verbs. One tick a second; nothing
that is in the outbox is lost when it is killed.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from voxpop.events import dispatch
from voxpop.events.models import OutboxEvent
from voxpop.events.repeats import Repeats

logger = logging.getLogger(__name__)

TICK = 1.0
BATCH = 200
ATTEMPTS = 10
# A claimed row that its worker never came back to (killed) is due again after this time.
LEASE = timedelta(seconds=60)


class Worker:
    """Start it once in the process that serves; `stop` lets it finish what it is doing."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._next_call = [0.0] * len(dispatch.periodic())
        self._repeats = Repeats(settings.EDGE_NODES) if settings.EDGE_NODES else None

    def start(self) -> None:
        """Begin ticking."""
        dispatch.worker_runs_here(True)
        self._thread.start()
        if self._repeats is not None:
            self._repeats.start()

    def stop(self, timeout: float = 10) -> None:
        """End after the current tick and one last."""
        dispatch.worker_runs_here(False)
        self._stopping.set()
        self._thread.join(timeout)
        if self._repeats is not None:
            self._repeats.stop(timeout)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(TICK):
                self._tick()
            self._tick()
        finally:
            connection.close()

    def _tick(self) -> None:
        try:
            drain_outbox()
        except Exception:
            # The database may be away or locked; what is due stays due.
            logger.exception("the outbox could not be drained; next try in %.0f s", TICK)
            connection.close()
        self._call_periodic()

    def _call_periodic(self) -> None:
        now = time.monotonic()
        for number, periodic in enumerate(dispatch.periodic()):
            if now < self._next_call[number]:
                continue
            self._next_call[number] = now + periodic.every
            try:
                periodic.run()
            except Exception:
                logger.exception("%s failed; next try in %.0f s", periodic.run, periodic.every)


def drain_outbox() -> int:
    """Do everything that is due now; answers how many events were taken."""
    taken = 0
    while True:
        finished, fresh = _take_handed_over()
        _forget(finished)
        rows = claim(fresh)
        _forget([row.pk for row in rows if follow(row, is_fresh=row.pk in fresh)])
        taken += len(finished) + len(rows)
        if not finished and not rows:
            return taken


def claim(fresh: set[int]) -> list[OutboxEvent]:
    """Take due rows, and those that this process has just handed over, for nobody else to take."""
    due = Q(due__lte=timezone.now(), is_given_up=False) | Q(pk__in=fresh)
    if settings.EDGE_NODES:
        due &= Q(is_purge_due=False)  # those are first the business of `Repeats`
    if not OutboxEvent.objects.filter(due).exists():
        return []
    with transaction.atomic():
        # PostgreSQL skips what another worker holds; SQLite's transaction is alone anyway.
        rows = list(OutboxEvent.objects.select_for_update(skip_locked=True).filter(due)[:BATCH])
        OutboxEvent.objects.filter(pk__in=[row.pk for row in rows]).update(
            due=timezone.now() + LEASE, attempts=F("attempts") + 1
        )
    return rows


def follow(row: OutboxEvent, *, is_fresh: bool = False) -> bool:
    """Run what has not run yet for one event; true when nothing is left to do for it."""
    event = dispatch.restore(row.name, row.payload)
    if event is None:
        logger.error("event %s is unknown to this version; it is kept for the operator", row.name)
        return _put_off(row, "unknown event")
    table = dispatch.consequences_of(event)
    finished = list(row.finished)
    if is_fresh:
        finished += [dispatch.name_of(each) for each in table.at_once]
    ran, error = dispatch.run_in_order(event, dispatch.undone(table.at_once, finished))
    finished += ran
    for consequence in dispatch.undone(table.later, finished):
        if failure := dispatch.run_one(event, consequence):
            error = failure
        else:
            finished.append(dispatch.name_of(consequence))
    if not error:
        return True
    row.finished = finished
    return _put_off(row, error)


def _put_off(row: OutboxEvent, error: str) -> bool:
    """Keep the row for another try, or for the operator when it has failed often enough."""
    attempts = row.attempts + 1
    row.error = error[:1000]
    row.is_given_up = attempts >= ATTEMPTS
    row.due = timezone.now() + timedelta(seconds=min(2**attempts, 900))
    row.save(update_fields=["error", "finished", "is_given_up", "due"])
    return False


def _take_handed_over() -> tuple[list[int], set[int]]:
    """Rows with nothing left to do, and rows whose later consequences are still to come."""
    finished: list[int] = []
    fresh: set[int] = set()
    while len(finished) + len(fresh) < BATCH:
        try:
            row_id, is_finished = dispatch.handed_over.get_nowait()
        except queue.Empty:
            break
        if is_finished:
            finished.append(row_id)
        else:
            fresh.add(row_id)
    return finished, fresh


def _forget(row_ids: Sequence[int]) -> None:
    if row_ids:
        OutboxEvent.objects.filter(pk__in=row_ids).delete()


def given_up() -> list[OutboxEvent]:
    """What failed for good, for the operator to look at."""
    return list(OutboxEvent.objects.filter(is_given_up=True).order_by("pk"))
