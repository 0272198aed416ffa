"""`GET /metrics`: every figure there is, in the text that Prometheus reads."""

import logging
import secrets
from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from voxpop.limits.address import is_loopback
from voxpop.metrics import product, servers, table, varnish
from voxpop.metrics.table import METRICS, Metric, Sample, Samples

logger = logging.getLogger(__name__)

# What a proxy adds: a request that carries one of them did not begin on this machine.
PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_VOXPOP_NODE")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For programs on this machine, and for whoever has the token."""
    if not may_see_metrics(request):
        raise Http404
    return HttpResponse(generate_latest(_Figures()), content_type=CONTENT_TYPE_LATEST)


def may_see_metrics(request: HttpRequest) -> bool:
    """Asked from this very machine, not through a proxy on it; or with the operator's token."""
    token = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ").encode()
    if settings.METRICS_TOKEN and secrets.compare_digest(token, settings.METRICS_TOKEN.encode()):
        return True
    came_here_itself = not any(header in request.META for header in PROXIED)
    return came_here_itself and is_loopback(request.META.get("REMOTE_ADDR", ""))


def read_figures() -> Iterator[Sample]:
    """Every sample of every source; one that cannot be read is told as failed and left out."""
    for name, read in _sources():
        try:
            samples = list(read())
        except Exception:
            logger.exception("the figures of %s could not be read", name)
            yield Sample(table.SOURCE_FAILED, 1, (name,))
        else:
            yield Sample(table.SOURCE_FAILED, 0, (name,))
            yield from samples


def _sources() -> Iterator[tuple[str, Callable[[], Samples]]]:
    yield "counters", product.counted
    yield "outbox", product.outbox
    yield "edge nodes", product.edge_nodes
    yield "servers", servers.reached
    for node, folder in settings.METRICS_VARNISH.items():
        yield f"varnish {node}", partial(varnish.figures, node, folder)


class _Figures(Collector):
    """What the library's printer takes: one family per figure, samples in the order they came."""

    def collect(self) -> Iterator[Family]:
        """Figures that nothing was read for are left out."""
        found: dict[str, list[Sample]] = {}
        for sample in read_figures():
            found.setdefault(sample.metric.name, []).append(sample)
        for name, samples in found.items():
            yield _family(METRICS[name], samples)


def _family(metric: Metric, samples: list[Sample]) -> Family:
    if metric.kind == "histogram":
        *buckets, total = samples
        histogram = HistogramMetricFamily(metric.name, metric.help)
        bounds = [(each.labels[0], each.value) for each in buckets]
        histogram.add_metric([], bounds, sum_value=total.value)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels)
    for sample in samples:
        family.add_metric(sample.labels, sample.value)
    return family
