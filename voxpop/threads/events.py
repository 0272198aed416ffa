"""What can happen to a thread. Each is recorded in the transaction of the change."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class ThreadMoved(Event):
    """Base: something readers can see has changed; `seq` is the thread's new place."""

    forum: str
    thread: str
    seq: int

    @property
    def line(self) -> str:
        return self.thread


@dataclass(frozen=True)
class CommentMoved(ThreadMoved):
    """Base: so has one comment; `profile` is its author's public one, which shows it too."""

    comment_id: int
    profile: str = ""


@dataclass(frozen=True)
class CommentPublished(CommentMoved):
    pass


@dataclass(frozen=True)
class CommentEdited(CommentMoved):
    pass


@dataclass(frozen=True)
class CommentRemoved(CommentMoved):
    pass


@dataclass(frozen=True)
class VotesFolded(ThreadMoved):
    pass


@dataclass(frozen=True)
class ThreadChanged(ThreadMoved):
    pass


@dataclass(frozen=True)
class ThreadWithdrawn(ThreadMoved):
    """Whether the thread may be offered in lists has changed: what showed it there is forgotten."""


@dataclass(frozen=True)
class AuthorRenamed(ThreadMoved):
    """One per thread in which the author's comments were dressed anew."""


@dataclass(frozen=True)
class CommentsHandedOver(ThreadMoved):
    """One per thread in which comments of one author became another's."""

    of: int
    to: int
    comments: list[int]


@dataclass(frozen=True)
class CommentHeld(Event):
    """A comment or an edit waits for a moderator. Nothing that readers see has changed."""

    forum: str
    comment_id: int


@dataclass(frozen=True)
class CommentStood(Event):
    """A comment was given another standing than it was posted with: removed, held, shown again."""

    forum: str
    comment_id: int


@dataclass(frozen=True)
class CommentLiked(Event):
    """The votes for a comment have reached a number that its author is told of."""

    comment_id: int
    up: int


@dataclass(frozen=True)
class CommentFlagged(Event):
    forum: str
    comment_id: int


@dataclass(frozen=True)
class ForumFlooded(Event):
    """The burst breaker flipped a forum to pre-moderation; its owner is told."""

    forum: str
