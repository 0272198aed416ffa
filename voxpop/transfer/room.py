"""Room on the disk: an import leaves enough of it for those who comment meanwhile (SAFETY F13)."""

import shutil

from django.conf import settings
from django.db import connection

from voxpop.errors import Problem
from voxpop.transfer.stops import because

GIB = 1024**3
# What an import never takes: comments of a day, the log, the database's own journal.
KEPT_FREE = GIB // 4
# A comment becomes so many times what it was in the spool: its text and its HTML, a row, its
# indexes, and the journal that has it until it is in the file.
GROWTH = 6


def refuse_without_room(more: int = 0) -> None:
    """Raises Problem where so many bytes more would leave too little on the data folder's disk."""
    free = shutil.disk_usage(settings.DATA).free
    if free - more < KEPT_FREE:
        needed = f"{(more + KEPT_FREE) / GIB:.1f}"
        raise Problem("unavailable", because("room", free=f"{free / GIB:.1f}", needed=needed))


def refuse_what_does_not_fit(spooled: int, share: float) -> None:
    """Raises Problem where that share of the spool's bytes has no room as comments.

    Of another server's disk nothing is known here.
    """
    if connection.vendor == "sqlite":
        refuse_without_room(int(spooled * share * GROWTH))
