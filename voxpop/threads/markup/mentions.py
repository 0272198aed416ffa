"""@names: which of the authors that may be mentioned are."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from voxpop.names import LONGEST

# A comment that calls more names than this calls nobody, and costs no more.
MOST_TRIED = 50

_AT = re.compile(r"(?<![\w@])@(?=\w)")
_WORD_END = re.compile(r"(?<=\w)(?!\w)")


class Mention(NamedTuple):
    start: int
    end: int
    author: str


def may_mention(source: str) -> bool:
    """Whether looking up names is worth a query."""
    return "@" in source


def find_mentions(text: str, names: Mapping[str, str]) -> Iterator[Mention]:
    """The mentions of known names in running text: the longest name wins."""
    if not names or "@" not in text:
        return
    for tried, at in enumerate(_AT.finditer(text)):
        if tried == MOST_TRIED:
            return
        start = at.end()
        ends = [found.end() for found in _WORD_END.finditer(text, start, start + LONGEST + 1)]
        for end in reversed(ends):
            author = names.get(text[start:end].casefold())
            if author:
                yield Mention(at.start(), end, author)
                break
