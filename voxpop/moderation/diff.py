"""What an edit changes, word by word, for a moderator's eye."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

# Finding the best match is cubic at worst (SAFETY T32): longer texts are shown one after the
# other, and words that fill a text ("autojunk") are not matched on, but carried along.
MOST_WORDS = 600
_WORDS = re.compile(r"\s+|\S+\s*")


class Piece(NamedTuple):
    """`kind` is "same", "added" or "gone"."""

    kind: str
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The pieces that make `after` (same and added) and `before` (same and gone)."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return _pieces([("gone", before), ("added", after)])
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
        else:
            found += [("gone", "".join(old[a:b])), ("added", "".join(new[c:d]))]
    return _pieces(found)


def _pieces(found: list[tuple[str, str]]) -> list[Piece]:
    return [Piece(kind, text) for kind, text in found if text]
