"""What moderation makes happen beside the log of a thread."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class BanChanged(Event):
    """Somebody was banned from a forum, or a ban was lifted or put in force again."""

    forum: str
    ban_id: int


@dataclass(frozen=True)
class ClaimDecided(Event):
    """A moderator has answered who said that an archive's comments are his, or took that back."""

    claim_id: int


@dataclass(frozen=True)
class ClaimMoved(Event):
    """An archive's author is somebody from now on, or no more; what he wrote follows, as long as
    that takes."""

    claim_id: int
