"""The floor: after his own write a reader is never shown an older state of that thread.

The answer to a write carries a token that names the thread and the place its log has reached. For
a minute the reader sends it along, and a cache that holds an older answer fetches a new one. We
read nothing of it ourselves: what we answer comes from the database. It is signed and short-lived
so that nobody can make an edge node fetch by inventing places (SAFETY T23).
"""

import functools
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse

HEADER = "Voxpop-Floor"
LIFETIME = 60  # seconds; by then every purge has arrived, or the lease has run out
# A header has room for so many tokens; only a ban with removals moves more threads at once.
MOST = 8
_SIGNATURE = 32  # hex digits
_TOKEN = re.compile(r"([0-9a-z]{20})\.(\d{1,18})\.(\d{10,12})\.([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True)
class Floor:
    thread: str  # public id
    seq: int
    expires: int  # unix seconds


def token(thread: str, seq: int) -> str:
    """Proof that this thread's log has reached `seq`; good for LIFETIME seconds."""
    signed = f"{thread}.{seq}.{int(time.time()) + LIFETIME}"
    return f"{signed}.{_signature(signed)}"


def read(text: str) -> Floor | None:
    """The floor that a token names; None when it is malformed, forged, expired or too far ahead.

    The same reading as the edge node's (vcl/floor.vcl), here for tests and for `edge explain`.
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    thread, seq, expires, signature = found.groups()
    if not hmac.compare_digest(_signature(f"{thread}.{seq}.{expires}"), signature):
        return None
    if not 0 <= int(expires) - time.time() <= LIFETIME:
        return None
    return Floor(thread, int(seq), int(expires))


def raise_floor(response: HttpResponse, reached: Mapping[str, int]) -> None:
    """Tell the writer the places that he must not fall behind: thread (public id) → seq.

    A thread at place 0 has no log yet: nothing can be older.
    """
    tokens = [token(thread, seq) for thread, seq in reached.items() if seq]
    if tokens:
        response.headers[HEADER] = ", ".join(tokens[-MOST:])


def _signature(signed: str) -> str:
    root = settings.EDGE_SECRET or settings.SECRET_KEY
    digest = hmac.digest(_secret(root), signed.encode(), "sha256")
    return digest.hex()[:_SIGNATURE]


@functools.lru_cache(maxsize=2)
def _secret(root: str) -> bytes:
    """The key of the signatures as an edge node makes it from its one secret: hex digits."""
    return hmac.digest(root.encode(), b"floor", "sha256").hex().encode()
