"""The conversation of one comment of mine: what it answers, itself, what was answered to it.

Of others there is here what every reader of the thread sees and nothing else: it is read by the
verbs of the thread's own pages.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from voxpop import ids
from voxpop.accounts.avatars import hue, initials
from voxpop.accounts.models import Author
from voxpop.home.reading import Mine, told
from voxpop.people.reading import muted_by
from voxpop.threads.models import Comment, Status
from voxpop.threads.reading import PageRow, read_ancestors, read_branch
from voxpop.threads.shapes import STORED, joined_shape

REPLIES = 50
# Deeper replies stand no further in: a phone has no room for it.
DEEPEST = 4


@dataclass(frozen=True)
class Said:
    """A comment as everybody sees it. `below` is how far below mine it stands; one that `skips`
    answers something that is not on the page, or is no longer anywhere."""

    shape: dict[str, Any]
    is_mine: bool
    is_muted: bool
    below: int
    skips: bool

    @property
    def is_gone(self) -> bool:
        return bool(self.shape["status"] != Status.PUBLISHED)

    @property
    def created(self) -> datetime:
        return datetime.fromisoformat(self.shape["created"])

    @property
    def place(self) -> str:
        """Where it stands among those that are left out here."""
        return "/t/{thread}/?sort=around&after={id}#c-{id}".format_map(self.shape)

    @property
    def initials(self) -> str:
        return initials(self.shape["author"]["name"])

    @property
    def hue(self) -> int:
        return hue(ids.private(self.shape["author"]["id"]) or 0)


@dataclass(frozen=True)
class Conversation:
    """One page. `lost` says that what mine answers is not there any more; `next` is where the
    replies go on."""

    above: Sequence[Said]
    mine: Mine
    replies: Sequence[Said]
    lost: bool
    next: str | None


def read_conversation(comment: Comment, author: Author, *, after: str | None) -> Conversation:
    """Seven queries, however long it is. Raises Problem("bad_cursor")."""
    thread, muted = comment.thread, muted_by(author)
    ancestors = [] if after else read_ancestors(thread, comment, columns=STORED)
    page = read_branch(thread, comment, after=after, limit=REPLIES, columns=STORED)
    (mine,) = told([comment], author)
    wrote = _mine_among([*ancestors, *page.rows], author)
    above = [_said(row, before, comment, muted, wrote) for before, row in _pairs(ancestors)]
    known = {comment.id, *[row.id for row in page.rows]}
    replies = [
        _said(row, row.parent_id if row.parent_id in known else None, comment, muted, wrote)
        for row in page.rows
    ]
    nearest = ancestors[-1].id if ancestors else None
    return Conversation(
        above, mine, replies, lost=not after and comment.parent_id != nearest, next=page.next
    )


def _pairs(rows: Sequence[PageRow]) -> list[tuple[int | None, PageRow]]:
    """Each with the id of the one before it."""
    return [(rows[at - 1].id if at else None, row) for at, row in enumerate(rows)]


def _mine_among(rows: Sequence[PageRow], author: Author) -> set[int]:
    """Which of them I wrote: under whatever name, so that is looked up."""
    own = Comment.objects.filter(id__in=[row.id for row in rows], author=author)
    return set(own.values_list("id", flat=True))


def _said(
    row: PageRow,
    answered: int | None,
    comment: Comment,
    muted: Collection[int],
    wrote: Collection[int],
) -> Said:
    shape = orjson.loads(joined_shape(row, comment.thread.public_id.encode()))
    author = ids.private(shape["author"]["id"]) if "author" in shape else None
    return Said(
        shape,
        is_mine=row.id in wrote,
        is_muted=author in muted,
        below=max(0, min(row.depth - comment.depth, DEEPEST)),
        skips=row.parent_id != answered,
    )
