"""Timelines on SQL, for SQLite and PostgreSQL alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from voxpop import ids
from voxpop.rows import look_up
from voxpop.timelines.contract import RETENTION, Entry, Owner, Placed
from voxpop.timelines.models import TimelineEntry, Watermark

# Every overlay and every page of an inbox or a feed asks these.
PAGE = (
    "SELECT entry_id, kind FROM timelines_timelineentry WHERE owner = %s AND entry_id < %s"
    " ORDER BY entry_id DESC LIMIT %s"
)
WATERMARK = "SELECT entry_id FROM timelines_watermark WHERE owner = %s"
# With every signed-in reader's overlay and on every page of his: one statement for both.
UNREAD = (
    "SELECT count(*) FROM (SELECT 1 FROM timelines_timelineentry WHERE owner = %s AND entry_id >"
    " coalesce((SELECT entry_id FROM timelines_watermark WHERE owner = %s), 0) LIMIT %s) newer"
)
BATCH = 500
FORGOTTEN_AT_ONCE = 5000  # a writer who waits, waits for no more than these


class StoredTimelines:
    """Every entry is a row."""

    def append(self, placed: Iterable[Placed]) -> None:
        rows = {(str(owner), entry.id): entry.kind for owner, entry in placed}
        # In one order, so that two who write the same rows never wait for each other crosswise.
        TimelineEntry.objects.bulk_create(
            [
                TimelineEntry(owner=owner, entry_id=id, kind=kind)
                for (owner, id), kind in sorted(rows.items())
            ],
            batch_size=BATCH,
            ignore_conflicts=True,
        )

    def remove(self, placed: Iterable[Placed]) -> None:
        by_owner: dict[str, list[int]] = defaultdict(list)
        for owner, entry in placed:
            by_owner[str(owner)].append(entry.id)
        for name, found in by_owner.items():
            for start in range(0, len(found), BATCH):
                some = found[start : start + BATCH]
                TimelineEntry.objects.filter(owner=name, entry_id__in=some).delete()

    def page(self, owner: Owner, *, after: int | None = None, limit: int) -> list[Entry]:
        below = ids.LARGEST if after is None else after
        return [Entry(id, kind) for id, kind in look_up(PAGE, [str(owner), below, limit])]

    def trim(self, owner: Owner, *, before: int) -> None:
        TimelineEntry.objects.filter(owner=str(owner), entry_id__lt=before).delete()

    def forget(self, owner: Owner) -> None:
        TimelineEntry.objects.filter(owner=str(owner)).delete()
        Watermark.objects.filter(owner=str(owner)).delete()

    def mark_read(self, owner: Owner, id: int) -> None:
        with transaction.atomic():
            row, is_new = Watermark.objects.get_or_create(
                owner=str(owner), defaults={"entry_id": id}
            )
            if not is_new:
                # The comparison is the database's: of two that come at once the later one stays.
                Watermark.objects.filter(owner=row.owner, entry_id__lt=id).update(entry_id=id)

    def watermark(self, owner: Owner) -> int:
        found = look_up(WATERMARK, [str(owner)])
        return int(found[0][0]) if found else 0

    def watermarks(self, owners: Collection[Owner]) -> dict[Owner, int]:
        named = {str(owner): owner for owner in owners}
        rows = Watermark.objects.filter(owner__in=named).values_list("owner", "entry_id")
        return {named[name]: id for name, id in rows}

    def unread(self, owner: Owner, *, at_most: int) -> int:
        return int(look_up(UNREAD, [str(owner), str(owner), at_most])[0][0])


def forget_old_entries() -> int:
    """Let go of the entries that were written longer ago than they are kept; how many."""
    old = TimelineEntry.objects.filter(written__lt=timezone.now() - RETENTION).order_by("written")
    gone = 0
    while some := list(old.values_list("id", flat=True)[:FORGOTTEN_AT_ONCE]):
        gone += TimelineEntry.objects.filter(id__in=some).delete()[0]
    return gone
