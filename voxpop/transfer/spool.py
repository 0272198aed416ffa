"""The spool: an import's own small SQLite file between the two passes over an export.

First everything is read into it, whatever order and state it comes in. Then it is arranged: threads
of one page become one group, replies find their parents, every comment gets its id and its path.
Then the forum is planted from it, parents first. So memory stays constant (SAFETY T30).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from voxpop.errors import Problem
from voxpop.transfer.records import (
    ImportedAuthor,
    ImportedBan,
    ImportedComment,
    ImportedDecision,
    ImportedFlag,
    ImportedSettings,
    ImportedThread,
    ImportedVote,
    Record,
    Skipped,
)
from voxpop.transfer.stops import because

_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -24576;
PRAGMA temp_store = FILE;
CREATE TABLE thread (
  n INTEGER PRIMARY KEY, key TEXT UNIQUE, created INTEGER, identifier TEXT, url TEXT, title TEXT,
  is_closed INTEGER, is_deleted INTEGER, more TEXT,
  page INTEGER  -- the n of the thread that stands for all threads of this page
);
CREATE INDEX thread_page ON thread (page);
CREATE TABLE name (n INTEGER PRIMARY KEY, thread INTEGER, kind TEXT, value TEXT);
CREATE INDEX name_thread ON name (thread);
CREATE TABLE page (n INTEGER PRIMARY KEY, thread_id INTEGER);
CREATE TABLE author (
  n INTEGER PRIMARY KEY, key TEXT UNIQUE, name TEXT, email TEXT, is_guest INTEGER,
  author_id INTEGER, user_id INTEGER,  -- user_id: of a moderator
  is_wanted INTEGER DEFAULT 0
);
CREATE TABLE comment (
  n INTEGER PRIMARY KEY, key TEXT UNIQUE, thread TEXT, parent TEXT, author TEXT, created INTEGER,
  status TEXT, text TEXT, more TEXT, alias TEXT, number INTEGER
);
CREATE TABLE vote (
  n INTEGER PRIMARY KEY, comment TEXT, author TEXT, value INTEGER, changed INTEGER,
  UNIQUE (comment, author)
);
CREATE TABLE flag (
  n INTEGER PRIMARY KEY, comment TEXT, author TEXT, reason TEXT, created INTEGER,
  UNIQUE (comment, author)
);
CREATE TABLE ban (
  n INTEGER PRIMARY KEY, key TEXT UNIQUE, author TEXT, network TEXT, reason TEXT, moderator TEXT,
  created INTEGER, ends INTEGER, lifted INTEGER, ban_id INTEGER, is_here INTEGER DEFAULT 0
);
CREATE TABLE decision (
  n INTEGER PRIMARY KEY, key TEXT UNIQUE, number INTEGER, verb TEXT, comment TEXT, thread TEXT,
  ban TEXT, moderator TEXT, reason TEXT, told TEXT, before TEXT, created INTEGER, undone INTEGER,
  undone_by TEXT, is_here INTEGER DEFAULT 0
);
CREATE INDEX decision_comment ON decision (comment);
CREATE TABLE tree (
  n INTEGER PRIMARY KEY, page INTEGER, key TEXT UNIQUE, parent TEXT, id INTEGER,
  parent_id INTEGER, path BLOB, step INTEGER,
  is_here INTEGER,  -- an earlier import brought it
  is_orphan INTEGER DEFAULT 0  -- its parent is not to be found
);
CREATE TABLE skipped (n INTEGER PRIMARY KEY, kind TEXT, key TEXT, place INTEGER, reason TEXT);
"""

# A file of nothing but damage fills no disk.
MOST_SKIPPED = 1_000_000
TWICE = "its id stands twice in the file"
ONCE = "its author and comment stand together once already"


