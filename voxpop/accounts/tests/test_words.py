"""Every language of the embed says everything at the door too, with the same holes and markup."""

import re
from pathlib import Path

import pytest
from django.utils.translation import get_language_bidi, gettext, override

from voxpop import accounts, identities, pages
from voxpop.accounts.speaking import CATALOGUES
from voxpop.accounts.words import known, languages, say, words
from voxpop.threads.labels import LANGUAGES, RIGHT_TO_LEFT, language_of

ENGLISH = words("en")
# What some language writes as English does.
ALIKE = {"name", "email"}
HELD = re.compile(r"{\w+}|</?\w+")


def test_the_embeds_languages_are_spoken() -> None:
    assert languages() == set(LANGUAGES)
    for wanted in ("de-AT", "PT_br", "zh-Hans", "fa"):
        assert known(wanted) == language_of(wanted)
    assert known("xx") is known("") is known(None) is known("../en") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_its_holes_and_markup(language: str) -> None:
    own = words(language)
    assert list(own) == list(ENGLISH)
    for key, word in own.items():
        assert sorted(HELD.findall(word)) == sorted(HELD.findall(ENGLISH[key])), key
        assert word.strip() == word != "", key
        assert language == "en" or word != ENGLISH[key] or key in ALIKE, key


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_django_and_allauth_have_a_catalogue_too(language: str) -> None:
    with override(CATALOGUES.get(language, language)):
        assert say("sign_in") == words(language)["sign_in"]
        assert get_language_bidi() == (language in RIGHT_TO_LEFT)
        assert gettext("Incorrect code.") != "Incorrect code."  # allauth's
        assert gettext("This field is required.") != "This field is required."  # Django's


def test_pages_say_only_words_that_are_there_and_every_word_is_said() -> None:
    folders = [Path(app.__file__).parent for app in (accounts, identities, pages)]
    files = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in {".html", ".py"}
    ]
    texts = [file.read_text(encoding="utf-8") for file in files if "tests" not in file.parts]
    said = {key for text in texts for key in re.findall(r'\bsay(?:\(| )"(\w+)"', text)}
    assert said <= ENGLISH.keys()
    made = {"name_hint", "email_hint", *re.findall(r'"(passkey_\w+)"', "".join(texts))}
    assert ENGLISH.keys() - said - made - {"name", "email"} == set()


def test_what_is_told_in_a_word_is_escaped() -> None:
    assert "<script>" not in say("signed_in_as", name="<script>")
    assert "<bdi>" in say("signed_in_as", name="Ann")
