"""Others, as I want them: people I follow or mute or who follow me, threads I watch, my votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from voxpop.accounts.models import Author, Persona
from voxpop.people.models import Follow, Mute, PersonaMute, Watch
from voxpop.threads.models import Status, Thread, Vote

PAGE = 50


class Which(StrEnum):
    """The lists of people."""

    FOLLOWING = "following"
    FOLLOWERS = "followers"
    MUTED = "muted"


@dataclass(frozen=True)
class People:
    """A page of one list, newest first; `follows` are those of them whom I follow."""

    people: Sequence[Author]
    follows: frozenset[int]
    next: int | None
    # Of the muted: who they are on one site only.
    personas: Sequence[Persona] = ()


@dataclass(frozen=True)
class Threads:
    """A page of the threads that I watch, the one watched last first."""

    threads: Sequence[Thread]
    next: int | None


@dataclass(frozen=True)
class Votes:
    """A page of my votes for comments that can be read, newest first."""

    votes: Sequence[Vote]
    next: int | None


def read_people(author: Author, which: Which, *, after: int | None = None) -> People:
    """One page: three queries, however many there are."""
    rows: QuerySet[Any, tuple[int, int]]
    if which == Which.FOLLOWERS:
        rows = Follow.objects.filter(of=author).values_list("id", "by_id")
    elif which == Which.FOLLOWING:
        rows = Follow.objects.filter(by=author).values_list("id", "of_id")
    else:
        rows = Mute.objects.filter(by=author).values_list("id", "of_id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    found = list(rows.order_by("-id")[: PAGE + 1])
    known = Author.objects.filter(is_active=True).in_bulk([person for _, person in found[:PAGE]])
    people = [known[person] for _, person in found[:PAGE] if person in known]
    follows = Follow.objects.filter(by=author, of__in=[each.id for each in people])
    return People(
        people,
        frozenset(follows.values_list("of_id", flat=True)),
        found[PAGE - 1][0] if len(found) > PAGE else None,
        _muted_personas(author) if which == Which.MUTED and after is None else (),
    )


def _muted_personas(author: Author) -> list[Persona]:
    rows = PersonaMute.objects.filter(by=author).select_related("persona__forum")
    return [row.persona for row in rows.order_by("-id")]


def read_watched(author: Author, *, after: int | None = None) -> Threads:
    """One page: one query."""
    rows = Watch.objects.filter(by=author).select_related("thread__forum")
    if after is not None:
        rows = rows.filter(id__lt=after)
    found = list(rows.order_by("-id")[: PAGE + 1])
    threads = [row.thread for row in found[:PAGE]]
    return Threads(threads, found[PAGE - 1].id if len(found) > PAGE else None)


def read_votes(author: Author, *, after: int | None = None) -> Votes:
    """One page: one query. What was removed since is not among them, so a page may be short."""
    rows = Vote.objects.filter(author=author).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    seen = list(
        rows.select_related("comment__author", "comment__thread", "comment__forum")[: PAGE + 1]
    )
    shown = [vote for vote in seen[:PAGE] if vote.comment.status == Status.PUBLISHED]
    return Votes(shown, seen[PAGE - 1].id if len(seen) > PAGE else None)
