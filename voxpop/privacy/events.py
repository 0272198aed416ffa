"""What somebody asks about himself."""

from dataclasses import dataclass

from voxpop.events import Event
from voxpop.threads.events import ThreadMoved


@dataclass(frozen=True)
class GuestsAsked(Event):
    """Whoever reads the mail of these guests' address wants the links to what is theirs."""

    guests: list[int]


@dataclass(frozen=True)
class ErasureAsked(Event):
    """Somebody is to be erased when the days are over."""

    author_id: int


@dataclass(frozen=True)
class AuthorWiped(Event):
    """What an author has in a forum from before the decision with the id `before` is to go."""

    forum_id: int
    author_id: int
    before: int


@dataclass(frozen=True)
class ForumWiped(Event):
    """What a forum has from before the decision with the id `before` is to go."""

    forum_id: int
    before: int


@dataclass(frozen=True)
class ThreadWiped(ThreadMoved):
    """A thread is no more."""
