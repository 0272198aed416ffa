"""Comments in the timelines of their authors and forums: put in, taken out, made again, read.

What stands in a timeline is a hint. Whoever reads one looks its comments up in the database, so
that nothing is shown that was removed since; whoever writes one looks there too, so that it does
not matter how often, how late or in which order he is told.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from voxpop.forums.models import Forum
from voxpop.threads.events import CommentPublished, CommentRemoved
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import keeps_comments, timelines
from voxpop.timelines.contract import Entry, Owner, OwnerKind, Placed, Timelines
from voxpop.timelines.feed import feed

PAGE = 25
REBUILT_AT_ONCE = 500
# A page goes on looking when everything that it found has been removed since; not for ever.
LOOKS = 4


def keep_timelines(event: CommentPublished | CommentRemoved) -> None:
    """A consequence: the timelines say of this comment what the database says now."""
    settle(timelines(), [event.comment_id])


class _Standing(NamedTuple):
    is_published: bool
    forum_id: int
    author_id: int


def settle(store: Timelines, comment_ids: Collection[int]) -> None:
    """Put the published ones of these comments in, and take the others out. Raises StoreAway."""
    known = _standings(comment_ids)
    while known:
        store.append(_placed(known, is_published=True))
        store.remove(_placed(known, is_published=False))
        # One that a moderator decided about meanwhile is settled again.
        now = _standings(known)
        known = {id: standing for id, standing in now.items() if standing != known[id]}


def _standings(comment_ids: Collection[int]) -> dict[int, _Standing]:
    rows = Comment.objects.filter(id__in=comment_ids)
    return {
        id: _Standing(status == Status.PUBLISHED, forum_id, author_id)
        for id, status, forum_id, author_id in rows.values_list(
            "id", "status", "forum_id", "author_id"
        )
    }


def _placed(known: dict[int, _Standing], *, is_published: bool) -> list[Placed]:
    return [
        (owner, Entry(id))
        for id, standing in known.items()
        if standing.is_published == is_published
        for owner in (
            Owner(OwnerKind.AUTHOR, standing.author_id),
            Owner(OwnerKind.FORUM, standing.forum_id),
        )
    ]


def rebuild(
    store: Timelines,
    *,
    after: int = 0,
    until: int | None = None,
    with_activity: bool = True,
    on_progress: Callable[[int, int], None] = lambda count, last: None,
) -> int:
    """Make all of it again from the database: the comments with ids after `after` up to `until`, in
    the feeds of their authors' followers, and `with_activity` in those of authors and forums.

    Safe while everything runs, and safe to run again. `on_progress` is told how many are done and
    the id of the last, from which another run may go on. Raises StoreAway. How many there were.
    """
    count = 0
    while ids := _next_ids(after, until):
        if with_activity:
            settle(store, ids)
        feed(store, ids)
        after = ids[-1]
        count += len(ids)
        on_progress(count, after)
    return count


def _next_ids(after: int, until: int | None) -> list[int]:
    rows = Comment.objects.filter(id__gt=after)
    if until is not None:
        rows = rows.filter(id__lte=until)
    return list(rows.order_by("id").values_list("id", flat=True)[:REBUILT_AT_ONCE])


@dataclass
class Activity:
    """A page of what was written, newest first; `next` is the place to go on from."""

    comments: list[Comment]
    next: int | None


def read_activity(forum: Forum, *, after: int | None = None, limit: int = PAGE) -> Activity:
    """What was written in a forum. Raises StoreAway.

    One look into the timeline and one query for its comments; more only where all of them are gone.
    """
    for _ in range(LOOKS):
        entries = _newest_in(forum, after, limit + 1)
        is_more = len(entries) > limit
        found = _published(forum, entries[:limit])
        after = entries[limit - 1] if is_more else None
        if found or not is_more:
            break
    return Activity(found, after)


def _newest_in(forum: Forum, after: int | None, limit: int) -> Sequence[int]:
    if keeps_comments():
        page = timelines().page(Owner(OwnerKind.FORUM, forum.id), after=after, limit=limit)
        return [entry.id for entry in page]
    rows = Comment.objects.filter(forum=forum, status=Status.PUBLISHED)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows.order_by("-id").values_list("id", flat=True)[:limit])


def _published(forum: Forum, ids: Iterable[int]) -> list[Comment]:
    rows = Comment.objects.filter(forum=forum, status=Status.PUBLISHED).select_related(
        "author", "thread", "parent__author"
    )
    found = rows.in_bulk(list(ids))
    return [found[id] for id in ids if id in found]
