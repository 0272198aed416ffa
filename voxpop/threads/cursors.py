"""Cursors: opaque, signed, bound to one thread and sort, stable while comments arrive."""

import base64
import binascii
import functools
import hashlib
import hmac

from django.conf import settings

from voxpop.errors import Problem

_MAC = 9


def pack(scope: str, place: bytes) -> str:
    """The text that leads back to `place` within `scope`."""
    return base64.urlsafe_b64encode(_mac(scope, place) + place).decode().rstrip("=")


def unpack(scope: str, text: str) -> bytes:
    """The place behind a cursor of this scope. Raises Problem("bad_cursor")."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Problem("bad_cursor") from None
    mac, place = raw[:_MAC], raw[_MAC:]
    if not hmac.compare_digest(mac, _mac(scope, place)):
        raise Problem("bad_cursor")
    return place


def _mac(scope: str, place: bytes) -> bytes:
    return hashlib.blake2b(scope.encode() + b"\0" + place, key=_key(), digest_size=_MAC).digest()


@functools.cache
def _key() -> bytes:
    return hashlib.blake2b(f"cursor {settings.SECRET_KEY}".encode(), digest_size=32).digest()
