"""Whom a comment concerns. Pure: facts in, people out."""

from collections.abc import Collection
from dataclasses import dataclass

from voxpop.notices.models import Kind


@dataclass(frozen=True)
class Said:
    """What is known of a comment when somebody is to be told of it; people are ids of authors."""

    author: int
    is_published: bool
    # False for somebody banned there, or whose account is closed: nobody hears of what he did.
    may_be_heard: bool
    answered: int | None  # who wrote what this answers
    mentioned: Collection[int] = ()
    # Of those whom it could concern: who does not want to hear of its author.
    muted_by: Collection[int] = ()


def concerned(said: Said) -> dict[int, Kind]:
    """Whom it answers and names, each once: a reply says more than a mention. Never the author
    himself, nor who has muted him."""
    if not (said.is_published and said.may_be_heard):
        return {}
    people = dict.fromkeys(said.mentioned, Kind.MENTION)
    if said.answered is not None:
        people[said.answered] = Kind.REPLY
    for person in (said.author, *said.muted_by):
        people.pop(person, None)
    return people
