"""The words of mails, pushes and their pages, in every language of the embed.

A word with plural forms is an object keyed by the categories of `Intl.PluralRules`, as in the
embed's files.
"""

from pathlib import Path
from typing import Any

from voxpop.words.files import read
from voxpop.words.plurals import category

FOLDER = Path(__file__).parent / "languages"


def words(language: str) -> dict[str, Any]:
    """Every word of a language."""
    return read(FOLDER, language)


def counted(key: str, language: str, n: int, **told: str) -> str:
    """A word in the form that the number takes."""
    form: str = words(language)[key][category(language, n)]
    return form.format(n=n, **told)
