"""The names people wear: what is cleaned away, and when two of them look the same (SAFETY T07)."""

import unicodedata

from confusable_homoglyphs import confusables

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem

LONGEST = 60
MARKS_PER_LETTER = 4
JOINERS = "\u200c\u200d\ufe0e\ufe0f"  # Persian and emoji need them


def check_name(text: str, *, wearer: Author | None = None) -> str:
    """The name as it will be shown; Problem("invalid") when it is empty, long or another's."""
    name = clean_name(text)
    if not name:
        raise Problem("invalid", errors={"name": "Write a name."})
    if len(name) > LONGEST:
        raise Problem("invalid", errors={"name": f"Use at most {LONGEST} characters."})
    taken = Author.objects.filter(kind=AuthorKind.USER, name_skeleton=skeleton(name))
    if wearer is not None:
        taken = taken.exclude(pk=wearer.pk)
    if taken.exists():
        raise Problem(
            "invalid", errors={"name": "Somebody with an account has this name; choose another."}
        )
    return name


def clean_name(text: str) -> str:
    """NFC, without controls, bidi marks and towers of accents, with single spaces."""
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category.startswith("Z") or letter in "\t\n\r":
            kept.append(" ")
        elif (category[0] != "C" or letter in JOINERS) and marks <= MARKS_PER_LETTER:
            kept.append(letter)
    name = " ".join("".join(kept).split())
    return name if any(letter.isprintable() and letter not in JOINERS for letter in name) else ""


def skeleton(name: str) -> str:
    """What a name looks like (UTS 39): two names with one skeleton can be taken for each other."""
    flat = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    shown = "".join(
        letter
        for letter in flat
        if unicodedata.category(letter) not in {"Mn", "Cf", "Zs"} and letter not in JOINERS
    )
    return "".join(_prototype(letter) for letter in shown)[:120]


def _prototype(letter: str) -> str:
    """The Latin look-alike of a letter where it has one, else itself."""
    if letter.isascii():
        return letter
    for found in confusables.is_confusable(letter, greedy=True, preferred_aliases=[]) or []:
        for homoglyph in found["homoglyphs"]:
            look: str = homoglyph["c"]
            if look.isascii():
                return look.casefold()
    return letter
