"""The product's own figures: what its processes have counted, and what the database knows."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from voxpop.edge import counters
from voxpop.edge.counters import BOUNDS, MICRO, Cell
from voxpop.events.claiming import standing
from voxpop.events.models import EdgeNode
from voxpop.metrics import table
from voxpop.metrics.table import Metric, Sample, Samples


def counted() -> Samples:
    """What every process on this data folder has counted."""
    sums = counters.counters.sums()
    for metric, counter in (
        (table.REQUESTS, counters.REQUESTS),
        (table.PURGES, counters.PURGES),
        (table.CACHE, counters.CACHE),
        (table.REPLICA, counters.REPLICA),
        (table.REDIS, counters.REDIS),
        (table.EDGE, counters.EDGE),
    ):
        for cell in counter.cells:
            yield Sample(metric, sums[cell], cell[1:])
    for metric, gauge in (
        (table.HELD_READERS, counters.HELD_READERS),
        (table.HELD_PLACES, counters.HELD_PLACES),
    ):
        yield Sample(metric, sums[gauge.name,])
    yield from _durations(table.PURGE_DELAY, sums)


def _durations(metric: Metric, sums: dict[Cell, int]) -> Iterator[Sample]:
    """The buckets of a histogram, each holding all that is not longer, then the sum."""
    so_far = 0
    for bound in (*map(str, BOUNDS), "+Inf"):
        so_far += sums[metric.name, bound]
        yield Sample(metric, so_far, (bound,))
    yield Sample(metric, sums[metric.name, "sum"] / MICRO, ("sum",))


def outbox() -> Samples:
    """What is due and has not been done."""
    now = standing()
    yield Sample(table.OUTBOX_WAITING, now.waiting)
    yield Sample(table.OUTBOX_DUE, now.due)
    yield Sample(table.OUTBOX_LAG, now.lag)
    yield Sample(table.OUTBOX_GIVEN_UP, now.given_up)


def edge_nodes() -> Samples:
    """Whom the purger reaches; it writes down who is away (events/repeats.py)."""
    known = {node.address: node.away_since for node in EdgeNode.objects.all()}
    for address in settings.EDGE_NODES:
        away_since = known.get(address)
        away = (timezone.now() - away_since).total_seconds() if away_since else 0.0
        yield Sample(table.NODE_REACHED, address in known and away_since is None, (address,))
        yield Sample(table.NODE_AWAY, away, (address,))
