"""Every language says everything, with the same holes, in all its plural forms."""

import json
import re

import pytest

from voxpop.embed.views import SCRIPTS
from voxpop.embed.words import page_words, script_words, words
from voxpop.words.languages import LANGUAGES, language_of
from voxpop.words.tests.forms import forms_of

FOLDER = SCRIPTS.parent.parent / "languages"
ENGLISH = json.loads((FOLDER / "en.json").read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str) -> None:
    own = json.loads((FOLDER / f"{language}.json").read_text())
    assert own.keys() == ENGLISH.keys()
    for key, word in own.items():
        forms = word if isinstance(word, dict) else {"other": word}
        if isinstance(ENGLISH[key], dict):
            assert forms.keys() == forms_of(language), key
        english = ENGLISH[key]["other"] if isinstance(ENGLISH[key], dict) else ENGLISH[key]
        assert re.findall(r"{\w+}", forms["other"]) == re.findall(r"{\w+}", english), key
        assert all(text.strip() and "<" not in text for text in forms.values())


def test_the_page_keeps_its_own_words_from_the_scripts() -> None:
    assert page_words("de")["title"] == "Kommentare"
    assert "page_title" not in script_words("de")
    assert script_words("de")["new"]["one"] == "{n} neuer Kommentar"


def test_scripts_ask_only_for_words_that_are_there() -> None:
    known = words("en")
    for script in SCRIPTS.glob("*.js"):
        for key in re.findall(r'\bsay\("(\w+)"', script.read_text()):
            assert key in known, f"{script.name}: {key}"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        *(("de-AT", "de"), ("PT_br", "pt-br"), ("pt-AO", "pt"), ("zh-TW", "zh-hant")),
        *(("zh-Hant-HK", "zh-hant"), ("zh_CN", "zh"), ("no", "nb"), ("nn-NO", "nb")),
        *(("xx", "fr"), (None, "fr"), ("../en", "fr"), ("", "fr"), ("-", "fr")),
    ],
)
def test_an_unknown_language_is_the_forums(asked: str | None, answered: str) -> None:
    assert language_of(asked, "fr") == answered
