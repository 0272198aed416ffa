"""The names people wear: how they are written down, and when two look the same (SAFETY T07)."""

import unicodedata
from functools import cache, lru_cache

from confusable_homoglyphs import confusables

from voxpop.plaintext import is_blank, visible

LONGEST = 60
_LONGEST_SKELETON = 120


def clean_name(text: str) -> str:
    """The name on one line, at most 60 characters, without what cannot be seen; "" when blank."""
    name = " ".join(visible(text).split())
    shortened = visible(name[:LONGEST]).rstrip()
    return "" if is_blank(shortened) else shortened


@lru_cache(maxsize=4096)  # a name is compared several times before it is worn
def skeleton(name: str) -> str:
    """What a name looks like (UTS 39), whatever its case: equal skeletons can be mistaken.

    Capital I, small l, 1 and | are one shape, so that PayPaI is not taken for PayPal.
    """
    flat = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", visible(name)))
    shown = "".join(_shape(letter) for letter in flat if not is_blank(letter))
    return shown.replace("i", "l")[:_LONGEST_SKELETON]


@cache
def _shape(letter: str) -> str:
    """The lower-case Latin look-alike where there is one, also by way of the capital letter."""
    for look in (_prototype(letter), _prototype(letter.upper())):
        if look.isascii():
            return look.casefold()
    return _prototype(letter.casefold())


def _prototype(letter: str) -> str:
    """The one of its look-alikes that Unicode's table reduces a letter to."""
    looks = [entry["c"] for entry in confusables.confusables_data.get(letter, ())]
    if len(looks) != 1:
        return letter
    (look,) = looks
    # A pair names each other in this table; what many reduce to names them all.
    is_pair = len(confusables.confusables_data.get(look, ())) == 1
    return str(min(letter, look)) if is_pair else str(look)
