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


def concerned(said: Said) -> dict[int, Kind]:
    """Each person once: a reply says more than a mention. Never the author himself."""
    if not (said.is_published and said.may_be_heard):
        return {}
    people = dict.fromkeys(said.mentioned, Kind.MENTION)
    if said.answered is not None:
        people[said.answered] = Kind.REPLY
    people.pop(said.author, None)
    return people
