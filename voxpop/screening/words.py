"""A forum's word list: one word or phrase a line, `*` for any letters, `#` for a remark.

Text and list are folded alike: case, look of width, punctuation and runs of spaces do not count.
Matched by RE2, in time linear in the text whatever the list says (SAFETY T32).
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from voxpop.plaintext import visible

LONGEST_WORD = 100
MOST_WORDS = 5000
# So many fit RE2's memory whatever they are; a longer list is several patterns.
_WORDS_PER_PATTERN = 200

# These are written without spaces: a word of them has no edges to look for.
_UNSPACED = re2.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)


def find_word(word_list: str, text: str) -> str | None:
    """The first thing in the text that the list names, or None."""
    if not word_list:
        return None
    folded = f" {_fold(text)} "
    for pattern in _patterns(word_list):
        found = pattern.search(folded)
        if found:
            return str(found.group()).strip()
    return None


def read_words(word_list: str) -> list[str]:
    """The words of a list as they are compared, without remarks and lone wildcards."""
    lines = (line.strip()[:LONGEST_WORD] for line in word_list.splitlines())
    words = {_fold(line, kept="*") for line in lines if not line.startswith("#")}
    return sorted(word for word in words if word.strip("* "))[:MOST_WORDS]


@lru_cache(maxsize=256)
def _patterns(word_list: str) -> tuple[Any, ...]:
    return tuple(_compile(read_words(word_list)))


def _compile(words: list[str]) -> Iterator[Any]:
    for start in range(0, len(words), _WORDS_PER_PATTERN):
        some = words[start : start + _WORDS_PER_PATTERN]
        yield re2.compile("|".join(_expression(word) for word in some))


def _expression(word: str) -> str:
    body = "[^ ]*".join(re2.escape(part) for part in word.split("*"))
    return body if _UNSPACED.search(word) else f" {body} "


def _fold(text: str, kept: str = "") -> str:
    """Lower-case words with one space between them, whatever stood there."""
    folded = unicodedata.normalize("NFKC", visible(text)).casefold()
    spaced = (
        letter if letter in kept or unicodedata.category(letter)[0] in "LMNS" else " "
        for letter in folded
    )
    return " ".join("".join(spaced).split())
