"""Why a request reached Django although an edge node stands in front: the figure it is judged on.

The node says what it knows (`Voxpop-Why`): viewer, writer, floor, lease, or `shared` for a
shared address that it did not have. Of those we tell the reason, by what the last fetch of the
same node for the same address was like. Every request has exactly one reason (docs/metrics.md):

first    this node has never fetched this address
changed  the bytes are others than the last time: the one fetch that nothing could save
purged   a key of it was purged since, and yet the bytes are the same
fenced   the same, but the purge fell into the last fetch, so that it could not be trusted
expired  its time was up, and the bytes are the same
evicted  the node should still have it: no room, a restart, or the operator made it forget
error    the answer is a refusal or an unknown thing, which is kept for moments only
"""

import hashlib
import logging
import mmap
import os
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from voxpop.edge.counters import PRIVATE, REQUESTS, counters
from voxpop.edge.fence import BUCKETS, bucket

logger = logging.getLogger(__name__)

# What only an operator or a probe asks for is nobody's request.
UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
# The holder's own look, on behalf of all who wait at a place: theirs are the requests.
INNER = "inner"
TOLD = frozenset({"viewer", "writer", "floor", "lease"})
# A node takes up to 5 % off a long time to live, so that copies do not all expire at once.
SHAVED = 0.95
# Between our clock and the node's lies the way of a request: a purge so near a fetch fell into it.
WAY = 0.005

# Addresses and keys that are remembered, in sets of four: who has waited longest makes room. An
# address that was forgotten is told as `first` again, a key as `expired` or `evicted`. With as
# many addresses as there is room for, a fifth is forgotten; with half as many, four in a hundred.
WAYS = 4
ADDRESS_SETS = 1 << 16
KEY_SETS = 1 << 13


@dataclass(frozen=True, slots=True)
class Fetch:
    """One fetch of an address by a node: monotonic seconds, and the seconds it might be kept."""

    version: int
    began: float
    ended: float
    ttl: float


class Memory:
    """A file of fixed size that all processes of a data folder have mapped.

    Nobody locks it: two who write to one set at the same moment may cost one wrong reason. Times
    are the machine's monotonic ones, which all its processes share and no clock change moves;
    what was written before the machine was started anew lies in the future and counts as unknown.
    """

    _FETCH = struct.Struct("=QQddd")
    _FETCHES = struct.Struct("=" + "QQddd" * WAYS)
    _KEY = struct.Struct("=Qd")
    _KEYS = struct.Struct("=" + "Qd" * WAYS)
    _BUCKET = struct.Struct("=d")
    _KEYS_AT = ADDRESS_SETS * _FETCHES.size
    _BUCKETS_AT = _KEYS_AT + KEY_SETS * _KEYS.size
    SIZE = _BUCKETS_AT + BUCKETS * _BUCKET.size

    def __init__(self, file: Callable[[], Path]) -> None:
        self._file = file

    def exchange(self, address: int, fetch: Fetch) -> Fetch | None:
        """Remember this fetch of an address; answers the one before it."""
        start = address % ADDRESS_SETS * self._FETCHES.size
        fields = self._FETCHES.unpack_from(self._mapped, start)
        known = fields[::5]
        if address in known:
            way = known.index(address)
            _, version, began, ended, ttl = fields[5 * way : 5 * way + 5]
            before = Fetch(version, began, ended, ttl) if ended <= fetch.ended else None
        else:
            way = min(range(WAYS), key=lambda each: fields[5 * each + 3])
            before = None
        self._FETCH.pack_into(
            self._mapped,
            start + way * self._FETCH.size,
            address,
            fetch.version,
            fetch.began,
            fetch.ended,
            fetch.ttl,
        )
        return before

    def purged(self, key: str, now: float) -> None:
        """Remember that a key is being purged."""
        name = number_of(key)
        start = self._KEYS_AT + name % KEY_SETS * self._KEYS.size
        fields = self._KEYS.unpack_from(self._mapped, start)
        known = fields[::2]
        way = known.index(name) if name in known else fields[1::2].index(min(fields[1::2]))
        self._KEY.pack_into(self._mapped, start + way * self._KEY.size, name, now)
        self._BUCKET.pack_into(self._mapped, self._BUCKETS_AT + bucket(key) * 8, now)

    def last_purge(self, key: str) -> float:
        """When a key was purged last; 0 for never."""
        name = number_of(key)
        start = self._KEYS_AT + name % KEY_SETS * self._KEYS.size
        fields = self._KEYS.unpack_from(self._mapped, start)
        known = fields[::2]
        return float(fields[2 * known.index(name) + 1]) if name in known else 0.0

    def last_purge_in(self, number: str) -> float:
        """When anything in a fence bucket (decimal) was purged last; 0 for never."""
        (time,) = self._BUCKET.unpack_from(self._mapped, self._BUCKETS_AT + int(number) * 8)
        return float(time)

    @cached_property
    def _mapped(self) -> mmap.mmap:
        try:
            return self._shared()
        except OSError as error:
            logger.warning("reasons are told from this process's own memory: %s", error)
            return mmap.mmap(-1, self.SIZE)

    def _shared(self) -> mmap.mmap:
        path = self._file()
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # On a full disk a page that has no place yet would end this process, not fail.
            os.posix_fallocate(file, 0, self.SIZE)
            return mmap.mmap(file, self.SIZE)
        finally:
            os.close(file)


