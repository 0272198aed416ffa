"""Who reacts to what, in which order; and the part of it that follows the commit at once."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from voxpop.edge.purge import Purge, purge_all
from voxpop.events import Event, bell, kill_point
from voxpop.logs import hidden

logger = logging.getLogger(__name__)

Consequence = Callable[[Any], object]


@dataclass(frozen=True)
class Consequences:
    """What follows an event. First the edge is told what the event made old: readers must not be
    woken before. `at_once` runs in order, the next only when the one before succeeded; `later`
    runs each alone, and after those of earlier events of its line. It does not wait for them where
    it is `in_any_order`, since it says what the database says now; later ones wait for it still."""

    purges: Callable[[Any], Purge] | None = None
    at_once: Sequence[Consequence] = ()
    later: Sequence[Consequence] = ()
    in_any_order: bool = False


@dataclass(frozen=True)
class Periodic:
    """A verb that the worker calls again and again."""

    every: float  # seconds
    run: Callable[[], object]
    is_aside: bool = False  # it may wait long for another's server (aside.py)


@dataclass
class _Installed:
    types: dict[str, type[Event]] = field(default_factory=dict)
    table: Mapping[type[Event], Consequences] = field(default_factory=dict)
    periodic: Sequence[Periodic] = ()
    has_worker: bool = False


_installed = _Installed()


@dataclass(frozen=True)
class HandedOver:
    """An outbox row whose at-once consequences have run in this process."""

    row_id: int
    event: Event


@dataclass(frozen=True)
class Recorded:
    """An event whose change has been committed, and its row in the outbox."""

    row_id: int
    event: Event


class _OfThisThread(threading.local):
    set_aside: list[Recorded] | None = None


_here = _OfThisThread()

# Telling the database so would cost every author a second wait for the disk, so the worker does it
# for many at a time; a crash before that runs them again, which is harmless: they are idempotent.
handed_over: queue.SimpleQueue[HandedOver] = queue.SimpleQueue()

# So long the process that recorded an event may take to run the at-once part itself.
HEAD_START = timedelta(seconds=2)


def install(table: Mapping[type[Event], Consequences], periodic: Sequence[Periodic] = ()) -> None:
    """Make `table` the one that is followed; called once by voxpop.consequences."""
    for kind, consequences in table.items():
        names = [name_of(each) for each in (*consequences.at_once, *consequences.later)]
        if len(set(names)) < len(names):
            raise ValueError(f"two consequences of {kind.name()} have the same name: {names}")
    _installed.types = {kind.name(): kind for kind in table}
    _installed.table = table
    _installed.periodic = periodic


def periodic() -> Sequence[Periodic]:
    """The verbs that the worker calls again and again."""
    return _installed.periodic


def worker_runs_here(is_running: bool) -> None:
    """Told by the worker: without one in this process, rows are due at once for another's."""
    _installed.has_worker = is_running


def first_due() -> datetime:
    """When somebody else may take over the event that is being recorded now."""
    now = timezone.now()
    return now + HEAD_START if _installed.has_worker else now


def consequences_of(event: Event) -> Consequences:
    """The row of the table for this event; nothing follows one that has none."""
    return _installed.table.get(type(event), Consequences())


def is_purged_again(event: Event) -> bool:
    """Whether the worker repeats this event's purge: where there is an edge (see repeats.py)."""
    return bool(settings.EDGE_NODES) and consequences_of(event).purges is not None


def restore(name: str, payload: dict[str, Any]) -> Event | None:
    """The event that was recorded, or None when this version of the program does not know it.

    Another release may have recorded it: what this one has no field for is left out, and what that
    one did not know yet takes its default.
    """
    kind = _installed.types.get(name)
    if kind is None:
        return None
    known = {field.name for field in fields(kind)}
    try:
        return kind(**{name: value for name, value in payload.items() if name in known})
    except TypeError:  # a field without a default is missing
        return None


@contextmanager
def set_aside() -> Iterator[list[Recorded]]:
    """What this thread records meanwhile and the edge must be told of is given to the caller, who
    sees to it that `follow` is called: it waits for the nodes, and this thread has work to do."""
    recorded: list[Recorded] = []
    _here.set_aside = recorded
    try:
        yield recorded
    finally:
        _here.set_aside = None


def follow_at_once(row_id: int, event: Event) -> None:
    """Run the at-once consequences in order and hand the row over to the worker."""
    recorded = Recorded(row_id, event)
    if _here.set_aside is not None and is_purged_again(event):
        _here.set_aside.append(recorded)
    else:
        follow([recorded])


def follow(recorded: Sequence[Recorded]) -> None:
    """The at-once consequences of events that are committed, in their order; the nodes of the edge
    are told of all of them first, and waited for once."""
    kill_point("before_purge")
    rows = [(each, consequences_of(each.event)) for each in recorded]
    purge_all([(row.purges(each.event), each.row_id) for each, row in rows if row.purges])
    for each, row in rows:
        _, error = run_in_order(each.event, row.at_once)
        if not error and _installed.has_worker and not is_purged_again(each.event):
            handed_over.put(HandedOver(each.row_id, each.event))
    if not _installed.has_worker:
        bell.ring()


def run_in_order(event: Event, consequences: Sequence[Consequence]) -> tuple[list[str], str]:
    """The names of those that ran, and the error at which it stopped, if any."""
    finished: list[str] = []
    for consequence in consequences:
        if error := run_one(event, consequence):
            return finished, error
        finished.append(name_of(consequence))
    return finished, ""


def run_one(event: Event, consequence: Consequence) -> str:
    """Run one consequence; its error as text, or nothing."""
    try:
        consequence(event)
    except Exception as error:
        logger.exception("%s failed after %s; it will be tried again", name_of(consequence), event)
        # It may stay in the table for long: as a line of the log it names nobody.
        return hidden(f"{name_of(consequence)}: {type(error).__name__}: {error}")
    return ""


def undone(consequences: Sequence[Consequence], finished: Sequence[str]) -> list[Consequence]:
    """Those that have not run yet."""
    return [each for each in consequences if name_of(each) not in finished]


def name_of(consequence: Consequence) -> str:
    """What the outbox and the log call this consequence."""
    return getattr(consequence, "__name__", type(consequence).__name__)
