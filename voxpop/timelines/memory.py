"""Timelines in this process's memory: for tests, and what the other stores are compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from voxpop.timelines.contract import Entry, Owner, Placed


class MemoryTimelines:
    """They go with the process."""

    def __init__(self) -> None:
        self._entries: dict[Owner, dict[int, Entry]] = defaultdict(dict)
        self._watermarks: dict[Owner, int] = {}

    def append(self, placed: Iterable[Placed]) -> None:
        for owner, entry in placed:
            self._entries[owner][entry.id] = entry

    def remove(self, placed: Iterable[Placed]) -> None:
        for owner, entry in placed:
            self._entries[owner].pop(entry.id, None)

    def page(self, owner: Owner, *, after: int | None = None, limit: int) -> list[Entry]:
        entries = sorted(self._entries[owner].values(), key=lambda entry: -entry.id)
        return [entry for entry in entries if after is None or entry.id < after][:limit]

    def trim(self, owner: Owner, *, before: int) -> None:
        for id in [id for id in self._entries[owner] if id < before]:
            del self._entries[owner][id]

    def forget(self, owner: Owner) -> None:
        self._entries.pop(owner, None)
        self._watermarks.pop(owner, None)

    def mark_read(self, owner: Owner, id: int) -> None:
        self._watermarks[owner] = max(id, self.watermark(owner))

    def watermark(self, owner: Owner) -> int:
        return self._watermarks.get(owner, 0)

    def watermarks(self, owners: Collection[Owner]) -> dict[Owner, int]:
        return {owner: self._watermarks[owner] for owner in owners if owner in self._watermarks}

    def unread(self, owner: Owner, *, at_most: int) -> int:
        seen = self.watermark(owner)
        return sum(entry.id > seen for entry in self.page(owner, limit=at_most))
