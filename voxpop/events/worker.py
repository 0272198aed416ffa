"""The worker: a thread that does what is due later, again, or every so often.

It drains the outbox (rows of this process, of others, and of one that crashed) and tries each
failed consequence again with growing pauses. Several may do so at once, in as many processes as one
likes; one of them has the office (office.py) and calls the periodic verbs too. One tick a second,
sooner when the bell rings; nothing that is in the outbox is lost when it is killed.
"""

import logging
import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import connection

from voxpop import memory
from voxpop.events import dispatch
from voxpop.events.aside import Aside
from voxpop.events.bell import Listener
from voxpop.events.claiming import (
    BATCH,
    LEASE,
    claim,
    claim_tried,
    forget,
    put_off,
    release,
)
from voxpop.events.models import OutboxEvent
from voxpop.events.office import Office

logger = logging.getLogger(__name__)

TICK = 1.0
# Seconds after which what is periodic has its turn, though there is no end of what is due: where a
# server is away for long, all that it was to be told is tried again and again.
DRAINING = 5.0
ASIDE_PATIENCE = 1.0  # seconds that an end waits for what hangs on another's server


class Worker:
    """Start it once in the process that serves; `stop` lets it finish what it is doing."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._next_call = [0.0] * len(dispatch.periodic())
        self._office = Office(settings.EDGE_NODES)
        self._asides = [
            Aside(each, lambda: self._office.is_ours)
            for each in dispatch.periodic()
            if each.is_aside
        ]
        self._listener = Listener(self._woken.set)

    def start(self) -> None:
        """Begin ticking."""
        dispatch.worker_runs_here(True)
        self._office.start()
        self._listener.start()
        self._thread.start()
        for aside in self._asides:
            aside.start()

    def stop(self, timeout: float = 10) -> None:
        """End after the current tick and one last."""
        dispatch.worker_runs_here(False)
        self._stopping.set()
        self._woken.set()
        self._listener.stop()
        self._thread.join(timeout)
        for aside in self._asides:
            aside.stop(ASIDE_PATIENCE)
        self._office.stop(timeout)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._woken.wait(TICK)
                self._woken.clear()
                self._tick()
            self._tick()
        finally:
            connection.close()

    def _tick(self) -> None:
        began = time.monotonic()
        try:
            drain_outbox(DRAINING)
            if time.monotonic() - began > DRAINING:
                self._woken.set()  # there may be more
        except Exception as error:
            # The database may be away or locked; what is due stays due.
            logger.exception("the outbox could not be drained; next try in %.0f s", TICK)
            connection.close()
            memory.is_cause(error)
        if self._office.is_ours:
            self._call_periodic()

    def _call_periodic(self) -> None:
        now = time.monotonic()
        for number, periodic in enumerate(dispatch.periodic()):
            if periodic.is_aside or now < self._next_call[number]:
                continue
            self._next_call[number] = now + periodic.every
            try:
                periodic.run()
            except Exception as error:
                logger.exception("%s failed; next try in %.0f s", periodic.run, periodic.every)
                memory.is_cause(error)


def drain_outbox(seconds: float = math.inf) -> int:
    """Do everything that is due now, and begin nothing more after so many seconds; answers how many
    events were taken."""
    taken, end = 0, time.monotonic() + seconds
    while True:
        finished, fresh = _follow_handed_over()
        forget(finished)
        some = _follow_all(claim(fresh), fresh) + _follow_all(claim_tried())
        taken += some + len(finished)
        if (not some and not finished) or time.monotonic() > end:
            return taken


def _follow_all(rows: Sequence[OutboxEvent], fresh: frozenset[int] = frozenset()) -> int:
    """Follow what was claimed, in its order; how many rows that were.

    An event that fails keeps those behind it in its line waiting, and one that takes long keeps
    nobody: half way through the lease what has not begun is given back.
    """
    end = time.monotonic() + LEASE.total_seconds() / 2
    done: list[int] = []
    left: list[OutboxEvent] = []
    stopped: set[str] = set()
    for row in rows:
        if row.line in stopped or time.monotonic() > end:
            left.append(row)
        elif follow(row, is_fresh=row.pk in fresh):
            done.append(row.pk)
        elif row.line:
            stopped.add(row.line)
    forget(done)
    release(left)
    return len(rows)


def follow(row: OutboxEvent, *, is_fresh: bool = False) -> bool:
    """Run what has not run yet for one event; true when nothing is left to do for it."""
    event = dispatch.restore(row.name, row.payload)
    if event is None:
        logger.error("event %s is unknown to this version; it is kept for the operator", row.name)
        put_off(row, "unknown event")
        return False
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
    if error:
        row.finished = finished
        put_off(row, error)
    return not error


def _follow_handed_over() -> tuple[list[int], frozenset[int]]:
    """Rows with nothing left to do, and rows that are to be claimed to have it done in order.

    What may come in any order is done here, without a claim: nobody else takes such a row before
    its head start is over. One that fails stays, and is tried again like any other.
    """
    finished: list[int] = []
    fresh: set[int] = set()
    for given in _take_handed_over():
        table = dispatch.consequences_of(given.event)
        if table.later and not table.in_any_order:
            fresh.add(given.row_id)
            continue
        errors = [dispatch.run_one(given.event, each) for each in table.later]
        if not any(errors):
            finished.append(given.row_id)
    return finished, frozenset(fresh)


def _take_handed_over() -> Iterator[dispatch.HandedOver]:
    for _ in range(BATCH):
        try:
            yield dispatch.handed_over.get_nowait()
        except queue.Empty:
            return
