"""How far people have read: the one thing in timelines that no other row says.

So where the store is not the database, the database keeps it as well, and first: what the store
knows, the database does, and a new store is told again. It is asked for nothing but that.
"""

from collections.abc import Callable, Sequence

from voxpop.timelines.contract import Owner, Timelines
from voxpop.timelines.models import Watermark
from voxpop.timelines.stored import StoredTimelines

MARKED_AT_ONCE = 500


def mark_read(store: Timelines, owner: Owner, id: int) -> None:
    """He has read up to and with this entry. Raises StoreAway."""
    for each in _both(store):
        each.mark_read(owner, id)


def forget(store: Timelines, owner: Owner) -> None:
    """Nothing is known of this owner any more, nor will it be made again. Raises StoreAway."""
    for each in _both(store):
        each.forget(owner)


def _both(store: Timelines) -> Sequence[Timelines]:
    return [store] if isinstance(store, StoredTimelines) else [StoredTimelines(), store]


def mark_again(
    store: Timelines, *, after: str = "", on_progress: Callable[[str], None] = lambda last: None
) -> None:
    """How far everybody has read is in the store again; of the owners after the name `after`.

    Safe while everything runs, and safe to run again: a mark never goes back. `on_progress` is told
    the name of the last, from which another run may go on. Raises StoreAway.
    """
    while marks := _next_marks(after):
        known = store.watermarks(marks)
        for owner, id in marks.items():
            if known.get(owner, 0) < id:
                store.mark_read(owner, id)
        # Whoever was erased meanwhile is marked no more: the database has forgotten him first.
        still = StoredTimelines().watermarks(marks)
        for owner in marks.keys() - still.keys():
            store.forget(owner)
        after = str(list(marks)[-1])
        on_progress(after)


def _next_marks(after: str) -> dict[Owner, int]:
    rows = Watermark.objects.filter(owner__gt=after).order_by("owner")
    some = rows.values_list("owner", "entry_id")[:MARKED_AT_ONCE]
    return {Owner.named(name): id for name, id in some}
