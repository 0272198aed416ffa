"""What can happen to a person."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class AuthorNamed(Event):
    """An author took another name."""

    author_id: int
