"""What moderation makes happen beside the log of a thread."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class BanChanged(Event):
    """Somebody was banned from a forum, or a ban was lifted or put in force again."""

    forum: str
    ban_id: int
