"""JSON out: the comment as INTERFACES 2 has it, from rows and from models alike."""

from copy import copy
from datetime import UTC, datetime
from typing import Any

import orjson

from voxpop import ids
from voxpop.accounts.faces import Face, face_of
from voxpop.accounts.models import Author, AuthorKind
from voxpop.threads.fragments import comment_fragment
from voxpop.threads.models import WAITING, Comment, Revision, Status, Thread
from voxpop.threads.reading import Columns, PageRow

# What a page of JSON is joined of; `joined_shape` makes a comment's shape of such a row.
STORED = Columns(sql="c.shape, c.replies, c.seq")


def stored_shape(comment: Comment, author: Author) -> bytes:
    """The shape that everybody may see, as JSON without its opening brace: kept in the row.

    Without what changes by other comments, or is the same for all of a thread.
    """
    shape = _own_facts(comment, author)
    return orjson.dumps(shape if comment.status == Status.PUBLISHED else _tombstone(shape))[1:]


def joined_shape(row: PageRow, thread: bytes) -> bytes:
    """The shape of one row read with STORED, as JSON; `thread` is the thread's public id."""
    shape, replies, seq = row.content
    return b'{"thread":"%s","replies":%d,"seq":%d,%s' % (thread, replies, seq, shape)


def shape_of(comment: Comment, thread: Thread, author: Author) -> dict[str, Any]:
    """The shape of a comment as its own author or a moderator may see it, whatever its status."""
    return {
        "thread": thread.public_id,
        "replies": comment.replies,
        "seq": comment.seq,
        **_own_facts(comment, author),
    }


def shown_shape(comment: Comment, thread: Thread, author: Author) -> dict[str, Any]:
    """The shape that everybody may see: a removed comment keeps its place and nothing else."""
    shape = shape_of(comment, thread, author)
    return shape if comment.status == Status.PUBLISHED else _tombstone(shape)


def own_shape(comment: Comment, pending: Revision | None = None) -> dict[str, Any]:
    """What its author sees of a comment of his, or of an edit of it that waits, with the fragment.

    Comments that screening called spam look held to their author: he is not told (SAFETY T26).
    Of one that `awaits` its author he is told that a mail of ours has the way to publish it.
    """
    shape = shape_of(comment, comment.thread, comment.author)
    if pending is not None and pending.status == Status.HELD:
        shape.update(html=pending.html, status=Status.HELD.value)
    if comment.status in WAITING:
        shape["status"] = Status.HELD.value
    if comment.told:
        shape["reason"] = comment.told
    if comment.awaits_author:
        shape["awaits"] = "author"
    seen = copy(comment)
    seen.html = shape["html"]
    if comment.status != Status.DELETED:
        seen.status = Status.PUBLISHED
    shape["fragment"] = comment_fragment(seen, comment.author).decode()
    return shape


def own_json(comment: Comment) -> bytes:
    """The same as JSON; of a comment that everybody sees it is joined of what was just stored."""
    if comment.status != Status.PUBLISHED or comment.told:
        return orjson.dumps(own_shape(comment))
    stored = bytes(comment.shape)[:-1], orjson.dumps(bytes(comment.fragment).decode())
    return b'{"thread":"%s","replies":%d,"seq":%d,%s,"fragment":%s}' % (
        comment.thread.public_id.encode(),
        comment.replies,
        comment.seq,
        *stored,
    )


def author_shape(face: Face, kind: str, badge: str) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": ids.public(face.id),
        "name": face.name,
        "avatar": face.picture,
        "kind": "user" if kind in {AuthorKind.USER, AuthorKind.SSO} else "guest",
        "badges": [badge] if badge else [],
    }
    if face.profile:
        shape["profile"] = face.profile
    if face.site_profile:
        shape["site_profile"] = face.site_profile
    return shape


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _own_facts(comment: Comment, author: Author) -> dict[str, Any]:
    """What the comment's own row says of it, and who wrote it."""
    shape: dict[str, Any] = {
        "id": comment.public_id,
        "parent": None if comment.parent_id is None else ids.public(comment.parent_id),
        "root": ids.public(comment.root_id),
        "depth": comment.depth,
        "created": rfc3339(comment.created),
        "revision": comment.revision,
        "status": comment.status,
        "score": comment.up - comment.down,
        "up": comment.up,
        "down": comment.down,
        "author": author_shape(face_of(author, comment.forum_id), author.kind, comment.badge),
        "html": comment.html,
    }
    if comment.edited is not None:
        shape["edited"] = rfc3339(comment.edited)
    return shape


def _tombstone(shape: dict[str, Any]) -> dict[str, Any]:
    """Why it went (spam, rejected) is nobody's business: readers see one word."""
    for private in ("author", "html", "edited"):
        shape.pop(private, None)
    shape.update(status=Status.DELETED.value, score=0, up=0, down=0)
    return shape
