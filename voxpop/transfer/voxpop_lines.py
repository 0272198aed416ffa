"""Reads our own export: JSON lines, whole or not at all, and believed no more than any file."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from voxpop import ids
from voxpop.errors import Problem
from voxpop.threads.models import FlagReason, Status
from voxpop.transfer.records import (
    ImportedAuthor,
    ImportedComment,
    ImportedFlag,
    ImportedSettings,
    ImportedThread,
    ImportedVote,
    Record,
    page_address,
)

LONGEST_LINE = 4 * 1024**2
BADGES = {"", "moderator", "owner"}


def read_voxpop(stream: Iterable[bytes]) -> Iterator[Record]:
    """Every record of the export; Problem("invalid") when it is damaged, changed or cut off."""
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    settings: dict[str, Any] = {"sites": []}
    has_votes = False
    for line in _lines(stream):
        row = _row(line)
        kind = str(row.get("type"))
        if kind == "end":
            if row.get("sha256") != digest.hexdigest() or row.get("counts") != dict(counts):
                raise Problem("invalid", "This export was changed after it was made.")
            yield ImportedSettings({**settings, "votes": has_votes})
            return
        if not counts and row.get("voxpop_export") != 1:
            raise Problem("invalid", "This is not an export of Voxpop that we can read.")
        digest.update(line)
        counts[kind] += 1
        if kind == "header":
            has_votes = row.get("votes") is True
        elif kind == "forum":
            settings.update(row)
        elif kind == "site":
            settings["sites"].append(str(row.get("origin")))
        elif kind in _READERS:
            yield _READERS[kind](_Row(row))
    raise Problem("invalid", "This export is cut off: its last line is missing.")


def _lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            raise Problem("invalid", "A line of this export is too long.")


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise Problem("invalid", "A line of this export is not a JSON object.")
    return row


class _Row:
    """One line's fields, each of the kind it has to be."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def text(self, name: str) -> str:
        value = self.row.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name)
        return value.replace("\0", "")

    def whole(self, name: str) -> int:
        value = self.row.get(name)
        if not isinstance(value, int) or not 0 <= value < 2**31:
            raise self._wrong(name)
        return value

    def switch(self, name: str) -> bool:
        return self.row.get(name) is True

    def time(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._wrong(name) from None
        return int(moment.replace(microsecond=0).timestamp()) * 10**6 + moment.microsecond

    def created(self, name: str = "created") -> int:
        moment = self.time(name)
        if moment is None:
            raise self._wrong(name)
        return moment

    def reason(self) -> FlagReason:
        try:
            return FlagReason(self.text("reason"))
        except ValueError:
            raise self._wrong("reason") from None

    def value(self) -> int:
        value = self.row.get("value")
        if type(value) is not int or value not in {1, -1}:
            raise self._wrong("value")
        return value

    def status(self) -> Status:
        try:
            return Status(self.text("status"))
        except ValueError:
            raise self._wrong("status") from None

    def rows(self, name: str) -> list["_Row"]:
        values = self.row.get(name)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self._wrong(name)
        return [_Row(value) for value in values]

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        values = self.row.get(name)
        if not isinstance(values, list):
            raise self._wrong(name)
        pairs = [tuple(value) for value in values if isinstance(value, list)]
        if any(
            len(pair) != 2 or pair[0] not in {"d", "i", "u"} or not isinstance(pair[1], str)
            for pair in pairs
        ):
            raise self._wrong(name)
        return tuple((str(kind), str(value)[:2000]) for kind, value in pairs)

    def _wrong(self, name: str) -> Problem:
        return Problem("invalid", f"A line of this export has no proper {name!r}.")


def _author(row: _Row) -> ImportedAuthor:
    return ImportedAuthor(
        key=row.text("key")[:200],
        name=row.text("name"),
        email=row.text("email"),
        is_guest=row.switch("guest"),
    )


def _thread(row: _Row) -> ImportedThread:
    return ImportedThread(
        key=row.text("id"),
        created=row.created(),
        aliases=row.pairs("aliases"),
        identifier=row.text("identifier")[:300],
        url=page_address(row.text("url"))[0],
        title=row.text("title"),
        is_closed=row.switch("locked"),
        more={
            "public_id": row.text("id"),
            "is_premoderated": row.switch("premoderated"),
            "pinned": row.text("pinned"),
        },
    )


def _comment(row: _Row) -> ImportedComment:
    badge = row.text("badge")
    return ImportedComment(
        key=row.text("id"),
        number=ids.private(row.text("id")),
        alias=row.text("alias")[:60],
        thread=row.text("thread"),
        parent=row.text("parent"),
        author=row.text("author")[:200],
        created=row.created(),
        status=row.status(),
        text=row.text("source"),
        more={
            "html": row.text("html"),
            "edited": row.time("edited"),
            "verdict": row.text("verdict")[:200],
            "badge": badge if badge in BADGES else "",
            "revision": row.whole("revision"),
            "up": row.whole("up"),
            "down": row.whole("down"),
            "flags": row.whole("flags") if "flags" in row.row else 0,
            "revisions": [_revision(each) for each in row.rows("revisions")],
        },
    )


def _vote(row: _Row) -> ImportedVote:
    return ImportedVote(
        comment=row.text("comment")[:60],
        author=row.text("author")[:200],
        value=row.value(),
        changed=row.created("changed"),
    )


def _flag(row: _Row) -> ImportedFlag:
    return ImportedFlag(
        comment=row.text("comment")[:60],
        author=row.text("author")[:200],
        reason=row.reason(),
        created=row.created(),
    )


def _revision(row: _Row) -> dict[str, Any]:
    return {
        "number": row.whole("number"),
        "created": row.created(),
        "status": row.status(),
        "verdict": row.text("verdict")[:200],
        "source": row.text("source"),
        "html": row.text("html"),
    }


_READERS: dict[str, Callable[[_Row], Record]] = {
    "author": _author,
    "thread": _thread,
    "comment": _comment,
    "vote": _vote,
    "flag": _flag,
}
