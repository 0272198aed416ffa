"""Every figure that `/metrics` shows. `docs/metrics.md` is made from this table by a test."""

from collections.abc import Iterable
from dataclasses import dataclass

from voxpop.edge import counters


@dataclass(frozen=True)
class Metric:
    """One figure; `name` without the `_total` that Prometheus puts behind a counter's."""

    name: str
    kind: str  # counter, gauge, histogram
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """What a figure is now, for one value of each of its labels."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


Samples = Iterable[Sample]


def _counter(name: str, help: str, *labels: str) -> Metric:
    return Metric(name, "counter", help, labels)


def _gauge(name: str, help: str, *labels: str) -> Metric:
    return Metric(name, "gauge", help, labels)


def _counted(each: counters.Counter) -> Metric:
    return Metric(each.name, "counter", each.help, each.labels)


# The product, summed over all its processes on this data folder.
REQUESTS = _counted(counters.REQUESTS)
PURGES = _counted(counters.PURGES)
PURGE_DELAY = Metric(counters.PURGE_DELAY.name, "histogram", counters.PURGE_DELAY.help)
CACHE = _counted(counters.CACHE)
REPLICA = _counted(counters.REPLICA)
REDIS = _counted(counters.REDIS)
EDGE = _counted(counters.EDGE)
SERVER_REACHED = _gauge(
    "voxpop_server_reached", "1 when this server of ours answers within 0.1 s now", "server"
)
HELD_READERS = _gauge(counters.HELD_READERS.name, counters.HELD_READERS.help)
HELD_PLACES = _gauge(counters.HELD_PLACES.name, counters.HELD_PLACES.help)
OUTBOX_WAITING = _gauge("voxpop_outbox_waiting", "Events with consequences still to come")
OUTBOX_DUE = _gauge("voxpop_outbox_due", "Of them those that nobody has to wait for any more")
OUTBOX_LAG = _gauge("voxpop_outbox_lag_seconds", "How long the oldest of them has been due")
OUTBOX_GIVEN_UP = _gauge("voxpop_outbox_given_up", "Events whose consequences failed for good")
NODE_REACHED = _gauge(
    "voxpop_edge_node_reached",
    "1 while the purger reaches this node; 0 while it is away, or new and not yet greeted",
    "node",
)
NODE_AWAY = _gauge(
    "voxpop_edge_node_away_seconds", "How long this node has been away; 0 when it is not", "node"
)
SOURCE_FAILED = _gauge(
    "voxpop_metrics_source_failed", "1 when the figures of this source could not be read", "source"
)

# Each edge node on this machine (VOXPOP_METRICS_VARNISH), as its varnishd counts.
HANDLED = _counter(
    "voxpop_varnish_requests",
    "What became of a request: hit, grace (beyond its time: 0.2 s while Django is well, up to a day"
    " while it is not), miss, pass, made (by the VCL: refusals, and the answers to the purger),"
    " hit_for_miss and hit_for_pass (moments: an answer that may not be kept); again at a restart",
    "node",
    "handling",
)
COALESCED = _counter(
    "voxpop_varnish_coalesced", "Requests that waited for another one's fetch", "node"
)
BACKEND_REQUESTS = _counter(
    "voxpop_varnish_backend_requests", "Requests that the node sent to Django", "node"
)
FETCH_FAILED = _counter("voxpop_varnish_fetches_failed", "Of them those that failed", "node")
NUKED = _counter(
    "voxpop_varnish_evicted", "Answers thrown out before their time, for want of room", "node"
)
OBJECTS = _gauge("voxpop_varnish_objects", "Answers that the node keeps", "node")
BYTES_USED = _gauge("voxpop_varnish_memory_used_bytes", "Memory that they take", "node")
BYTES_FREE = _gauge("voxpop_varnish_memory_free_bytes", "Memory that is left for more", "node")
BACKEND_HEALTHY = _gauge(
    "voxpop_varnish_backend_healthy",
    "1 when the node's last probe of it was well",
    "node",
    "backend",
)
THREADS = _gauge("voxpop_varnish_threads", "Worker threads of the node", "node")
DROPPED = _counter(
    "voxpop_varnish_dropped", "Connections and requests dropped for want of a thread", "node"
)
UPTIME = _gauge("voxpop_varnish_uptime_seconds", "Since the node's cache was last empty", "node")

METRICS = {each.name: each for each in list(globals().values()) if isinstance(each, Metric)}
