"""What somebody asks about himself."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class GuestsAsked(Event):
    """Whoever reads the mail of these guests' address wants the links to what is theirs."""

    guests: list[int]


@dataclass(frozen=True)
class ErasureAsked(Event):
    """Somebody is to be erased when the days are over."""

    author_id: int
