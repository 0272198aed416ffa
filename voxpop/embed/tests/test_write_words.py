"""The words of the writing half: none is missing, in any language that we speak."""

import json
import re

import pytest

from voxpop.embed.tests.write_frame import STATIC
from voxpop.words.languages import LANGUAGES

WORDS = STATIC / "write" / "words"
ENGLISH = json.loads((WORDS / "en.json").read_text(encoding="utf-8"))


def said() -> set[str]:
    """Every key that a script says, with those that are made from a format, an act or a code."""
    scripts = "\n".join(file.read_text(encoding="utf-8") for file in STATIC.glob("write/*.js"))
    keys = set(re.findall(r'\bsay\(\s*"(\w+)"', scripts))
    for chosen in re.findall(r"\bsay\(([^`)]*\?[^)]*)\)", scripts):
        keys |= set(re.findall(r'"(\w+)"', chosen))
    keys |= set(re.findall(r"^  (\w+): ", scripts.split("FORMATS = {")[1].split("};")[0], re.M))
    known = scripts.split("KNOWN = new Set([")[1].split("])")[0]
    keys |= {f"no_{code}" for code in re.findall(r'"(\w+)"', known)}
    return {f"write_{key}" for key in keys}


def test_everything_that_is_said_has_english_words() -> None:
    assert len(said()) > 60
    assert said() - ENGLISH.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_its_holes(language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    assert list(words) == list(ENGLISH)
    for key, word in words.items():
        for form in word.values() if isinstance(word, dict) else [word]:
            missing = set(re.findall(r"\{\w+\}", str(ENGLISH[key]))) - {"{n}"}
            assert missing <= set(re.findall(r"\{\w+\}", form)), key
            assert form.strip(), key
