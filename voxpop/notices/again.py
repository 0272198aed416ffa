"""Inboxes made again: what somebody was told is kept in rows, and its place in his inbox is their
id. What was taken back since is in nobody's; whom somebody mutes was asked when he was told."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from voxpop import ids
from voxpop.notices.models import Kind, Notice, PersonalNotice
from voxpop.notices.own import is_decided
from voxpop.notices.telling import inbox_of
from voxpop.threads.models import Status
from voxpop.timelines.contract import Entry, Placed, Timelines

REBUILT_AT_ONCE = 500


class _Told(NamedTuple):
    to: int
    kind: str
    stands: bool


Look = Callable[[Collection[int]], dict[int, _Told]]


def fill_inboxes(store: Timelines, *, after: int = 0, until: int | None = None) -> int:
    """What anybody was told is in his inbox: the notices with ids after `after` up to `until`.

    Safe while everything runs, and safe to run again. Raises StoreAway. How many there were.
    """
    count = 0
    sources: list[tuple[type[Notice | PersonalNotice], Look]] = [
        (Notice, _of_others), (PersonalNotice, _personal)
    ]  # fmt: skip
    for notices, look in sources:
        place = after
        while some := _next_ids(notices, place, until):
            _settle(store, look, some)
            place = some[-1]
            count += len(some)
    return count


def _next_ids(notices: type[Notice | PersonalNotice], after: int, until: int | None) -> list[int]:
    last = ids.LARGEST if until is None else until
    rows = notices._default_manager.filter(id__gt=after, id__lte=last).order_by("id")
    return list(rows.values_list("id", flat=True)[:REBUILT_AT_ONCE])


def _settle(store: Timelines, look: Look, some: Collection[int]) -> None:
    known = look(some)
    while known:
        store.append(_places(known, stand=True))
        store.remove(_places(known, stand=False))
        now = look(known)
        # What was taken back, given to another or let go of meanwhile does not stay there.
        moved = {id: told for id, told in known.items() if now.get(id) != told}
        store.remove(_places(moved, stand=True))
        known = {id: now[id] for id in moved if id in now}


def _of_others(some: Collection[int]) -> dict[int, _Told]:
    rows = Notice.objects.filter(id__in=some)
    return {
        id: _Told(to, kind, status == Status.PUBLISHED)
        for id, to, kind, status in rows.values_list("id", "to_id", "kind", "comment__status")
    }


def _personal(some: Collection[int]) -> dict[int, _Told]:
    """Votes and followers stay told, as they do while they come; a decision while it stands."""
    rows = PersonalNotice.objects.filter(id__in=some).select_related("comment__author")
    return {each.id: _Told(each.to_id, each.kind, _stands(each)) for each in rows}


def _stands(notice: PersonalNotice) -> bool:
    if notice.kind != Kind.DECISION:
        return True
    return notice.comment is not None and is_decided(notice.comment)


def _places(known: dict[int, _Told], *, stand: bool) -> list[Placed]:
    return [
        (inbox_of(told.to), Entry(id, told.kind))
        for id, told in known.items()
        if told.stands == stand
    ]
