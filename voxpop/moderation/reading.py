"""What the desk shows: a page of comments with everything needed to decide, in few queries.

The number of queries is fixed, whatever the page holds. Ids come first, by keyset over the
partial indexes of held and flagged comments; what dresses them follows, one query per kind.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from voxpop import ids
from voxpop.accounts.models import Author, Persona
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.moderation.diff import Piece, difference
from voxpop.moderation.listing import bans_in_force, place_of
from voxpop.moderation.models import Decision
from voxpop.threads.models import Comment, Flag, Revision, Status

PAGE = 25
Comments = QuerySet[Comment]


def _held(comments: Comments) -> Comments:
    return comments.filter(status=Status.HELD)


def _flagged(comments: Comments) -> Comments:
    return comments.filter(flags__gt=0, status=Status.PUBLISHED)


def _edited(comments: Comments) -> Comments:
    return comments.filter(id__in=held_edits().values("comment_id"), status=Status.PUBLISHED)


def _published(comments: Comments) -> Comments:
    return comments.filter(status=Status.PUBLISHED)


def _removed(comments: Comments) -> Comments:
    return comments.filter(status__in=[Status.SPAM, Status.REJECTED, Status.DELETED])


def _every(comments: Comments) -> Comments:
    return comments


@dataclass(frozen=True)
class Kind:
    """One list of the desk: the union of some sets of comments, in one order."""

    name: str
    sets: Sequence[Callable[[Comments], Comments]]
    is_newest_first: bool = False


# What waits is shown oldest first: who has waited longest is next, and nothing moves underhand.
KINDS = {
    kind.name: kind
    for kind in (
        Kind("all", (_held, _flagged, _edited)),
        Kind("held", (_held,)),
        Kind("flagged", (_flagged,)),
        Kind("edits", (_edited,)),
        Kind("published", (_published,), is_newest_first=True),
        Kind("removed", (_removed,), is_newest_first=True),
        Kind("every", (_every,), is_newest_first=True),
    )
}


@dataclass
class HeldEdit:
    """A text that waits to replace the one that readers see."""

    number: int
    verdict: str
    html: str
    pieces: list[Piece]


@dataclass
class History:
    """What the forum knows of an author."""

    published: int = 0
    removed: int = 0
    held: int = 0


@dataclass
class QueueItem:
    comment: Comment
    flags: list[tuple[str, int]] = field(default_factory=list)
    edit: HeldEdit | None = None
    history: History = field(default_factory=History)
    is_banned: bool = False
    last: Decision | None = None
    awaits_author: bool = False  # a guest who has yet to prove his address

    @property
    def reason(self) -> str:
        """Why it is here, as screening put it."""
        return self.edit.verdict if self.edit else self.comment.verdict

    @property
    def target(self) -> str:
        """What a decision about this item is about: the comment, or its held edit."""
        number = f":{self.edit.number}" if self.edit else ""
        return f"{self.comment.public_id}{number}"


@dataclass
class QueuePage:
    items: list[QueueItem]
    next: str | None


def read_queue(
    forums: Sequence[Forum],
    *,
    kind: str = "all",
    text: str = "",
    author: Author | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> QueuePage:
    """A page of one list over these forums. Raises bad_request, bad_cursor."""
    if kind not in KINDS:
        raise Problem("bad_request", f"kind is one of {', '.join(KINDS)}.")
    comments = _matching(forums, text, author)
    numbers = _ids(comments, KINDS[kind], place_of(after), limit + 1)
    page = QueuePage(read_items(numbers[:limit]), None)
    if len(numbers) > limit:
        page.next = ids.public(numbers[limit - 1])
    return page


def read_items(numbers: Sequence[int]) -> list[QueueItem]:
    """The comments of these ids with their context, in this order."""
    dressed = ("forum", "thread", "author", "parent__author", "unproven")
    found = Comment.objects.select_related(*dressed).in_bulk(numbers)
    items = [QueueItem(found[number]) for number in numbers if number in found]
    edits, flags = _edits_of(found), _flags_of(numbers)
    histories, banned = _histories_of(items), _banned_of(items)
    decisions = _decisions_of(numbers)
    for item in items:
        comment = item.comment
        who = (comment.forum_id, comment.author_id)
        item.edit = edits.get(comment.id)
        item.flags = flags.get(comment.id, [])
        item.history = histories.get(who, History())
        item.is_banned = who in banned
        item.last = decisions.get(comment.id)
        item.awaits_author = hasattr(comment, "unproven")
    return items


def count_waiting(forums: Sequence[Forum]) -> dict[str, int]:
    """How many comments wait, for each list that can be emptied; three queries."""
    everything = _matching(forums, "", None)
    waiting = {
        name: KINDS[name].sets[0](everything).count() for name in ("held", "flagged", "edits")
    }
    return {"all": sum(waiting.values()), **waiting}


def held_edits() -> QuerySet[Revision]:
    """Texts that wait to replace one that is shown; a held comment's own text is not one."""
    return Revision.objects.filter(status=Status.HELD, number__gt=F("comment__revision"))


