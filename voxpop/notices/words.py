"""The words of mails, pushes and their pages, in the forum's language where we have them."""

import json
from functools import cache
from pathlib import Path

from voxpop.threads import labels

_LANGUAGES = Path(__file__).parent / "languages"


@cache
def words(language: str) -> dict[str, str]:
    """Every word; English where a language has none."""
    found: dict[str, str] = json.loads(
        (_LANGUAGES / f"{worded_in(language)}.json").read_text(encoding="utf-8")
    )
    return found


@cache
def languages() -> frozenset[str]:
    """The languages there are words in."""
    return frozenset(file.stem for file in _LANGUAGES.glob("*.json"))


def worded_in(wanted: str) -> str:
    """The language in which `words` really are: it says how the whole is written and read aloud."""
    language = labels.language_of(wanted)
    return language if language in languages() else "en"
