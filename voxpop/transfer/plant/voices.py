"""What readers said of a comment without a text: it comes with its comment or not at all.

In the transaction of its comment, so that a comment that is here already has all of it: whoever
imports the file again, or goes on after a kill, casts no vote in anybody's name.
"""

from collections.abc import Iterator
from typing import Any

from voxpop.threads.models import Flag, Vote
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.plant.comments import Row
from voxpop.transfer.records import moment
from voxpop.transfer.spool import Spool


def plant_voices(spool: Spool, batch: list[Row]) -> None:
    """The votes and flags on these comments, whose own rows count them already."""
    for rows in _on(spool, batch, "vote", "value, changed"):
        Vote.objects.bulk_create(
            Vote(comment_id=comment, author_id=author, value=value, changed=moment(changed))
            for comment, author, value, changed in rows
        )
    for rows in _on(spool, batch, "flag", "reason, s.created"):
        Flag.objects.bulk_create(
            Flag(comment_id=comment, author_id=author, reason=reason, created=moment(created))
            for comment, author, reason, created in rows
        )


def _on(spool: Spool, batch: list[Row], kind: str, columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a kind on these comments, in the order of the file and in chunks."""
    for some in in_chunks(batch):
        marks = ",".join("?" * len(some))
        yield from in_chunks(
            spool.db.execute(
                f"SELECT t.id, a.author_id, {columns} FROM {kind} s"  # noqa: S608
                " JOIN tree t ON t.key = s.comment"
                f" JOIN author a ON a.key = s.author WHERE s.comment IN ({marks}) ORDER BY s.n",
                [row.key for row in some],
            )
        )
