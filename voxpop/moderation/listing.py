"""Lists of the desk beside its queue: decisions, bans, threads. The newest first, by keyset."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from voxpop import ids
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.moderation.rules import STATUS_AFTER
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Thread

PAGE = 25


def read_decisions(
    forums: Sequence[Forum], *, after: str | None = None, limit: int = PAGE
) -> tuple[list[Decision], str | None]:
    """What was decided, the newest first, and where to go on; one query."""
    rows = Decision.objects.filter(forum__in=forums).select_related(
        "by__author",
        "undone_by__author",
        "forum",
        "comment__author",
        "thread",
        "ban__author",
        "claim__of",
        "claim__by",
    )
    return _paged(rows.select_related("comment__thread"), after, limit)


def last_decisions(comments: Iterable[int]) -> dict[int, Decision]:
    """What stands of what was decided about each of these comments, the last of it; one query."""
    rows = Decision.objects.filter(comment__in=comments, verb__in=STATUS_AFTER, undone=None)
    return {each.comment_id or 0: each for each in rows.order_by("id")}


def ground_of(comment: Comment, last: Decision | None) -> Ground | None:
    """Why a moderator removed it, as its author may be told; None where he is told nothing, or it
    stands otherwise since."""
    if last is None or STATUS_AFTER[Verb(last.verb)] != comment.status:
        return None
    return last.ground


def read_bans(
    forums: Sequence[Forum], *, after: str | None = None, limit: int = PAGE
) -> tuple[list[Ban], str | None]:
    """Bans, those in force and past ones, the newest first; one query."""
    rows = Ban.objects.filter(forum__in=forums).select_related("forum", "author", "by__author")
    return _paged(rows, after, limit)


def read_threads(
    forums: Sequence[Forum], *, text: str = "", after: str | None = None, limit: int = PAGE
) -> tuple[list[Thread], str | None]:
    """Threads, the newest first; one query."""
    rows = Thread.objects.filter(forum__in=forums).select_related("forum", "pinned__author")
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(url__icontains=text))
    return _paged(rows, after, limit)


def bans_in_force(forums: Iterable[Forum]) -> QuerySet[Ban]:
    is_open = Q(ends=None) | Q(ends__gt=timezone.now())
    return Ban.objects.filter(is_open, forum__in=forums, lifted=None)


def place_of(after: str | None) -> int | None:
    """The id that a page goes on after. Raises Problem("bad_cursor")."""
    if not after:
        return None
    place = ids.private(after)
    if place is None:
        raise Problem("bad_cursor")
    return place


Row = TypeVar("Row", Decision, Ban, Thread)


def _paged(rows: QuerySet[Row], after: str | None, limit: int) -> tuple[list[Row], str | None]:
    place = place_of(after)
    if place is not None:
        rows = rows.filter(id__lt=place)
    found = list(rows.order_by("-id")[: limit + 1])
    return found[:limit], ids.public(found[limit - 1].id) if len(found) > limit else None
