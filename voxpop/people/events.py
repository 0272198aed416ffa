"""What can happen between people."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class PersonFollowed(Event):
    """An author follows another one from now on."""

    by: int
    of: int
