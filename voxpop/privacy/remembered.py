"""A restored database is told again who was erased (`ledger`)."""

from voxpop import ids, ledger
from voxpop.accounts.models import Author
from voxpop.privacy.erase import erase_rows
from voxpop.timelines.stored import StoredTimelines


def replay_erasure(line: ledger.Line) -> bool:
    """Erase again; whether the backup knew him still.

    In the database alone: where timelines lie elsewhere they are of no backup, and have forgotten
    him when he was erased.
    """
    author = Author.objects.filter(id=ids.private(line["subject"]) or 0).first()
    if author is None:
        return False
    knew_him = author.is_active
    erase_rows(author, keeps_text=line["keeps_text"], store=StoredTimelines())
    return knew_him
