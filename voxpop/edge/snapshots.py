"""Bodies of shared answers, kept under keys that name their content for good: (id, place, …).

A key is never used for other bytes, so nothing is ever invalidated; what is not asked for falls
out. In one process this is memory; several share a memcached behind the same two functions.
"""

import threading
from collections import OrderedDict

from django.conf import settings

_bodies: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()
_size = 0


def kept(key: str) -> bytes | None:
    """The body under this key, if it is still here."""
    with _lock:
        body = _bodies.get(key)
        if body is not None:
            _bodies.move_to_end(key)
    return body


def keep(key: str, body: bytes) -> bytes:
    """Keep the body, dropping what was asked for longest ago; returns it."""
    global _size
    with _lock:
        if key not in _bodies:
            _bodies[key] = body
            _size += len(body)
        while _size > settings.SNAPSHOT_MEGABYTES * 1024 * 1024:
            _, dropped = _bodies.popitem(last=False)
            _size -= len(dropped)
    return body


def forget_all() -> None:
    """Start empty: for measuring what a cold page costs."""
    global _size
    with _lock:
        _bodies.clear()
        _size = 0
