"""My comments on all sites: one page of them, with what I may know of what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet

from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.moderation.listing import ground_of, last_decisions
from voxpop.moderation.models import Ground, Verb
from voxpop.threads import rules
from voxpop.threads.models import Comment, Revision, Status

PAGE = 25
# With a filter a page looks at no more of the newest than this, whatever it finds among them: who
# wrote a million comments and asks for a word that is in none of them goes on by hand.
LOOKED_AT = 1000


class State(StrEnum):
    """What an author is told of a comment. Spam looks held: he is not told (SAFETY T26)."""

    PUBLISHED = "published"
    WAITING = "waiting"
    REMOVED = "removed"


STATES = {
    Status.PUBLISHED: State.PUBLISHED,
    Status.HELD: State.WAITING,
    Status.SPAM: State.WAITING,
    Status.REJECTED: State.REMOVED,
    Status.DELETED: State.REMOVED,
}


@dataclass(frozen=True)
class Asked:
    """What of mine is asked for; empty means all. `site` is a forum's shortname."""

    text: str = ""
    site: str = ""
    state: State | None = None

    @property
    def is_all(self) -> bool:
        return self == Asked()


@dataclass(frozen=True)
class Mine:
    """One comment of mine. `by_moderator`: a moderator took it away, not I; `ground`: why, as far
    as he says. `waits_for`: the word for what of its place makes it wait."""

    comment: Comment
    by_moderator: bool
    ground: Ground | None
    waits_for: str
    has_waiting_edit: bool
    is_editable: bool

    @property
    def state(self) -> State:
        return STATES[Status(self.comment.status)]

    @property
    def is_deletable(self) -> bool:
        return self.state != State.REMOVED


@dataclass(frozen=True)
class MyComments:
    """A page, newest first; `next` is the id to go on from, also where none matched so far."""

    comments: Sequence[Mine]
    next: int | None


def read_my_comments(author: Author, asked: Asked, *, after: int | None = None) -> MyComments:
    """One page: three queries without a filter, four with one, however many comments there are."""
    mine = _older(Comment.objects.filter(author=author), after)
    last_seen = None
    if not asked.is_all:
        seen = list(mine.values_list("id", flat=True)[: LOOKED_AT + 1])
        if len(seen) > LOOKED_AT:
            last_seen = seen[LOOKED_AT - 1]
        # By name: as a range of ids it would be everybody's comments of that time to the planner.
        mine = mine.filter(id__in=seen[:LOOKED_AT])
    found = list(_matching(mine, asked).select_related("thread", "forum")[: PAGE + 1])
    is_more = len(found) > PAGE
    shown = found[:PAGE]
    return MyComments(told(shown, author), shown[-1].id if is_more else last_seen)


def my_sites(author: Author) -> list[Forum]:
    """Where I wrote the newest so many of my comments, by name: what a list can be narrowed to."""
    newest = Comment.objects.filter(author=author).order_by("-id").values("forum")[:LOOKED_AT]
    return list(Forum.objects.filter(id__in=newest).order_by("name", "id"))


def count_waiting(author: Author) -> int:
    """How many of my newest comments wait, or have an edit that does; two queries."""
    newest = Comment.objects.filter(author=author).order_by("-id")[:LOOKED_AT]
    seen = list(newest.values_list("id", "status"))
    waiting = [status for _, status in seen if STATES[Status(status)] == State.WAITING]
    shown = [id for id, status in seen if status == Status.PUBLISHED]
    edits = Revision.objects.filter(status=Status.HELD, comment__in=shown)
    return len(waiting) + edits.values("comment").distinct().count()


def newest_source(comment: Comment) -> str:
    """What its author typed last, also where that edit still waits."""
    standing = comment.revisions.exclude(status=Status.REJECTED).order_by("-number")
    return standing.values_list("source", flat=True).first() or comment.source


def _older(mine: QuerySet[Comment], after: int | None) -> QuerySet[Comment]:
    mine = mine.order_by("-id")
    return mine if after is None else mine.filter(id__lt=after)


def _matching(mine: QuerySet[Comment], asked: Asked) -> QuerySet[Comment]:
    if asked.text:
        mine = mine.filter(source__icontains=asked.text)
    if asked.site:
        mine = mine.filter(forum__in=Forum.objects.filter(shortname=asked.site).values("id"))
    if asked.state:
        statuses = [status for status, state in STATES.items() if state == asked.state]
        mine = mine.filter(status__in=statuses)
    return mine


def told(comments: Sequence[Comment], author: Author) -> list[Mine]:
    """Comments of mine, each with what I may know of it; two queries, and one where something
    waits in a forum that holds first comments."""
    shown = [comment.id for comment in comments]
    decided = last_decisions(shown)
    deleted = {id for id, last in decided.items() if last.verb == Verb.DELETE}
    newcomer = _where_new(comments, author)
    waiting = Revision.objects.filter(comment__in=shown, status=Status.HELD)
    edited = set(waiting.values_list("comment_id", flat=True))
    return [
        Mine(
            comment,
            by_moderator=comment.status == Status.REJECTED or comment.id in deleted,
            ground=ground_of(comment, decided.get(comment.id)),
            waits_for=_waits_for(comment, newcomer),
            has_waiting_edit=comment.status == Status.PUBLISHED and comment.id in edited,
            is_editable=is_editable(comment, author),
        )
        for comment in comments
    ]


def _where_new(comments: Sequence[Comment], author: Author) -> set[int]:
    """The forums that hold first comments, as far as something of mine waits there and nothing of
    mine is published."""
    waiting = [each for each in comments if STATES[Status(each.status)] == State.WAITING]
    holding = {each.forum_id for each in waiting if each.forum.holds_first_comment}
    if not holding:
        return set()
    published = Comment.objects.filter(author=author, forum=OuterRef("id"), status=Status.PUBLISHED)
    known = Forum.objects.filter(Exists(published), id__in=holding)
    return holding - set(known.values_list("id", flat=True))


def _waits_for(comment: Comment, newcomer: set[int]) -> str:
    """The word for what anybody who writes there may expect: of its place alone, never of what was
    found in the comment, so that spam is told what every other is (SAFETY T26)."""
    if STATES[Status(comment.status)] != State.WAITING:
        return ""
    if comment.forum.is_premoderated or comment.thread.is_premoderated:
        return "reads_every"
    return "reads_first" if comment.forum_id in newcomer else ""


def is_editable(comment: Comment, author: Author) -> bool:
    """Whether Home offers to edit it. One that waits is not: of spam that would be a hint."""
    try:
        rules.may_edit(comment, author, comment.revision)
    except Problem:
        return False
    return comment.status == Status.PUBLISHED
