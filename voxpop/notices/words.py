"""The words of mails, pushes and their pages, in the forum's language where we have them."""

from pathlib import Path

from voxpop.threads import labels
from voxpop.words import files

_FOLDER = Path(__file__).parent / "languages"


def words(language: str) -> dict[str, str]:
    """Every word; English where a language has none."""
    return files.read(_FOLDER, worded_in(language))


def languages() -> frozenset[str]:
    """The languages there are words in."""
    return files.languages(_FOLDER)


def worded_in(wanted: str) -> str:
    """The language in which `words` really are: it says how the whole is written and read aloud."""
    language = labels.language_of(wanted)
    return language if language in languages() else "en"
