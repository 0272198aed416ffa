"""What can happen to a profile."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class ProfileChanged(Event):
    """What is shown under these names of one person is old, or there no more."""

    handles: list[str]
