"""What one viewer alone sees of a thread: read for every signed-in reader of every page.

By statements of their own, since this is what a reader's page costs Django when all else was kept:
two, and two more for whoever has something that waits.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.edge.floor import LIFETIME
from voxpop.forums.models import Forum
from voxpop.forums.rules import may_moderate
from voxpop.rows import look_up, moment, part_of, select
from voxpop.threads import rules
from voxpop.threads.models import WAITING, Comment, Revision, Status
from voxpop.threads.shapes import own_shape, rfc3339

MOST_OWN = 200

_PLACE = """
SELECT t.id, t.seq, t.forum_id, f.edit_minutes, f.requires_second_factor, coalesce((
    SELECT m.role FROM forums_membership m WHERE m.forum_id = t.forum_id AND m.user_id = %s), '')
FROM threads_thread t JOIN forums_forum f ON f.id = t.forum_id WHERE t.public_id = %s
"""
# His comments, his votes (1 or -1) and reports (0). What waits comes before what is published; of
# what he wrote lately also that it is gone again.
_MINE = f"""
SELECT * FROM (SELECT c.id, c.status, c.created, EXISTS(
    SELECT 1 FROM threads_revision r WHERE r.comment_id = c.id AND r.status = 'held'),
    CAST(NULL AS smallint)
FROM threads_comment c WHERE c.author_id = %s AND c.thread_id = %s
    AND (c.status IN ('published', 'held', 'spam') OR c.id >= %s)
ORDER BY c.status = 'published', c.id DESC LIMIT {2 * MOST_OWN}) own
UNION ALL
SELECT v.comment_id, '', NULL, NULL, v.value
FROM threads_vote v JOIN threads_comment c ON c.id = v.comment_id
WHERE v.author_id = %s AND c.thread_id = %s
UNION ALL
SELECT f.comment_id, '', NULL, NULL, 0
FROM threads_flag f JOIN threads_comment c ON c.id = f.comment_id
WHERE f.author_id = %s AND c.thread_id = %s
"""  # noqa: S608


@dataclass(frozen=True)
class Place:
    """Where a viewer is: a thread, of its forum what decides about him, and his role there."""

    thread_id: int
    seq: int
    forum: Forum
    role: str


@dataclass(frozen=True)
class Mine:
    """What is his there, by the public ids of comments."""

    votes: dict[str, int] = field(default_factory=dict)
    held: list[dict[str, Any]] = field(default_factory=list)
    own: list[dict[str, str]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    powers: list[str] = field(default_factory=list)
    has_posted_lately: bool = False


def find_place(public_id: str, viewer: Author) -> Place | None:
    """The thread of this id; one query."""
    found = look_up(_PLACE, [viewer.user_id, public_id])
    for thread, seq, forum, minutes, requires, role in found:
        known = part_of(
            Forum, id=forum, edit_minutes=minutes, requires_second_factor=bool(requires)
        )
        return Place(thread, seq, known, role)
    return None


def read_mine(author: Author, place: Place) -> Mine:
    """All of it; one query."""
    since = ids.first_id_at(round((time.time() - LIFETIME) * 1000))
    his = [author.id, place.thread_id]
    found = select(_MINE, [*his, since, *his, *his])
    written = [row[:4] for row in found if row[4] is None]
    # A union has no order of its own.
    written.sort(key=lambda row: (row[1] == Status.PUBLISHED, -row[0]))
    marks = [(row[0], row[4]) for row in found if row[4] is not None]
    published = [row for row in written if row[1] == Status.PUBLISHED]
    return Mine(
        votes={ids.public(id): value for id, value in marks if value},
        flags=[ids.public(id) for id, value in marks if not value],
        held=_held(written),
        own=[_own(id, moment(created), place.forum) for id, _, created, _ in published[:MOST_OWN]],
        powers=["moderate"] if may_moderate(author.user, place.forum, role=place.role) else [],
        has_posted_lately=any(row[0] >= since for row in written),
    )


def _own(id: int, created: datetime, forum: Forum) -> dict[str, str]:
    return {"id": ids.public(id), "editable_until": rfc3339(rules.editable_until(created, forum))}


def _held(written: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """His comments that wait, oldest first, and his edits that do."""
    waiting = [id for id, status, _, _ in written if status in WAITING]
    edited = [id for id, status, _, waits in written if waits and status == Status.PUBLISHED]
    held = []
    if waiting:
        rows = Comment.objects.filter(id__in=waiting, status__in=WAITING)
        for comment in rows.select_related("author", "unproven").order_by("id")[:MOST_OWN]:
            comment.awaits_author = hasattr(comment, "unproven")
            held.append(own_shape(comment))
    if edited:
        edits = Revision.objects.filter(comment__in=edited, status=Status.HELD)
        for edit in edits.select_related("comment__author")[:MOST_OWN]:
            held.append(own_shape(edit.comment, pending=edit))
    return held
