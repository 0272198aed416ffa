"""Ids: made by the app, ordered by time, opaque outside.

A row's id is known before it is inserted, so that a comment's path can be written with it in
one statement, and survives an export to another server. 42 bits of milliseconds since 2000 and
21 random bits fit a signed 64-bit column until the year 2139.
"""

import hashlib
import secrets
import time

_EPOCH_MS = 946_684_800_000
_RANDOM_BITS = 21
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 13
LARGEST = 2**63 - 1


def new_id(at_ms: int | None = None) -> int:
    """A fresh id; `at_ms` (Unix milliseconds) places an imported row where it belongs in time."""
    milliseconds = (int(time.time() * 1000) if at_ms is None else at_ms) - _EPOCH_MS
    return (max(milliseconds, 0) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)


def public(number: int) -> str:
    """The opaque text of an id: 13 characters in an alphabet without look-alikes (Crockford)."""
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -5, -5))


def private(text: str) -> int | None:
    """The id behind a public text, or None when the text is not one."""
    if len(text) != _LENGTH:
        return None
    number = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number << 5 | value
    return number if number <= LARGEST else None


def digest_id(*parts: str) -> str:
    """A 20-letter id computed from its parts: the same parts always name the same thing."""
    number = int.from_bytes(
        hashlib.blake2b("\0".join(parts).encode(), digest_size=13).digest(), "big"
    )
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(0, 100, 5))
