"""Bans and decisions: those about comments come with them, the others when all comments are in."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from voxpop import ids
from voxpop.forums.models import Forum
from voxpop.moderation.models import Decision
from voxpop.screening.models import Ban
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.plant.comments import Row
from voxpop.transfer.records import moment
from voxpop.transfer.spool import Spool


class _Said(NamedTuple):
    """A decision as the spool has it, with what it is about in the forum."""

    number: int | None
    verb: str
    comment: int | None
    thread: int | None
    ban: int | None
    by: int | None
    reason: str
    told: str
    before: str
    created: int
    undone: int | None
    undone_by: int | None
    flags: int  # that the file has on its comment


_DECISIONS = """
SELECT d.number, d.verb, c.id, p.thread_id, b.ban_id, m.user_id, d.reason, d.told, d.before,
  d.created, d.undone, u.user_id, (SELECT count(*) FROM flag f WHERE f.comment = d.comment)
FROM decision d LEFT JOIN tree c ON c.key = d.comment
  LEFT JOIN thread t ON t.key = d.thread LEFT JOIN page p ON p.n = t.page
  LEFT JOIN ban b ON b.key = d.ban
  LEFT JOIN author m ON m.key = d.moderator LEFT JOIN author u ON u.key = d.undone_by
WHERE NOT d.is_here AND
"""


def plant_bans(spool: Spool, forum: Forum) -> None:
    """The bans that the forum does not have, on the authors that the file has brought."""
    rows = spool.db.execute(
        "SELECT b.n, a.author_id, b.network, b.reason, m.user_id, b.created, b.ends, b.lifted"
        " FROM ban b LEFT JOIN author a ON a.key = b.author"
        " LEFT JOIN author m ON m.key = b.moderator WHERE NOT b.is_here ORDER BY b.n"
    ).fetchall()
    for chunk in in_chunks(rows):
        bans = [
            Ban(
                forum=forum,
                author_id=author,
                address=network,
                reason=reason,
                by_id=by,
                created=moment(created),
                ends=None if ends is None else moment(ends),
                lifted=None if lifted is None else moment(lifted),
            )
            for _, author, network, reason, by, created, ends, lifted in chunk
        ]
        Ban.objects.bulk_create(bans)
        spool.db.executemany(
            "UPDATE ban SET ban_id = ? WHERE n = ?",
            [(ban.id, row[0]) for ban, row in zip(bans, chunk, strict=True)],
        )


def plant_decisions_on(spool: Spool, forum: Forum, batch: list[Row], rising: ids.Rising) -> None:
    """Those about these comments, in the transaction that brings them."""
    for some in in_chunks(batch):
        marks = ",".join("?" * len(some))
        condition = f"d.thread = '' AND d.comment IN ({marks}) ORDER BY d.n"
        keys = [row.key for row in some]
        _plant(spool, forum, spool.db.execute(_DECISIONS + condition, keys).fetchall(), rising)


def plant_other_decisions(spool: Spool, forum: Forum, rising: ids.Rising) -> None:
    """Those about threads and bans."""
    condition = "(d.comment = '' OR d.thread != '') ORDER BY d.n"
    rows = spool.db.execute(_DECISIONS + condition).fetchall()
    for chunk in in_chunks(rows):
        with transaction.atomic():
            _plant(spool, forum, chunk, rising)


def _plant(spool: Spool, forum: Forum, rows: Iterable[Any], rising: ids.Rising) -> None:
    said = [_Said._make(row) for row in rows]
    numbers = [each.number for each in said if each.number]
    taken = set(Decision.objects.filter(id__in=numbers).values_list("id", flat=True))
    Decision.objects.bulk_create(
        Decision(
            id=number,
            forum=forum,
            verb=each.verb,
            comment_id=each.comment,
            thread_id=each.thread,
            ban_id=each.ban,
            by_id=each.by,
            reason=each.reason,
            told=each.told,
            before=_before(spool, each),
            created=moment(each.created),
            undone=None if each.undone is None else moment(each.undone),
            undone_by_id=each.undone_by,
        )
        for each, number in _numbered(said, taken, rising)
    )


def _numbered(
    said: list[_Said], taken: set[int], rising: ids.Rising
) -> Iterator[tuple[_Said, int]]:
    """Each with its own id where that is free: the desk lists decisions by their ids."""
    for each in said:
        is_free = each.number and each.number not in taken
        yield each, (each.number if is_free else rising.next(each.created // 1000)) or 0


def _before(spool: Spool, said: _Said) -> dict[str, Any]:
    """What undoing goes back to, in the forum's own numbers."""
    before: dict[str, Any] = orjson.loads(said.before)
    if "pinned" in before:
        row = spool.db.execute("SELECT id FROM tree WHERE key = ?", [before["pinned"]]).fetchone()
        before["pinned"] = row[0] if row else None
    if "flags" in before:
        # Undoing adds them again: never more than readers have raised.
        before["flags"] = min(before["flags"], said.flags)
    return before