class Spool:
    """One import's scratch database."""

    def __init__(self, file: Path) -> None:
        # What a killed run left behind is half a spool; the forum itself knows how far it got.
        file.unlink(missing_ok=True)
        self.file = file
        self._skipped = 0
        self.settings: dict[str, Any] = {}  # of the forum, where the file knows them
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.executescript(_SCHEMA)

    def remove(self) -> None:
        """The spool has done its work."""
        self.db.close()
        self.file.unlink(missing_ok=True)

    def count(self, rows: str) -> int:
        """How many rows a table has, or a table with a condition."""
        return int(self.db.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])  # noqa: S608

    def fill(self, records: Iterable[Record]) -> None:
        """Take every record in; of two with one id the first counts."""
        self.db.execute("BEGIN")
        for record in records:
            match record:
                case ImportedComment():
                    self._take_comment(record)
                case ImportedAuthor():
                    self._take_author(record)
                case ImportedVote():
                    self._take_vote(record)
                case ImportedFlag():
                    self._take_flag(record)
                case ImportedThread():
                    self._take_thread(record)
                case ImportedBan():
                    self._take_ban(record)
                case ImportedDecision():
                    self._take_decision(record)
                case ImportedSettings():
                    self.settings = record.values
                case Skipped():
                    self.skip(record)
        self.db.execute("COMMIT")

    def skip(self, record: Skipped) -> None:
        self._skipped += 1
        if self._skipped > MOST_SKIPPED:
            raise Problem("invalid", because("skipped", n=f"{MOST_SKIPPED:,}"))
        self.db.execute(
            "INSERT INTO skipped (kind, key, place, reason) VALUES (?, ?, ?, ?)",
            [record.kind, record.key, record.place, record.reason],
        )

    def skipped(self) -> Iterator[Skipped]:
        """Every record that is left out, in the order of the file."""
        for row in self.db.execute("SELECT kind, key, place, reason FROM skipped ORDER BY n"):
            yield Skipped(*row)

    def _take_comment(self, comment: ImportedComment) -> None:
        taken = self.db.execute(
            "INSERT OR IGNORE INTO comment (key, thread, parent, author, created, status, text,"
            " more, alias, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                comment.key,
                comment.thread,
                comment.parent,
                comment.author,
                comment.created,
                str(comment.status),
                comment.text,
                _packed(comment.more),
                comment.alias,
                comment.number,
            ],
        )
        if not taken.rowcount:
            self.skip(Skipped("post", comment.key, 0, TWICE))

    def _take_author(self, author: ImportedAuthor) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO author (key, name, email, is_guest) VALUES (?, ?, ?, ?)",
            [author.key, author.name, author.email, author.is_guest],
        )

    def _take_vote(self, vote: ImportedVote) -> None:
        taken = self.db.execute(
            "INSERT OR IGNORE INTO vote (comment, author, value, changed) VALUES (?, ?, ?, ?)",
            [vote.comment, vote.author, vote.value, vote.changed],
        )
        if not taken.rowcount:
            self.skip(Skipped("vote", f"{vote.author} on {vote.comment}", 0, ONCE))

    def _take_flag(self, flag: ImportedFlag) -> None:
        taken = self.db.execute(
            "INSERT OR IGNORE INTO flag (comment, author, reason, created) VALUES (?, ?, ?, ?)",
            [flag.comment, flag.author, str(flag.reason), flag.created],
        )
        if not taken.rowcount:
            self.skip(Skipped("flag", f"{flag.author} on {flag.comment}", 0, ONCE))

    def _take_ban(self, ban: ImportedBan) -> None:
        taken = self.db.execute(
            "INSERT OR IGNORE INTO ban (key, author, network, reason, moderator, created, ends,"
            " lifted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                ban.key,
                ban.author,
                ban.network,
                ban.reason,
                ban.by,
                ban.created,
                ban.ends,
                ban.lifted,
            ],
        )
        if not taken.rowcount:
            self.skip(Skipped("ban", ban.key, 0, TWICE))

    def _take_decision(self, decision: ImportedDecision) -> None:
        taken = self.db.execute(
            "INSERT OR IGNORE INTO decision (key, number, verb, comment, thread, ban, moderator,"
            " reason, told, before, created, undone, undone_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                decision.key,
                decision.number,
                str(decision.verb),
                decision.comment,
                decision.thread,
                decision.ban,
                decision.by,
                decision.reason,
                decision.told,
                orjson.dumps(decision.before).decode(),
                decision.created,
                decision.undone,
                decision.undone_by,
            ],
        )
        if not taken.rowcount:
            self.skip(Skipped("decision", decision.key, 0, TWICE))

    def _take_thread(self, thread: ImportedThread) -> None:
        taken = self.db.execute(
            "INSERT OR IGNORE INTO thread (key, created, identifier, url, title, is_closed,"
            " is_deleted, more) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                thread.key,
                thread.created,
                thread.identifier,
                thread.url,
                thread.title,
                thread.is_closed,
                thread.is_deleted,
                _packed(thread.more),
            ],
        )
        if not taken.rowcount:
            self.skip(Skipped("thread", thread.key, 0, TWICE))
            return
        self.db.executemany(
            "INSERT INTO name (thread, kind, value) VALUES (?, ?, ?)",
            [(taken.lastrowid, kind, value) for kind, value in thread.aliases],
        )


def _packed(more: dict[str, Any]) -> str:
    return orjson.dumps(more).decode() if more else ""
