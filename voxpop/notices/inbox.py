"""The inbox as it is shown: what somebody was told, newest first, what belongs together as one.

What stands in the timeline is a hint; each notice's comment is looked up, so that nothing is shown
that was removed since. Reading may raise StoreAway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from voxpop.accounts.models import Author, AuthorKind
from voxpop.moderation.listing import ground_of, last_decisions
from voxpop.notices.collapsing import Group, Told, collapse
from voxpop.notices.models import Kind, Notice, PersonalNotice
from voxpop.notices.telling import inbox_of
from voxpop.people.reading import muted_by
from voxpop.threads.models import Status
from voxpop.timelines import marks
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import StoreAway

PAGE = 50
# The bell says "9+" and asks for no more.
MOST_COUNTED = 10
# What he may know of a moderator's decision; of spam he knows nothing (SAFETY T26).
DECIDED = (Status.PUBLISHED, Status.REJECTED, Status.DELETED)


@dataclass(frozen=True)
class Inbox:
    """A page of it; `newest` is the place up to which all can be marked as read."""

    groups: Sequence[Group]
    next: int | None
    newest: int | None
    has_unread: bool


def read_inbox(author: Author, *, after: int | None = None) -> Inbox:
    """One page of an author's inbox: two looks into the timeline, four queries, and one
    where moderators decided something."""
    store, owner = timelines(), inbox_of(author.id)
    seen = store.watermark(owner)
    entries = store.page(owner, after=after, limit=PAGE + 1)
    shown = [entry.id for entry in entries[:PAGE]]
    muted = muted_by(author)
    found = {**_of_others(author, shown, muted), **_personal(author, shown, muted)}
    told = [replace(found[id], is_unread=id > seen) for id in shown if id in found]
    return Inbox(
        groups=collapse(told),
        next=shown[-1] if len(entries) > PAGE else None,
        newest=shown[0] if shown and after is None else None,
        has_unread=any(each.is_unread for each in told),
    )


def _of_others(author: Author, shown: Sequence[int], muted: Sequence[int]) -> dict[int, Told]:
    """What others wrote, but for whom he has muted since."""
    rows = Notice.objects.filter(
        to=author, comment__status=Status.PUBLISHED, comment__author__is_active=True
    ).select_related("comment__author", "comment__thread", "comment__forum", "comment__parent")
    return {
        id: Told(id, each.kind, each.comment)
        for id, each in rows.in_bulk(shown).items()
        if each.comment.face.id not in muted
    }


def _personal(author: Author, shown: Sequence[int], muted: Sequence[int]) -> dict[int, Told]:
    """What happened to him and to his comments."""
    rows = (
        PersonalNotice.objects.filter(to=author)
        .filter(
            Q(kind=Kind.VOTES, comment__status=Status.PUBLISHED)
            | Q(kind=Kind.DECISION, comment__status__in=DECIDED)
            | Q(kind=Kind.FOLLOW, person__is_active=True)
        )
        .exclude(person__in=muted)
        .select_related("person", "comment__author", "comment__thread", "comment__forum")
    )
    found = rows.in_bulk(shown)
    decided = [
        each.comment_id
        for each in found.values()
        if each.kind == Kind.DECISION and each.comment_id is not None
    ]
    last = last_decisions(decided) if decided else {}
    return {
        id: Told(
            id,
            each.kind,
            each.comment,
            each.person,
            ground=ground_of(each.comment, last.get(each.comment.id)) if each.comment else None,
        )
        for id, each in found.items()
    }


def mark_read(author: Author, upto: int) -> None:
    """He has seen everything up to here; what has come since stays new."""
    store, owner = timelines(), inbox_of(author.id)
    newest = store.page(owner, limit=1)
    if newest:
        marks.mark_read(store, owner, min(upto, newest[0].id))


def unread(author: Author) -> int:
    """How many notices he has not seen, at most MOST_COUNTED; 0 while the store is away."""
    if author.kind != AuthorKind.USER:
        return 0
    try:
        return timelines().unread(inbox_of(author.id), at_most=MOST_COUNTED)
    except StoreAway:
        return 0
