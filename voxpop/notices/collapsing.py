"""What belongs together is told as one: in the inbox, in a mail and in a push alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from voxpop import ids
from voxpop.accounts.faces import Face, face_of
from voxpop.accounts.models import Author
from voxpop.moderation.models import Ground
from voxpop.notices.models import Kind
from voxpop.notices.texts import plain
from voxpop.threads.models import Comment, Status

LONGEST_SAID = 180
# About somebody's own comment, not about what others wrote.
OWN = frozenset({Kind.VOTES, Kind.DECISION})


About = tuple[str, int | None]


def about(kind: str, comment: int | None, parent: int | None, thread: int | None) -> About:
    """What is put together; all of them ids, None where it is about no comment."""
    if kind in OWN:
        return kind, comment
    return kind, parent if kind == Kind.REPLY else thread


@dataclass(frozen=True)
class Told:
    """One thing, with the comment it is about or the person who follows."""

    id: int
    kind: str
    comment: Comment | None
    person: Author | None = None
    is_unread: bool = False
    ground: Ground | None = None  # why a moderator removed it, where he says so

    @property
    def by(self) -> Face | None:
        """Whose doing it is, as he is seen where it is."""
        if self.comment is not None:
            return self.comment.face
        return face_of(self.person) if self.person else None

    @property
    def is_published(self) -> bool:
        """Whether its comment can be read."""
        return self.comment is not None and self.comment.status == Status.PUBLISHED

    @property
    def when(self) -> datetime:
        """When it was written, or when he was told."""
        if self.comment and self.kind not in OWN:
            return self.comment.created
        return datetime.fromtimestamp(ids.moment(self.id) / 1000, UTC)

    @property
    def said(self) -> str:
        return plain(self.comment.html, LONGEST_SAID) if self.comment else ""

    @property
    def about(self) -> About:
        """What is put together: replies to one comment of his, mentions and comments in one thread,
        all who follow."""
        if self.comment is None:
            return self.kind, None
        return about(self.kind, self.comment.id, self.comment.parent_id, self.comment.thread_id)


@dataclass(frozen=True)
class Group:
    """What is told as one: newest first, never empty."""

    told: Sequence[Told]

    @property
    def newest(self) -> Told:
        return self.told[0]

    @property
    def is_unread(self) -> bool:
        return any(each.is_unread for each in self.told)

    @property
    def others(self) -> int:
        """How many people it is besides the newest."""
        return len({each.by.id for each in self.told if each.by}) - 1


def collapse(told: Sequence[Told]) -> list[Group]:
    """Groups in the order of what is first in each."""
    groups: dict[About, list[Told]] = {}
    for each in told:
        groups.setdefault(each.about, []).append(each)
    return [Group(each) for each in groups.values()]
