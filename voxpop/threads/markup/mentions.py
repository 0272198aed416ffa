"""@names: which of the authors that may be mentioned are."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from voxpop.names import LONGEST

# A comment that calls more names than this calls nobody else, and costs no more.
MOST_TRIED = 50

_AT = re.compile(r"(?<![\w@])@(?=\S)")


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
    place = 0
    for tried, at in enumerate(_AT.finditer(text)):
        if tried == MOST_TRIED:
            return
        if at.start() < place:
            continue
        for end in range(min(at.end() + LONGEST, len(text)), at.end(), -1):
            author = names.get(text[at.end() : end].casefold())
            if author and _is_end_of_word(text, end):
                yield Mention(at.start(), end, author)
                place = end
                break


def _is_end_of_word(text: str, end: int) -> bool:
    return not (text[end - 1].isalnum() and text[end : end + 1].isalnum())
