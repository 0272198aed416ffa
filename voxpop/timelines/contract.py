"""The store of timelines: entries per owner, newest first, and how far he has read. A contract.

An entry is named by an id of ours, which begins with its moment: the order of ids is the order of
time, one id is a place to go on from, and the same thing told twice is one entry. So every write
may come again, and whoever does not know whether it went through writes it again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from voxpop import ids

# Entries are forgotten so long after they were written; what they were about is kept elsewhere.
RETENTION = timedelta(days=395)


class OwnerKind(StrEnum):
    AUTHOR = "author"  # what he wrote
    FORUM = "forum"  # what was written in it
    INBOX = "inbox"  # what an author is told
    FEED = "feed"  # what those wrote whom an author follows


@dataclass(frozen=True)
class Owner:
    """Whose timeline it is."""

    kind: OwnerKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{ids.public(self.id)}"

    @classmethod
    def named(cls, name: str) -> "Owner":
        """Whose text this is; a ValueError where it is nobody's."""
        kind, _, public_id = name.partition(":")
        id = ids.private(public_id)
        if id is None:
            raise ValueError(f"no owner of a timeline: {name}")
        return cls(OwnerKind(kind), id)


@dataclass(frozen=True)
class Entry:
    """That something happened: of this kind, to the row with this id. Never its content."""

    id: int
    kind: str = "comment"


Placed = tuple[Owner, Entry]


class StoreAway(Exception):
    """The store cannot be asked now. Nothing is known of what was to be written: write it again."""


class Timelines(Protocol):
    """What every store can. Each method may raise StoreAway."""

    def append(self, placed: Iterable[Placed]) -> None:
        """Put entries into timelines, in any order; what is there already stays one entry."""

    def remove(self, placed: Iterable[Placed]) -> None:
        """Take entries out again; what is not there is no mistake."""

    def page(self, owner: Owner, *, after: int | None = None, limit: int) -> list[Entry]:
        """The newest entries, or the newest that are older than the id `after`."""

    def trim(self, owner: Owner, *, before: int) -> None:
        """Forget everything older than the id `before`."""

    def forget(self, owner: Owner) -> None:
        """Nothing is known of this owner any more: no entry, and not how far he has read."""

    def mark_read(self, owner: Owner, id: int) -> None:
        """He has read up to and with this entry. A mark never goes back."""

    def watermark(self, owner: Owner) -> int:
        """The newest entry that he has read; 0 before the first."""

    def watermarks(self, owners: Collection[Owner]) -> dict[Owner, int]:
        """The same of many at once; who has read nothing is not in it."""

    def unread(self, owner: Owner, *, at_most: int) -> int:
        """How many entries are newer than the watermark; `at_most` stands for so many or more."""


def month_of(id: int) -> int:
    """The month, in UTC, of an entry's moment: months since year 0."""
    moment = datetime.fromtimestamp(ids.moment(id) / 1000, UTC)
    return moment.year * 12 + moment.month - 1


def by_month(placed: Iterable[Placed]) -> dict[tuple[Owner, int], Sequence[Entry]]:
    """Entries by owner and month, each once."""
    found: dict[tuple[Owner, int], dict[int, Entry]] = {}
    for owner, entry in placed:
        found.setdefault((owner, month_of(entry.id)), {})[entry.id] = entry
    return {place: list(entries.values()) for place, entries in found.items()}
