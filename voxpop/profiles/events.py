"""What can happen to a profile."""

from dataclasses import dataclass, field

from voxpop.events import Event


@dataclass(frozen=True)
class AccountStood(Event):
    """An account was closed, or opened again."""

    author_id: int


@dataclass(frozen=True)
class ProfileChanged(Event):
    """What is shown under these names of one person is old, or there no more; nor are these
    avatars."""

    handles: list[str]
    avatars: list[str] = field(default_factory=list)
