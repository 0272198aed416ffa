"""What a public profile says. A private one, one whose author is gone, and none look the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from voxpop.accounts.models import Author, Persona
from voxpop.people.models import Follow
from voxpop.profiles.models import Handle, Profile
from voxpop.threads.models import Comment, Status

PAGE = 25
# A page looks at no more of the newest than this, whatever it may show of them.
LOOKED_AT = 500
PEOPLE = 50
# Beyond it the number is not told: counting costs as much as there is to count.
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Written:
    """A page of comments, newest first; `next` is the id to go on from."""

    comments: Sequence[Comment]
    next: int | None


@dataclass(frozen=True)
class Followers:
    """A page of people with public profiles; `next` is the follow to go on from."""

    people: Sequence[Author]
    next: int | None


def find_profile(handle: str) -> Profile | None:
    """The public profile of this name; one query, whether there is one or not (SAFETY T24)."""
    return _public().filter(handle=handle.lower()).first()


def profile_of(author: Author) -> Profile | None:
    """An author's public profile."""
    return _public().filter(author=author).first()


def moved_to(handle: str) -> str:
    """Where an earlier name leads: the present one, while that is public."""
    found = Handle.objects.filter(
        name=handle.lower(), author__handle__gt="", author__is_active=True,
        author__user__is_active=True,
    )  # fmt: skip
    return found.values_list("author__handle", flat=True).first() or ""


def _public() -> QuerySet[Profile]:
    rows = Profile.objects.filter(
        is_public=True, author__is_active=True, author__user__is_active=True
    )
    return rows.select_related("author")


def read_written(author: Author, *, after: int | None = None, limit: int = PAGE) -> Written:
    """What he wrote on the sites that his profile shows: three queries."""
    mine = Comment.objects.filter(author=author)
    if after is not None:
        mine = mine.filter(id__lt=after)
    seen = list(mine.order_by("-id").values_list("id", flat=True)[: LOOKED_AT + 1])
    shown = Comment.objects.filter(id__in=seen[:LOOKED_AT], status=Status.PUBLISHED)
    if author.has_personas:
        shown = shown.exclude(forum__in=hidden_forums(author))
    found = list(shown.select_related("author", "thread", "forum").order_by("-id")[: limit + 1])
    if len(found) > limit:
        return Written(found[:limit], found[limit - 1].id)
    return Written(found, seen[LOOKED_AT - 1] if len(seen) > LOOKED_AT else None)


def hidden_forums(author: Author) -> list[int]:
    """Where he is somebody whom his profile does not show."""
    rows = Persona.objects.filter(author=author, is_shown=False)
    return list(rows.values_list("forum_id", flat=True))


def count_followers(author: Author) -> int:
    return _counted(Follow.objects.filter(of=author))


def count_followed(author: Author) -> int:
    return _counted(Follow.objects.filter(by=author))


def _counted(rows: QuerySet[Any]) -> int:
    """Up to one more than MOST_COUNTED."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def read_followers(author: Author, *, after: int | None = None) -> Followers:
    """Who follows him, the newest first, of those who are public themselves."""
    return _people(Follow.objects.filter(of=author).values_list("id", "by_id"), after)


def read_followed(author: Author, *, after: int | None = None) -> Followers:
    """Whom he follows, the newest first, of those who are public themselves."""
    return _people(Follow.objects.filter(by=author).values_list("id", "of_id"), after)


def _people(rows: QuerySet[Any, tuple[int, int]], after: int | None) -> Followers:
    if after is not None:
        rows = rows.filter(id__lt=after)
    found = list(rows.order_by("-id")[: PEOPLE + 1])
    known = Author.objects.filter(handle__gt="", is_active=True, user__is_active=True)
    people = known.in_bulk([person for _, person in found[:PEOPLE]])
    return Followers(
        [people[person] for _, person in found[:PEOPLE] if person in people],
        found[PEOPLE - 1][0] if len(found) > PEOPLE else None,
    )
