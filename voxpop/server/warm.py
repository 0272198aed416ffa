"""Warm answers: whole shared answers that are still exactly what would be made anew.

SQLite tells for the price of one look at shared memory whether anything at all was committed since
an answer was made; while nothing was, making it again would give the same bytes. Other databases
have no such sign: there it is the edge that keeps answers.
"""

import sqlite3
import time
from collections import OrderedDict
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from voxpop.edge.cached import Answer

# What an answer says of the time (closed after so many days, how quiet it is) is a second old then.
SECONDS = 1.0
# An answer's headers, its address and the table's entry.
OVERHEAD = 4096

Address = tuple[str, str, bool]


class Warm:
    """Lives in the event loop of a server process; bounded by SNAPSHOT_MEGABYTES."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Address, tuple[Answer, int, float]] = OrderedDict()
        self._size = 0
        self._most = settings.SNAPSHOT_MEGABYTES * 1024 * 1024
        self._database: sqlite3.Connection | None = None
        if connection.vendor == "sqlite" and self._most:
            self._database = _opened(connection.settings_dict["NAME"])

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()

    def moment(self) -> int | None:
        """A number that changes with every commit; None where nothing can be kept.

        A locked or damaged file tells nothing. Whoever makes the answer anew words the refusal.
        """
        if self._database is None:
            return None
        try:
            number: int = self._database.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return number

    def answer(self, address: Address) -> Answer | None:
        """The answer to this address, if nothing has been committed since it was made."""
        kept = self._answers.get(address)
        if kept is None:
            return None
        answer, moment, made = kept
        if time.monotonic() - made > SECONDS or moment != self.moment():
            self._drop(address)
            return None
        self._answers.move_to_end(address)
        return answer

    def keep(self, address: Address, answer: Answer, moment: int | None) -> Answer:
        """Keep what was made after `moment` was seen; returns it."""
        if moment is None or answer.status != 200 or not isinstance(answer.body, bytes):
            return answer
        self._drop(address)
        self._answers[address] = (answer, moment, time.monotonic())
        self._size += _cost(address, answer)
        while self._size > self._most:
            self._drop(next(iter(self._answers)))
        return answer

    def _drop(self, address: Address) -> None:
        kept = self._answers.pop(address, None)
        if kept is not None:
            self._size -= _cost(address, kept[0])


def _opened(name: Any) -> sqlite3.Connection | None:
    """Somebody who only looks, and in the event loop: he never waits for a lock."""
    try:
        return sqlite3.connect(
            f"file:{quote(str(name))}?mode=ro", uri=True, check_same_thread=False, timeout=0
        )
    except sqlite3.Error:
        return None


def _cost(address: Address, answer: Answer) -> int:
    """Bytes of memory, about: anybody can make up addresses whose answers are next to nothing."""
    assert isinstance(answer.body, bytes)
    return OVERHEAD + len(answer.body) + len(address[1])
