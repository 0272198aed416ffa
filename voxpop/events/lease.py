"""An office that only one of several workers may have: that of the purger and of what is periodic.

On SQLite all workers are on one machine, and a lock on a file ends with the process that had it;
it writes nothing, so that what was made from the database stays warm. On PostgreSQL they may be
anywhere: a row says who has it and until when, by the database's clock alone. An end further ahead
than anybody can have written it is none: that clock was set back since (decision 0241).
"""

import fcntl
import secrets
from datetime import timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from voxpop.events import models

# A holder that hangs or is gone has lost it after this time.
SECONDS = 10.0


class Lease(Protocol):
    """What both kinds can."""

    def hold(self) -> bool:
        """Take it or keep it: true while it is ours. To be asked several times in `SECONDS`."""
        ...

    def let_go(self) -> None:
        """It is anybody's at once."""
        ...


def lease_for(name: str) -> Lease:
    """The lease of this name among all workers of the deployment."""
    if connection.vendor == "sqlite":
        return FileLease(settings.DATA / f"{name}.lock")
    return RowLease(name)


class FileLease:
    """For the processes of one machine. Whoever hangs keeps it: SQLite's own lock is no better."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._file: TextIOWrapper | None = None

    def hold(self) -> bool:
        """True from the moment nobody else has it."""
        if self._file is not None:
            return True
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def let_go(self) -> None:
        """Closing the file unlocks it."""
        if self._file is not None:
            self._file.close()
            self._file = None


class RowLease:
    """For workers on several machines, whose clocks may differ."""

    def __init__(self, name: str, seconds: float = SECONDS) -> None:
        self._name = name
        self._holder = secrets.token_hex(8)
        self._length = timedelta(seconds=seconds)

    def hold(self) -> bool:
        """Prolong ours, or take one that has ended. Raises DatabaseError when nobody knows."""
        until = Now() + self._length
        # Twice: who waited for another's row looks at it by the time at which he began to wait.
        is_over = Q(until__lt=Now()) | Q(until__gt=Now() + 2 * self._length)
        rows = models.Lease.objects.filter(name=self._name)
        if rows.filter(Q(holder=self._holder) | is_over).update(holder=self._holder, until=until):
            return True
        first = models.Lease(name=self._name, holder=self._holder, until=until)
        models.Lease.objects.bulk_create([first], ignore_conflicts=True)
        return rows.filter(holder=self._holder).exists()

    def let_go(self) -> None:
        """Take the row away, if it is still ours."""
        models.Lease.objects.filter(name=self._name, holder=self._holder).delete()
