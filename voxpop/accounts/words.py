"""The words of the pages on which one signs in and up, one file a language: `languages/CODE.json`.

A word may hold markup of ours. allauth's and Django's own words come from their catalogues.
"""

import json
from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

_FOLDER = Path(__file__).parent / "languages"


@cache
def words(language: str) -> dict[str, str]:
    """Every word of a language."""
    found: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


@cache
def languages() -> frozenset[str]:
    """The languages there are words in."""
    return frozenset(file.stem for file in _FOLDER.glob("*.json"))


def known(wanted: str | None) -> str | None:
    """The one of our languages that is wanted (`de-AT` is `de`); none is made up (SAFETY R23)."""
    base = (wanted or "").replace("_", "-").split("-")[0].lower()
    return base if base in languages() else None


def spoken() -> str:
    """The language in force, in which a page says whatever it says."""
    return known(get_language()) or "en"


def say(key: str, **told: object) -> SafeString:
    """A word in the language in force; what is told in it is escaped."""
    word = words(spoken())[key]
    return format_html(word, **told) if told else SafeString(word)
