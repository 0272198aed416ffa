"""The inbox as it is shown: what somebody was told, newest first, what belongs together as one.

What stands in the timeline is a hint; each notice's comment is looked up, so that nothing is shown
that was removed since. Reading may raise StoreAway.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from voxpop.accounts.models import Author, AuthorKind
from voxpop.notices.composing import plain
from voxpop.notices.models import Kind, Notice
from voxpop.notices.telling import inbox_of
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import StoreAway, count_unread

PAGE = 50
# The bell says "9+" and asks for no more.
MOST_COUNTED = 10
LONGEST_SAID = 180


@dataclass(frozen=True)
class Told:
    """One notice with its comment."""

    id: int
    kind: str
    comment: Comment
    is_unread: bool

    @property
    def said(self) -> str:
        return plain(self.comment.html, LONGEST_SAID)


@dataclass(frozen=True)
class Group:
    """What happened to one comment of mine, or in one thread: newest first, never empty."""

    told: Sequence[Told]

    @property
    def newest(self) -> Told:
        return self.told[0]

    @property
    def is_unread(self) -> bool:
        return any(each.is_unread for each in self.told)

    @property
    def is_reply(self) -> bool:
        return self.newest.kind == Kind.REPLY

    @property
    def others(self) -> int:
        """How many people it is besides the newest's author."""
        return len({each.comment.author_id for each in self.told}) - 1


@dataclass(frozen=True)
class Inbox:
    """A page of it; `newest` is the place up to which all can be marked as read."""

    groups: Sequence[Group]
    next: int | None
    newest: int | None
    has_unread: bool


def read_inbox(author: Author, *, after: int | None = None) -> Inbox:
    """One page of an author's inbox: two looks into the timeline and one query."""
    store, owner = timelines(), inbox_of(author.id)
    seen = store.watermark(owner)
    entries = store.page(owner, after=after, limit=PAGE + 1)
    shown = [entry.id for entry in entries[:PAGE]]
    notices = Notice.objects.filter(
        to=author, comment__status=Status.PUBLISHED, comment__author__is_active=True
    ).select_related(
        "comment__author", "comment__thread", "comment__forum", "comment__parent"
    ).in_bulk(shown)  # fmt: skip
    told = [
        Told(id, notices[id].kind, notices[id].comment, is_unread=id > seen)
        for id in shown
        if id in notices
    ]
    return Inbox(
        groups=collapse(told),
        next=shown[-1] if len(entries) > PAGE else None,
        newest=shown[0] if shown and after is None else None,
        has_unread=any(each.is_unread for each in told),
    )


def collapse(told: Sequence[Told]) -> list[Group]:
    """Replies to one comment are one group, and so are mentions in one thread; newest first."""
    groups: dict[tuple[str, int | None], list[Told]] = {}
    for each in told:
        is_reply = each.kind == Kind.REPLY
        about = each.comment.parent_id if is_reply else each.comment.thread_id
        groups.setdefault((each.kind, about), []).append(each)
    return [Group(each) for each in groups.values()]


def mark_read(author: Author, upto: int) -> None:
    """He has seen everything up to here; what has come since stays new."""
    store, owner = timelines(), inbox_of(author.id)
    newest = store.page(owner, limit=1)
    if newest:
        store.mark_read(owner, min(upto, newest[0].id))


def unread(author: Author) -> int:
    """How many notices he has not seen, at most MOST_COUNTED; 0 while the store is away."""
    if author.kind != AuthorKind.USER:
        return 0
    try:
        return count_unread(timelines(), inbox_of(author.id), at_most=MOST_COUNTED)
    except StoreAway:
        return 0
