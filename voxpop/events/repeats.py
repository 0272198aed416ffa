"""Every purge once more, about a second after its event, until each edge node has counted it.

The author's own purge is a hint; the outbox is what makes sure. This reads the events whose purge
is still to be repeated, hands it to the purger, and when all nodes have counted it announces again
and lets go of the row. It has a thread of its own: no long job of the worker delays a purge.

Nothing here looks at a clock that can jump: a row is due a second after it was first seen.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from voxpop.edge.purge import Purge
from voxpop.edge.purger import Link, Purger
from voxpop.edge.static import release
from voxpop.events import dispatch
from voxpop.events.models import EdgeNode, OutboxEvent

logger = logging.getLogger(__name__)

TICK = 0.5
PAUSE = 1.0  # seconds from an event to the repetition of its purge
AT_ONCE = 1000


class Repeats:
    """Start it once, in the worker's process; `stop` leaves what is not done in the outbox."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.purger = Purger(addresses)
        self._seen: dict[int, float] = {}
        self._numbers: dict[int, int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="repeats", daemon=True)

    def start(self) -> None:
        """Begin to read the outbox and to beat."""
        self.purger.start()
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """End both."""
        self._stopping.set()
        self._thread.join(timeout)
        self.purger.stop()

    def _run(self) -> None:
        try:
            while True:
                self._round()
                if self._stopping.wait(TICK):
                    return
        finally:
            connection.close()

    def _round(self) -> None:
        try:
            if not self.purger.is_caught_up:
                self._catch_up()
            know_absences(self.purger.links)
            while self.repeat():
                pass
        except Exception:
            # The database may be away or locked; what is due stays due.
            logger.exception("purges could not be repeated; next try in %.1f s", TICK)
            connection.close()

    def _catch_up(self) -> None:
        """What was left behind gets its numbers, all of it, before any node counts on from here."""
        know_nodes(self.purger.links)
        while rows := self._rows(after=max(self._numbers, default=0)):
            self._number(rows)
        self.purger.catch_up()

    def repeat(self) -> bool:
        """Number what has become due, let go of what is done; true when there is more at once."""
        rows = self._rows()
        now = time.monotonic()
        first_seen = {row.pk: self._seen.get(row.pk, now) for row in rows}
        self._seen = first_seen
        is_due = [
            row for row in rows
            if row.pk not in self._numbers and now - first_seen[row.pk] >= PAUSE
        ]  # fmt: skip
        if is_due:
            self._number(is_due)
        reached = self.purger.reached()
        done = [row for row in rows if row.pk in self._numbers and self._numbers[row.pk] <= reached]
        if done:
            self._let_go(done)
        return len(rows) == AT_ONCE and len(done) > 0

    def _rows(self, after: int = 0) -> list[OutboxEvent]:
        waiting = OutboxEvent.objects.filter(is_purge_due=True, pk__gt=after)
        return list(waiting.order_by("pk")[:AT_ONCE])

    def _number(self, rows: Iterable[OutboxEvent]) -> None:
        """Each event's purge under the mark of its first time (the row's own number)."""
        for row in rows:
            for what in purges_of([row]):
                self.purger.add(what, row.pk)
            self._numbers[row.pk] = self.purger.last

    def _let_go(self, rows: Iterable[OutboxEvent]) -> None:
        """Announce again, which a crash may have prevented; then the rest is the worker's."""
        if any(purge.is_hard for purge in purges_of(rows)):
            know_missed_removal(self.purger.links)
        finished: list[int] = []
        for row in rows:
            event = dispatch.restore(row.name, row.payload)
            table = dispatch.consequences_of(event) if event else dispatch.Consequences()
            ran, error = dispatch.run_in_order(event, table.at_once) if event else ([], "unknown")
            if not error and not table.later:
                finished.append(row.pk)
                continue
            OutboxEvent.objects.filter(pk=row.pk).update(
                is_purge_due=False, finished=ran, due=timezone.now()
            )
        OutboxEvent.objects.filter(pk__in=finished).delete()
        for row in rows:
            self._numbers.pop(row.pk, None)


def purges_of(rows: Iterable[OutboxEvent]) -> Iterator[Purge]:
    """What these events made old; nothing is known of an event of another version."""
    for row in rows:
        event = dispatch.restore(row.name, row.payload)
        purges = dispatch.consequences_of(event).purges if event else None
        if event and purges:
            yield purges(event)


def know_nodes(links: Sequence[Link]) -> None:
    """Compare the nodes with those that were purged before this process was started.

    One that is new here was purged by nobody; one that was taken out is purged by nobody from now.
    """
    addresses = [link.address for link in links]
    with transaction.atomic():
        EdgeNode.objects.exclude(address__in=addresses).delete()
        for address in addresses:
            EdgeNode.objects.get_or_create(address=address, defaults={"away_since": timezone.now()})
    # Pages of another release name files that are gone: who has stored some was as good as away.
    now = release()
    EdgeNode.objects.exclude(release=now).filter(away_since=None).update(
        away_since=timezone.now(), has_missed_removal=False
    )
    EdgeNode.objects.update(release=now)
    away = {node.address: node for node in away_nodes()}
    for link in links:
        link.is_given_up = link.address in away
        link.has_missed_removal = link.is_given_up and away[link.address].has_missed_removal


def know_absences(links: Sequence[Link]) -> None:
    """Write down who is away before the outbox stops waiting for him, and who is back."""
    away = {node.address for node in away_nodes()}
    for link in links:
        if link.is_away and not link.is_given_up:
            _write(link, away_since=timezone.now(), has_missed_removal=False)
            link.is_given_up = True
            logger.error(
                "edge node %s is away (%s): it trusts nothing that is older than some seconds, and "
                "will be told to forget what it has missed", link.address, link.told,
            )  # fmt: skip
        elif link.address in away and not link.is_given_up:
            _write(link, away_since=None, has_missed_removal=False)
            logger.warning("edge node %s is back", link.address)


def know_missed_removal(links: Sequence[Link]) -> None:
    """A removal is let go of that the nodes that are away have not seen."""
    for link in links:
        if link.is_given_up and not link.has_missed_removal:
            _write(link, has_missed_removal=True)
            link.has_missed_removal = True


def away_nodes() -> list[EdgeNode]:
    """The nodes that purges do not reach, for the operator to look at."""
    return list(EdgeNode.objects.filter(away_since__isnull=False).order_by("address"))


def _write(link: Link, **known: Any) -> None:
    EdgeNode.objects.filter(address=link.address).update(**known)
