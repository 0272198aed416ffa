"""The rollups on SQL, for SQLite and PostgreSQL alike."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour, TruncMinute, TruncMonth

from voxpop.analytics.models import Figure
from voxpop.analytics.rollups import (
    DAYS_KEPT,
    HOURS_KEPT,
    MINUTES_KEPT,
    Cell,
    Metric,
    Rollups,
    Step,
)

BATCH = 500
_KEY = ("forum", "metric", "minute", "label", "source")
_TRUNCATED = {
    Step.MINUTE: TruncMinute,
    Step.HOUR: TruncHour,
    Step.DAY: TruncDay,
    Step.MONTH: TruncMonth,
}


class StoredRollups:
    """Every cell is a row."""

    def put(self, cells: Sequence[Cell]) -> None:
        _write(cells)

    def read(
        self, forum: str, metric: Metric, since: datetime, until: datetime, step: Step
    ) -> dict[datetime, int]:
        truncated = _TRUNCATED[step]("minute", tzinfo=UTC, output_field=DateTimeField())
        sums = (
            _between(forum, metric, since, until)
            .annotate(begin=truncated)
            .values_list("begin")
            .annotate(total=Sum("value"))
            .exclude(total=0)
            .order_by("begin")
        )
        return dict(sums)

    def top(
        self, forum: str, metric: Metric, since: datetime, until: datetime, most: int
    ) -> list[tuple[str, int]]:
        sums = (
            _between(forum, metric, since, until)
            .values_list("label")
            .annotate(total=Sum("value"))
            .exclude(total=0)
            .order_by("-total", "label")
        )
        return list(sums[:most])

    def thin(self, now: datetime) -> None:
        _coarsen(Step.HOUR.floor(now - MINUTES_KEPT), Step.HOUR, 1)
        _coarsen(Step.DAY.floor(now - HOURS_KEPT), Step.DAY, 2)
        Figure.objects.filter(coarseness=2, minute__lt=Step.DAY.floor(now - DAYS_KEPT)).delete()


def _write(cells: Sequence[Cell], coarseness: int = 0) -> None:
    rows = {(c.forum, c.metric, c.minute, c.label, c.source): c.value for c in cells}
    # In one order, so that two who write the same rows never wait for each other crosswise.
    figures = [
        Figure(**dict(zip(_KEY, key, strict=True)), value=value, coarseness=coarseness)
        for key, value in sorted(rows.items())
    ]
    Figure.objects.bulk_create(
        figures,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=["value", "coarseness"],
    )


def _coarsen(before: datetime, step: Step, coarseness: int) -> None:
    """One step at a time, each in a transaction: killed in between, nothing counts twice."""
    fine = Figure.objects.filter(coarseness__lt=coarseness, minute__lt=before)
    while oldest := fine.order_by("minute").values_list("minute", flat=True).first():
        begin = step.floor(oldest)
        with transaction.atomic():
            rows = Figure.objects.filter(
                coarseness__lte=coarseness, minute__gte=begin, minute__lt=step.next(begin)
            )
            sums = rows.values_list("forum", "metric", "label").annotate(total=Sum("value"))
            cells = [
                Cell(forum, Metric(metric), begin, total, label)
                for forum, metric, label, total in sums
            ]
            rows.delete()
            _write(cells, coarseness)


def _between(forum: str, metric: Metric, since: datetime, until: datetime) -> QuerySet[Figure]:
    return Figure.objects.filter(forum=forum, metric=metric, minute__gte=since, minute__lt=until)


@cache
def rollups() -> Rollups:
    """The store of this deployment: Cassandra where there is one, else SQL."""
    if not settings.CASSANDRA:
        return StoredRollups()
    from voxpop import cassandra
    from voxpop.analytics.wide import WideRollups

    return WideRollups(cassandra.client())