# Another layout is another file: two versions of the program may run side by side for a moment.
memory = Memory(lambda: settings.DATA / "run" / f"why-{Memory.SIZE}")


def note_purged(keys: Iterable[str]) -> None:
    """Told by whoever purges, before the purge is sent."""
    now = time.monotonic()
    for key in keys:
        memory.purged(key, now)


def count_request(request: HttpRequest, response: HttpResponse, began: float) -> None:
    """Count one request that Django has answered; `began` is its start in monotonic seconds."""
    if request.path_info in UNCOUNTED:
        return
    node = request.META.get("HTTP_VOXPOP_NODE")
    surface = getattr(response, "shared_surface", PRIVATE)
    if node is None:
        count_direct(surface)
        return
    told = request.META.get("HTTP_VOXPOP_WHY", "")
    address = f"{node} {request.META['PATH_INFO']}?{request.META['QUERY_STRING']}"
    count(address, told, surface, response.status_code, response.headers, began)


def count_shared(
    surface: str,
    node: str | None,
    told: str,
    address: str,
    status: int,
    headers: list[tuple[str, str]],
    began: float,
) -> None:
    """The same for a shared answer that was made without a request (edge/front.py)."""
    if told == INNER:
        return
    if node is None:
        count_direct(surface)
    else:
        count(f"{node} {address}", told, surface, status, dict(headers), began)


def count_direct(surface: str) -> None:
    """Count one request that came past the edge."""
    counters.count(REQUESTS, "direct", surface)


def count(
    address: str, told: str, surface: str, status: int, headers: Mapping[str, str], began: float
) -> None:
    """Count one request of a node: its name and the address it asked for, and what it was told."""
    if surface == PRIVATE and told in {"viewer", "writer"}:
        reason = told
    elif surface == PRIVATE:
        reason = "error" if status >= 400 else "viewer"
    elif status >= 400:
        reason = "error"
    else:
        reason = reason_of(address, headers, began, time.monotonic(), is_tail=surface == "tail")
        reason = told if told in TOLD else reason
    counters.count(REQUESTS, reason, surface)


def reason_of(
    address: str, headers: Mapping[str, str], began: float, now: float, *, is_tail: bool = False
) -> str:
    """Why a node asks for a shared address, by what its last fetch of it was like."""
    version = number_of(headers.get("ETag", "").removeprefix("W/"))
    fetch = Fetch(version, began, now, _max_age(headers))
    before = memory.exchange(number_of(address), fetch)
    if before is None:
        return "first"
    if before.version != fetch.version:
        return "changed"
    # A node lets a tail pass that only grew while it was fetched: it is a valid prefix.
    for number in () if is_tail else headers.get("Voxpop-Fence", "").split():
        if before.began - WAY <= memory.last_purge_in(number) <= before.ended + WAY:
            return "fenced"
    for key in headers.get("Surrogate-Key", "").split():
        if before.ended < memory.last_purge(key) <= now:
            return "purged"
    return "expired" if began - before.ended >= SHAVED * before.ttl else "evicted"


def number_of(text: str) -> int:
    """64 bits that stand for a text: of a million texts two are alike once in 37 million times."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _max_age(headers: Mapping[str, str]) -> float:
    first = headers.get("Surrogate-Control", "").partition(",")[0]
    return float(first.removeprefix("max-age=") or 0)