# -- which comments -------------------------------------------------------------------------


def _matching(forums: Sequence[Forum], text: str, author: Author | None) -> Comments:
    comments = Comment.objects.filter(forum__in=forums)
    if author is not None:
        comments = comments.filter(author=author)
    if text:
        worn = Persona.objects.filter(author=OuterRef("author"), forum=OuterRef("forum"))
        worn = worn.exclude(name="")
        comments = comments.filter(
            Q(source__icontains=text)
            | (Q(author__name__icontains=text) & ~Exists(worn))
            | Exists(worn.filter(name__icontains=text))
            | Q(thread__title__icontains=text)
        )
    return comments


def _ids(comments: Comments, kind: Kind, place: int | None, limit: int) -> list[int]:
    """Merged from one short keyset query per set: a union would not use the partial indexes."""
    order = "-id" if kind.is_newest_first else "id"
    if place is not None:
        comments = (
            comments.filter(id__lt=place) if kind.is_newest_first else comments.filter(id__gt=place)
        )
    found: set[int] = set()
    for chosen in kind.sets:
        found.update(chosen(comments).order_by(order).values_list("id", flat=True)[:limit])
    return sorted(found, reverse=kind.is_newest_first)[:limit]


# -- what dresses them ----------------------------------------------------------------------


def _edits_of(comments: dict[int, Comment]) -> dict[int, HeldEdit]:
    waiting = held_edits().filter(comment__in=comments).order_by("number")
    return {
        revision.comment_id: HeldEdit(
            revision.number,
            revision.verdict,
            revision.html,
            difference(comments[revision.comment_id].source, revision.source),
        )
        for revision in waiting
    }


def _flags_of(numbers: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    rows = Flag.objects.filter(comment__in=numbers).values_list("comment_id", "reason")
    flags: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for comment_id, reason, count in rows.annotate(count=Count("id")).order_by("-count", "reason"):
        flags[comment_id].append((reason, count))
    return flags


def _histories_of(items: Sequence[QueueItem]) -> dict[tuple[int, int], History]:
    """Counted per forum: what an author did elsewhere is nobody's business here."""
    rows = (
        Comment.objects.filter(
            author__in={item.comment.author_id for item in items},
            forum__in={item.comment.forum_id for item in items},
        )
        .values_list("forum_id", "author_id")
        .annotate(
            published=Count("id", filter=Q(status=Status.PUBLISHED)),
            removed=Count("id", filter=Q(status__in=[Status.SPAM, Status.REJECTED])),
            held=Count("id", filter=Q(status=Status.HELD)),
        )
    )
    return {(forum, author): History(*counts) for forum, author, *counts in rows}


def _banned_of(items: Sequence[QueueItem]) -> set[tuple[int, int]]:
    forums = {item.comment.forum for item in items}
    bans = bans_in_force(forums).filter(author__in={item.comment.author_id for item in items})
    return {
        (forum, author) for forum, author in bans.values_list("forum_id", "author_id") if author
    }


def _decisions_of(numbers: Sequence[int]) -> dict[int, Decision]:
    rows = Decision.objects.filter(comment__in=numbers, undone=None).select_related("by__author")
    return {row.comment_id: row for row in rows.order_by("created") if row.comment_id}
