"""Timelines on Cassandra: a partition per owner and month, a row per entry.

No counters, no lightweight transactions, no nulls. An entry's row is named by its id, so that a
write may be repeated; a watermark is one cell written at its entry's own moment, so that of two the
later one stays, in whatever order they come.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from voxpop import ids
from voxpop.cassandra import IN_THE_BACK, ON_THE_WAY, Away, Client
from voxpop.timelines.contract import Entry, Owner, Placed, StoreAway, by_month, month_of

APPEND = "INSERT INTO timeline (owner, month, id, kind) VALUES (?, ?, ?, ?)"
KNOW_MONTH = "INSERT INTO timeline_month (owner, month) VALUES (?, ?)"
REMOVE = "DELETE FROM timeline WHERE owner = ? AND month = ? AND id = ?"
MONTHS = "SELECT month FROM timeline_month WHERE owner = ? AND month <= ? LIMIT 1200"
PAGE = "SELECT id, kind FROM timeline WHERE owner = ? AND month = ? AND id < ? LIMIT ?"
TRIM_MONTH = "DELETE FROM timeline WHERE owner = ? AND month = ? AND id < ?"
FORGET_MONTH = "DELETE FROM timeline WHERE owner = ? AND month = ?"
FORGET_KNOWN = "DELETE FROM timeline_month WHERE owner = ? AND month = ?"
MARK = "UPDATE watermark USING TIMESTAMP ? SET id = ? WHERE owner = ?"
FORGET_MARK = "DELETE FROM watermark WHERE owner = ?"
WATERMARK = "SELECT id FROM watermark WHERE owner = ?"

AT_ONCE = 2000  # statements that are made before any is sent
TOGETHER = 100  # rows of one partition at most in one message
MESSAGES = 200  # that are made before any is sent
DAY = 86_400.0
MONTHS_REMEMBERED = 100_000

Parameters = tuple[object, ...]
Group = Sequence[tuple[str, Parameters]]  # rows of one partition


class WideTimelines:
    """On one keyspace. Each method may raise StoreAway."""

    def __init__(self, client: Client, patience: float = ON_THE_WAY) -> None:
        self._client = client
        self._patience = patience  # seconds for all that a reader's request asks
        # Which months this process has written down, and when: once a day is enough.
        self._known: dict[tuple[str, int], float] = {}

    def append(self, placed: Iterable[Placed]) -> None:
        now = time.monotonic()
        months = by_month(placed)
        new = [
            (str(owner), month)
            for owner, month in months
            if now - self._known.get((str(owner), month), -DAY) >= DAY
        ]
        # Known before it is filled: a page that asks in between finds a month with nothing in it.
        self._write((KNOW_MONTH, place) for place in new)
        self._write_together(
            [(APPEND, (str(owner), month, entry.id, entry.kind)) for entry in some]
            for (owner, month), entries in months.items()
            for some in batched(entries, TOGETHER)
        )
        if len(self._known) > MONTHS_REMEMBERED:
            self._known.clear()
        self._known.update(dict.fromkeys(new, now))

    def remove(self, placed: Iterable[Placed]) -> None:
        self._write(
            (REMOVE, (str(owner), month, entry.id))
            for (owner, month), entries in by_month(placed).items()
            for entry in entries
        )

    def page(self, owner: Owner, *, after: int | None = None, limit: int) -> list[Entry]:
        below = ids.LARGEST if after is None else after
        until = time.monotonic() + self._patience

        def of_month(month: int) -> tuple[str, Parameters]:
            return PAGE, (str(owner), month, below, limit)

        # Most pages begin in the month of their place, or in this one: it is read while his months
        # are. Then come one, two, four at once, since each question costs its way there and back.
        likely = min(month_of(below), month_of(ids.id_at(round(time.time() * 1000))))
        listed, rows = self._read_at_once(
            [(MONTHS, (str(owner), month_of(below))), of_month(likely)], until
        )
        left, read = [month for (month,) in listed], {likely: rows}
        found: list[Any] = []
        at_once = 1
        while left and len(found) < limit:
            some, left = left[:at_once], left[at_once:]
            missing = [month for month in some if month not in read]
            if missing:
                answers = self._read_at_once([of_month(month) for month in missing], until)
                read |= zip(missing, answers, strict=True)
            for month in some:
                found += read[month]
            at_once *= 2
        return [Entry(id, kind) for id, kind in found[:limit]]

    def trim(self, owner: Owner, *, before: int) -> None:
        last = month_of(before)
        until = time.monotonic() + IN_THE_BACK
        older = [month for (month,) in self._read(MONTHS, (str(owner), last), until)]
        self._write([(TRIM_MONTH, (str(owner), last, before))])
        for month in older:
            if month != last:
                self._write([(FORGET_MONTH, (str(owner), month))])
                # Only then: a month that is not known any more is never looked at.
                self._write([(FORGET_KNOWN, (str(owner), month))])
                self._known.pop((str(owner), month), None)

    def forget(self, owner: Owner) -> None:
        self.trim(owner, before=ids.LARGEST)
        self._write([(FORGET_MARK, (str(owner),))])

    def mark_read(self, owner: Owner, id: int) -> None:
        moment = ids.moment(id) * 1000  # of equal ones Cassandra keeps the larger value
        self._run([(MARK, (moment, id, str(owner)))], self._patience)

    def watermark(self, owner: Owner) -> int:
        rows = self._read(WATERMARK, (str(owner),), time.monotonic() + self._patience)
        return int(rows[0].id) if rows else 0

    def watermarks(self, owners: Collection[Owner]) -> dict[Owner, int]:
        asked = list(owners)
        found = self._run([(WATERMARK, (str(owner),)) for owner in asked], IN_THE_BACK)
        return {owner: int(rows[0].id) for owner, rows in zip(asked, found, strict=True) if rows}

    def unread(self, owner: Owner, *, at_most: int) -> int:
        seen = self.watermark(owner)
        return sum(entry.id > seen for entry in self.page(owner, limit=at_most))

    def _write(self, statements: Iterable[tuple[str, Parameters]]) -> None:
        for some in batched(statements, AT_ONCE):
            self._run(some, IN_THE_BACK)

    def _write_together(self, groups: Iterable[Group]) -> None:
        for some in batched(groups, MESSAGES):
            self._run_together(some, IN_THE_BACK)

    def _read(self, cql: str, parameters: Parameters, until: float) -> list[Any]:
        return self._read_at_once([(cql, parameters)], until)[0]

    def _read_at_once(
        self, statements: Sequence[tuple[str, Parameters]], until: float
    ) -> list[list[Any]]:
        return self._run(statements, max(until - time.monotonic(), 0.001))

    def _run(
        self, statements: Sequence[tuple[str, Parameters]], patience: float
    ) -> list[list[Any]]:
        return self._run_together([[one] for one in statements], patience)

    def _run_together(self, groups: Sequence[Group], patience: float) -> list[list[Any]]:
        try:
            return self._client.run_together(groups, patience)
        except Away as away:
            raise StoreAway(str(away)) from away


def batched(given: Iterable[Any], count: int) -> Iterator[list[Any]]:
    """Lists of so many, the last one of what is left."""
    left = iter(given)
    while some := list(islice(left, count)):
        yield some
