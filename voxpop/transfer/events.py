"""What an import makes happen, once all of it is there."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class ForumImported(Event):
    """A file was brought into a forum of whose authors some are somebody else since."""

    forum_id: int
