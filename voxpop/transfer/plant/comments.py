"""Comments in batches, each after what it answers."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads import log, markup, standing
from voxpop.threads.actions.vote import rank
from voxpop.threads.markup.sanitise import sanitise
from voxpop.threads.models import Comment, Revision, Status, Thread
from voxpop.transfer.plant.above import Above
from voxpop.transfer.records import moment
from voxpop.transfer.spool import Spool

BATCH = 1000
BATCH_BYTES = 4 * 1024**2
UNRENDERABLE = "Its text could not be rendered safely."


class Row(NamedTuple):
    """One comment as the spool has it, with its place in the forum."""

    id: int
    parent_id: int | None
    path: bytes
    thread_id: int
    author_id: int
    author_name: str
    created: int
    status: str
    text: str
    key: str
    alias: str
    number: int | None
    more: str
    up: int  # counted from the votes of the file
    down: int
    flags: int


_ROWS = """
SELECT t.id, t.parent_id, t.path, p.thread_id, a.author_id, a.name, c.created,
  CASE WHEN h.is_deleted AND c.status = 'published' THEN 'deleted' ELSE c.status END,
  c.text, c.key, c.alias, c.number, c.more,
  (SELECT count(*) FROM vote v WHERE v.comment = c.key AND v.value > 0),
  (SELECT count(*) FROM vote v WHERE v.comment = c.key AND v.value < 0),
  (SELECT count(*) FROM flag f WHERE f.comment = c.key)
FROM tree t JOIN page p ON p.n = t.page JOIN comment c ON c.n = t.n
  JOIN thread h ON h.key = c.thread JOIN author a ON a.key = c.author
WHERE NOT t.is_here ORDER BY t.page, t.path
"""


def batches(spool: Spool) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for values in spool.db.execute(_ROWS):
        row = Row(*values)
        batch.append(row)
        size += len(row.text) + len(row.more)
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def plant_comments(batch: list[Row], forum: Forum, has_votes: bool) -> list[Comment]:
    """The batch's rows; with `has_votes` their tallies are counted, not believed, but for those of
    an older file which did not say whose the votes were."""
    comments = {row.id: _new_comment(forum, row, has_votes) for row in batch}
    above = Above(comments)
    for comment in comments.values():
        if comment.status == Status.PUBLISHED:
            above.show(comment)
    _log_reset(comments)
    Comment.objects.bulk_create(comments.values())
    above.save()
    Revision.objects.bulk_create(
        (revision for row in batch if row.more for revision in _revisions(row)),
        ignore_conflicts=True,
    )
    return list(comments.values())


def _new_comment(forum: Forum, row: Row, has_votes: bool) -> Comment:
    more = orjson.loads(row.more) if row.more else {}
    comment = Comment(
        id=row.id,
        forum=forum,
        thread_id=row.thread_id,
        author_id=row.author_id,
        parent_id=row.parent_id,
        root_id=int.from_bytes(row.path[:8], "big"),
        depth=len(row.path) // 8 - 1,
        path=row.path,
        status=row.status,
        source=row.text,
        created=moment(row.created),
        imported_id=row.alias or (None if row.id == row.number else f"voxpop:{row.key}"),
        sanitizer=markup.SANITIZER,
    )
    if more:
        _add_own(comment, more)
        # Those that a moderator has answered are no longer counted; more than all wait never.
        comment.flags = min(more["flags"], row.flags)
    if has_votes and not (more.get("has_unnamed_votes") and not row.up + row.down):
        comment.up, comment.down = row.up, row.down
    comment.rank = rank(comment.up, comment.down)
    _render(comment, row.text, more.get("html"))
    comment.author = Author(id=row.author_id, name=row.author_name, kind=AuthorKind.IMPORTED)
    standing.dress(comment)
    return comment


def _render(comment: Comment, text: str, own_html: str | None) -> None:
    """Nobody's HTML is believed, our own export's neither (SAFETY R01)."""
    try:
        comment.html = markup.render_imported(text) if own_html is None else sanitise(own_html)
    except Problem as problem:
        comment.html = ""
        # It keeps its place for those who answered it, and its source for the moderator.
        if comment.status == Status.PUBLISHED:
            is_empty = problem.code == "source_empty"
            comment.status = Status.DELETED if is_empty else Status.REJECTED
            comment.verdict = "" if is_empty else UNRENDERABLE


def _add_own(comment: Comment, more: dict[str, Any]) -> None:
    """What only our own export knows of a comment."""
    comment.up, comment.down = more["up"], more["down"]
    comment.revision = more["revision"]
    comment.edited = moment(more["edited"]) if more["edited"] else None
    comment.verdict, comment.badge = more["verdict"], more["badge"]


def _revisions(row: Row) -> Iterator[Revision]:
    for said in orjson.loads(row.more)["revisions"]:
        yield Revision(
            comment_id=row.id,
            number=said["number"],
            source=said["source"],
            html=sanitise(said["html"]),
            created=moment(said["created"]),
            status=said["status"],
            verdict=said["verdict"],
        )


def _log_reset(comments: dict[int, Comment]) -> None:
    """One entry of each thread's log says that much has changed: open pages read it again."""
    by_thread: dict[int, list[Comment]] = {}
    for comment in comments.values():
        by_thread.setdefault(comment.thread_id, []).append(comment)
    for thread_id, its_comments in by_thread.items():
        published = [c for c in its_comments if c.status == Status.PUBLISHED]
        last = log.append(thread_id, ("reset", []), comments=len(published))
        for comment in its_comments:
            comment.seq = last
        if published:
            newest = max(comment.created for comment in published)
            Thread.objects.filter(id=thread_id).exclude(last_commented__gte=newest).update(
                last_commented=newest
            )
