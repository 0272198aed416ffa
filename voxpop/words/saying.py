"""How a page says a word: in the language in force."""

from functools import cache
from pathlib import Path
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from voxpop.errors import Problem
from voxpop.words.files import read
from voxpop.words.languages import known
from voxpop.words.plurals import category

FOLDERS = [Path(__file__).parent / name for name in ("door", "home", "desk", "owner", "page")]


@cache
def words(language: str) -> dict[str, Any]:
    """Every word of a language."""
    return {key: word for folder in FOLDERS for key, word in read(folder, language).items()}


def spoken() -> str:
    """The language in force, in which a page says whatever it says."""
    return known(get_language()) or "en"


def say(key: str, **told: object) -> SafeString:
    """A word in the language in force; `n` chooses its plural form, and what is told in it is
    escaped."""
    language = spoken()
    word = words(language)[key]
    if isinstance(word, dict):
        word = word.get(category(language, int(str(told["n"]))), word["other"])
    if not told:
        return SafeString(word)
    return format_html(word, **{name: _written(value) for name, value in told.items()})


# For what is made before anybody asks, such as the label of a form's field.
say_lazily = lazy(say, SafeString)


def refusal(problem: Problem) -> str:
    """What a refusal says, in the language in force; a detail of its own is said already."""
    if problem.detail != problem.title:
        return problem.detail
    code = f"no_{problem.code}"
    return say(code if code in words("en") else "no_bad_request")


def _written(value: object) -> object:
    """Numbers as the language writes them."""
    return number_format(value, force_grouping=True) if isinstance(value, int) else value
