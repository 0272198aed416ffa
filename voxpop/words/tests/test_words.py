"""Every language of the embed says everything on our own pages and in mails too, with the same
holes."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import get_language_bidi, gettext, override

import voxpop
from voxpop.accounts.speaking import CATALOGUES
from voxpop.errors import CODES, Problem
from voxpop.notices.words import FOLDER as MAILS
from voxpop.threads.labels import FOLDER as FRAGMENTS
from voxpop.words import known, refusal, say, words
from voxpop.words.files import languages
from voxpop.words.languages import LANGUAGES, direction
from voxpop.words.plurals import category
from voxpop.words.saying import FOLDERS
from voxpop.words.tests.forms import forms_of

PRODUCT = Path(voxpop.__file__).parent
EVERYWHERE = [*FOLDERS, MAILS, FRAGMENTS]
ENGLISH = words("en")
# What some language writes as English does.
ALIKE = {
    *("name", "email", "conversation", "feed", "pages", "site", "sites", "votes"),
    *("browsers", "mail", "password", "push", "scripts", "passkeys", "share_link"),
    *("moderator", "role_moderator", "forum", "who_did"),
    *("spam", "status_spam", "key_spam", "flag_spam"),
    *("import_tab", "import_id", "import_pages", "import_record", "check_no", "figures_page"),
    *("figures_minute", "figures_in_days", "figures_in_hours", "figures_in_minutes"),
    "figures_in_seconds",
}
ALIKE_IN = {
    "da": {"stop_watching", "voted_for", "votes_for"},
    "nb": {"voted_for", "votes_for"},
    "ro": {"inbox", "profile_public"},
}
HELD = re.compile(r"{\w+}|</?\w+")


def held(word: str) -> list[str]:
    return sorted(HELD.findall(word))


def test_the_embeds_languages_are_spoken() -> None:
    assert all(languages(folder) == set(LANGUAGES) for folder in EVERYWHERE)
    assert known("xx") is known("") is known(None) is known("../en") is None


@pytest.mark.parametrize(
    "folder", EVERYWHERE, ids=lambda folder: f"{folder.parent.name}-{folder.name}"
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_its_holes_and_markup(language: str, folder: Path) -> None:
    english, own = (json.loads((folder / f"{each}.json").read_text()) for each in ("en", language))
    assert list(own) == list(english)
    alike = ALIKE | ALIKE_IN.get(language, set())
    for key, word in own.items():
        if isinstance(english[key], dict):
            assert word.keys() == forms_of(language), key
            # "One comment" needs no number, and so does Arabic's "two comments".
            assert held(word["other"]) == held(english[key]["other"]), key
            assert all(
                set(held(each)) | {"{n}"} == {*held(word["other"]), "{n}"} for each in word.values()
            )
        else:
            assert held(word) == held(english[key]), key
            assert language == "en" or word != english[key] or key in alike, key
        for each in word.values() if isinstance(word, dict) else [word]:
            assert each.strip() == each != "", key
            assert '"' not in each or "<" in each, f"{key} may stand in an attribute"


def test_no_word_is_in_two_folders() -> None:
    kept = [key for folder in FOLDERS for key in json.loads((folder / "en.json").read_text())]
    assert len(kept) == len(set(kept))


def test_plural_forms_are_those_of_the_embed() -> None:
    """What counts in a browser, counts here: Node has the same `Intl.PluralRules`."""
    script = """
        const found = {};
        for (const language of process.argv.slice(1)) {
            const rules = new Intl.PluralRules(language);
            found[language] = Array.from({ length: 1200 }, (_, n) => rules.select(n));
        }
        console.log(JSON.stringify(found));
    """
    done = subprocess.run(
        ["node", "-e", script, *LANGUAGES], capture_output=True, text=True, check=True, timeout=30
    )
    for language, forms in json.loads(done.stdout).items():
        assert [category(language, n) for n in range(1200)] == forms, language


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_django_and_allauth_have_a_catalogue_too(language: str) -> None:
    with override(CATALOGUES.get(language, language)):
        assert say("sign_in") == words(language)["sign_in"]
        assert get_language_bidi() == (direction(language) == "rtl")
        is_allauths = gettext("Incorrect code.") != "Incorrect code."
        assert is_allauths == (language != "vi")  # it has none in Vietnamese (decision 0264)
        assert gettext("This field is required.") != "This field is required."  # Django's


def test_pages_say_only_words_that_are_there_and_every_word_is_said() -> None:
    files = [file for file in PRODUCT.rglob("*") if file.suffix in {".html", ".py"}]
    text = "".join(file.read_text(encoding="utf-8") for file in files if "tests" not in file.parts)
    said = set(re.findall(r'\bsay(?:_lazily)?(?:\(| )["\'](\w+)["\']', text))
    said |= said_of_a_thread()
    assert said <= ENGLISH.keys()
    # Made of a name that the code has anyway.
    made = re.compile(
        r"(no|on|pace|picture|told|too|ground|role|state|claim|passkey|moves|now|page|sso|import_stop)_\w+|reads_\w+"
        r"|(asked|did|flag|kind|status|toast|why)_\w+|ticked"
        "|following|followers|muted|not_a_picture|sort_(best|newest|oldest)"
    )
    named = {"name", "email", "name_hint", "email_hint", "on_thread", "reply_on_thread"}
    assert {key for key in ENGLISH.keys() - said - named if not made.fullmatch(key)} == set()


def said_of_a_thread() -> set[str]:
    """What is shared says its words by their language, since no language is in force there."""
    pages = PRODUCT / "pages"
    files = [*pages.glob("*.py"), *(pages / "templates").rglob("*.html")]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    by_key = r'(?:\bw|\bwords\([\w."]+\))\[["\'](\w+)["\']\]'
    return {*re.findall(r"\bw\.(\w+)", text), *re.findall(by_key, text)}


def test_what_is_told_in_a_word_is_escaped_and_numbers_are_written_as_the_language_does() -> None:
    assert "<script>" not in say("signed_in_as", name="<script>")
    assert "<bdi>" in say("signed_in_as", name="Ann")
    assert say("comment_count", n=1200) == "1,200 comments"
    with override("de"):
        assert say("comment_count", n=1200).startswith("1.200 ")


def test_a_refusal_says_what_its_code_says() -> None:
    for code, (_, title) in CODES.items():
        word: Any = ENGLISH.get(f"no_{code}", title)
        assert word == title
    with override("de"):
        assert refusal(Problem("writes_paused")) == words("de")["no_writes_paused"]
        assert refusal(Problem("too_large")) == words("de")["no_bad_request"]
        assert refusal(Problem("not_found", "Gibt es nicht.")) == "Gibt es nicht."
