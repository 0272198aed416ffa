"""The words of the embed's page and of its reader, one file a language: `languages/CODE.json`.

What begins with `page_` is for the server's template; all other words travel to the scripts, and a
word with plural forms is an object keyed by the categories of `Intl.PluralRules`. English stands in
for what a language lacks. The writing half brings its own (static/embed/write/words).
"""

from pathlib import Path
from typing import Any

from voxpop.words.files import read

_FOLDER = Path(__file__).parent / "languages"


def words(language: str) -> dict[str, Any]:
    """All words of a language."""
    return read(_FOLDER, language)


def page_words(language: str) -> dict[str, str]:
    """The template's words, without their `page_`."""
    return {
        key.removeprefix("page_"): word
        for key, word in words(language).items()
        if key.startswith("page_")
    }


def script_words(language: str) -> dict[str, Any]:
    """The words that travel to the scripts."""
    return {key: word for key, word in words(language).items() if not key.startswith("page_")}
