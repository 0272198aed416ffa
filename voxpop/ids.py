"""Ids: made by the app, ordered by time, opaque outside.

A row's id is known before it is inserted, so that a comment's path can be written with it in
one statement, and survives an export to another server. 42 bits of milliseconds since 2000 and
21 random bits fit a signed 64-bit column until the year 2139.
"""

import hashlib
import secrets
import threading
import time

_EPOCH_MS = 946_684_800_000
_RANDOM_BITS = 21
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Two letters at a time: a page or an overlay has hundreds of them.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 13
LARGEST = 2**63 - 1


def id_at(ms: int) -> int:
    """An id of this moment (Unix milliseconds): what is older has a smaller one."""
    return (max(ms - _EPOCH_MS, 0) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)


def moment(number: int) -> int:
    """When this id was made, or the row that it was made for: Unix milliseconds."""
    return (number >> _RANDOM_BITS) + _EPOCH_MS


def first_id_at(ms: int) -> int:
    """The smallest id of this moment: rows of a span of time are a range of ids."""
    return max(ms - _EPOCH_MS, 0) << _RANDOM_BITS


class Rising:
    """Ids for rows that come in the order of their time: each is larger than the one before.

    Chance alone is not enough: of ten thousand authors made within a fifth of a second two had
    the same id.
    """

    def __init__(self) -> None:
        self._last = -1
        self._lock = threading.Lock()

    def next(self, ms: int) -> int:
        """The id of a row made at `ms` (Unix milliseconds), which is not before the last one's."""
        with self._lock:
            self._last = max(id_at(ms), self._last + 1)
            return self._last


_here = Rising()


def new_id() -> int:
    """A fresh id, never made before by this process; by another one in the same millisecond only
    with a chance of one in two million."""
    return _here.next(int(time.time() * 1000))


def public(number: int) -> str:
    """The opaque text of an id: 13 characters in an alphabet without look-alikes (Crockford)."""
    two = _PAIRS
    return (
        f"{_ALPHABET[number >> 60 & 31]}{two[number >> 50 & 1023]}{two[number >> 40 & 1023]}"
        f"{two[number >> 30 & 1023]}{two[number >> 20 & 1023]}{two[number >> 10 & 1023]}"
        f"{two[number & 1023]}"
    )


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
