"""What can happen to who somebody is."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class AuthorBecame(Event):
    """One author is another from now on; what he wrote follows, as long as that takes."""

    of: int
    to: int
