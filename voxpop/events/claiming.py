"""Which worker does what: claims on the outbox, with an end; and what is kept for the operator.

A worker claims *lines*, not events: the first event that is left of a line and, with it, those
right behind it. While that first one stands nobody else can claim anything of its line, so events
of a thread are followed in order however many workers there are. On PostgreSQL two that claim at
once pass over each other's rows (SKIP LOCKED); on SQLite a writing transaction is alone anyway.
"""

import logging
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from voxpop.events.models import OutboxEvent

logger = logging.getLogger(__name__)

# At once and by one: few enough that others find something too.
BATCH = 100
# A claimed row that its worker never came back to (killed, hung) is due again after this time.
LEASE = timedelta(seconds=60)
# The pauses add up to two hours; what fails for longer needs somebody who looks.
ATTEMPTS = 16
LONGEST_PAUSE = 900.0  # seconds
SPREAD = 0.25  # of a pause, either way
# Nobody puts a row further ahead. What stands there was put by a clock that was set back since.
FURTHEST = timedelta(seconds=LONGEST_PAUSE * (1 + SPREAD))

IN_A_LINE = Q(is_given_up=False) & ~Q(line="")


def claim(fresh: Collection[int] = ()) -> list[OutboxEvent]:
    """Take due rows, and those of `fresh` (this process has just handed them over), for a while.

    They come in an order in which they may be followed.
    """
    return _claim(Q(attempts=0), BATCH, fresh)


def claim_tried() -> list[OutboxEvent]:
    """Take one due row that has been claimed before, alone.

    Were it taken with others, one that kills its worker would have all of them blamed.
    """
    rows = _claim(Q(attempts__gt=0), 1, ())
    for row in rows:
        if row.attempts > ATTEMPTS:
            give_up(row, row.error or "its worker did not come back from it")
            return []
    return rows


def _claim(which: Q, most: int, fresh: Collection[int]) -> list[OutboxEvent]:
    heads = OutboxEvent.objects.filter(which, _due(fresh)).filter(Q(line="") | ~Exists(_earlier()))
    heads = heads.order_by("due")[:most]
    if not heads.exists():
        return []  # without having taken SQLite's one write lock
    with transaction.atomic():
        rows = list(heads.select_for_update(skip_locked=True, of=("self",)))
        if most > 1:
            rows += _behind(rows, fresh, most - len(rows))
        end = timezone.now() + LEASE
        OutboxEvent.objects.filter(pk__in=[row.pk for row in rows]).update(
            due=end, attempts=F("attempts") + 1
        )
    for row in rows:
        row.due, row.attempts = end, row.attempts + 1
    return sorted(rows, key=lambda row: row.pk)


def _due(fresh: Collection[int]) -> Q:
    due = Q(due__lte=timezone.now(), is_given_up=False)
    if fresh:
        due |= Q(pk__in=fresh)
    # Where there is an edge, those are first the business of `Repeats`.
    return due & Q(is_purge_due=False) if settings.EDGE_NODES else due


def _earlier() -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.filter(IN_A_LINE, line=OuterRef("line"), pk__lt=OuterRef("pk"))


def _behind(heads: Sequence[OutboxEvent], fresh: Collection[int], most: int) -> list[OutboxEvent]:
    """What stands right behind these in their lines and may be taken with them."""
    lines = {row.line for row in heads if row.line}
    if not lines:
        return []
    taken = {row.pk for row in heads}
    behind = OutboxEvent.objects.filter(IN_A_LINE, line__in=lines).order_by("pk")[: 2 * BATCH]
    may_be_taken = set(
        OutboxEvent.objects.filter(_due(fresh), pk__in=[row.pk for row in behind], attempts=0)
        .values_list("pk", flat=True)
    )  # fmt: skip
    found = []
    for row in behind:
        if row.pk in taken or row.line not in lines:
            continue
        if row.pk in may_be_taken:
            found.append(row)
        else:
            lines.discard(row.line)
    return found[:most]


def release(rows: Sequence[OutboxEvent]) -> None:
    """Give back what was claimed and not begun."""
    for row in rows:
        _held(row).update(due=timezone.now(), attempts=row.attempts - 1)


def put_off(row: OutboxEvent, error: str) -> None:
    """Keep the row for another try, or for the operator when it has failed often enough."""
    row.error = error[:1000]
    if row.attempts >= ATTEMPTS:
        give_up(row, row.error)
        return
    # Spread: what failed together must not come back together.
    pause = min(2.0**row.attempts, LONGEST_PAUSE) * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311
    _held(row).update(
        due=timezone.now() + timedelta(seconds=pause), error=row.error, finished=row.finished
    )


def give_up(row: OutboxEvent, error: str) -> None:
    """Nobody tries it again by himself, and its line goes on without it."""
    _held(row).update(is_given_up=True, error=error, finished=row.finished)


def _held(row: OutboxEvent) -> QuerySet[OutboxEvent]:
    """The row as long as this claim on it is the last: one that took too long has lost it."""
    return OutboxEvent.objects.filter(pk=row.pk, due=row.due)


def mend_times_far_ahead() -> int:
    """What waits for a time that nobody can have meant is due now; how many that were.

    One that was never tried is put ahead by a head start; a minute is more than clocks differ.
    """
    now = timezone.now()
    never_tried, ever = Q(attempts=0, due__gt=now + LEASE), Q(due__gt=now + FURTHEST)
    rows = OutboxEvent.objects.filter(never_tried | ever, is_given_up=False, due__gt=now + LEASE)
    if not rows.exists():
        return 0  # without having taken SQLite's one write lock
    found = rows.update(due=now)
    logger.warning("%d events waited for a time far ahead: the clock was set back", found)
    return found


def forget(row_ids: Iterable[int]) -> None:
    """Nothing is left to do for these."""
    if ids := list(row_ids):
        OutboxEvent.objects.filter(pk__in=ids).delete()


# For the operator


def given_up(most: int | None = None) -> list[OutboxEvent]:
    """What failed for good, oldest first."""
    return list(OutboxEvent.objects.filter(is_given_up=True).order_by("pk")[:most])


def retry(row_ids: Collection[int] | None = None) -> int:
    """Try these (all, without) of the given up again, from the first pause on; how many they are.

    What has run for them does not run again. They come late: their lines have gone on.
    """
    return _given_up(row_ids).update(is_given_up=False, attempts=0, due=timezone.now())


def drop(row_ids: Collection[int]) -> int:
    """Forget these of the given up; how many they were."""
    return _given_up(row_ids).delete()[0]


def _given_up(row_ids: Collection[int] | None) -> QuerySet[OutboxEvent]:
    rows = OutboxEvent.objects.filter(is_given_up=True)
    return rows if row_ids is None else rows.filter(pk__in=row_ids)


@dataclass(frozen=True)
class Standing:
    """How the outbox stands: events with something to come, of them due, and given up."""

    waiting: int
    due: int
    given_up: int
    lag: float  # seconds since the oldest of the due became so


def standing() -> Standing:
    """Four queries, each on an index of the outbox."""
    now = timezone.now()
    waiting = OutboxEvent.objects.filter(is_given_up=False)
    due = waiting.filter(due__lte=now)
    oldest = due.aggregate(oldest=Min("due"))["oldest"]
    return Standing(
        waiting=waiting.count(),
        due=due.count(),
        given_up=OutboxEvent.objects.filter(is_given_up=True).count(),
        lag=(now - oldest).total_seconds() if oldest else 0.0,
    )
