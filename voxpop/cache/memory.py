"""The cache of one process: memory, bounded by bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from voxpop.edge.counters import CACHE, counters

# An entry's key and its places in the tables.
OVERHEAD = 300


class Memory:
    """Drops what was asked for longest ago. `most` is asked each time: bytes, all in all."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._size = 0

    def get(self, key: str) -> bytes | None:
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
        counters.count(CACHE, "process", "miss" if body is None else "hit")
        return body

    def set(self, key: str, body: bytes) -> None:
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = body
                self._size += len(body) + OVERHEAD
            while self._size > self._most():
                _, dropped = self._bodies.popitem(last=False)
                self._size -= len(dropped) + OVERHEAD

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        found = ((key, self.get(key)) for key in keys)
        return {key: body for key, body in found if body is not None}

    def set_many(self, bodies: Mapping[str, bytes]) -> None:
        for key, body in bodies.items():
            self.set(key, body)

    def clear(self) -> None:
        with self._lock:
            self._bodies.clear()
            self._size = 0
