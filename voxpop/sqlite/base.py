"""SQLite as Django has it, but for how a transaction waits for its turn to write.

There is one writer at a time, and SQLite's own way to wait for it sleeps longer each time it
finds the door shut: 1, 2, 5, 10 … 100 ms, where a transaction of ours takes one. With two who
write, most of the time nobody did. Here whoever waits looks again three thousand times a second.
"""

import select
import sqlite3
import time
from typing import Any

from django.db.backends.sqlite3 import base

LOOKS_AGAIN_AFTER = 0.0003  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions begin as soon as the one before them has ended."""

    def _start_transaction_under_autocommit(self) -> None:
        driver: Any = self.connection
        patience = self.settings_dict["OPTIONS"]["timeout"]
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            until = time.monotonic() + patience
            with self.wrap_database_errors:
                while not _began(driver, is_last_look=time.monotonic() >= until):
                    # Not time.sleep: it names the instant at which to wake, which libfaketime
                    # refuses (EINVAL) to a process whose clock the auditor has set back.
                    select.select([], [], [], LOOKS_AGAIN_AFTER)
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")


def _began(driver: sqlite3.Connection, *, is_last_look: bool) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_last_look or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
