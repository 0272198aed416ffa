"""Which font draws a text whole; and which texts none of this machine's can.

A text is drawn in one font. Letters that no font has would be boxes, and a script that runs from
right to left or joins its letters would be wrong without the shaping of libraqm: rather no picture
than such a one. Emoji are ornament: where the font has none they are left out.
"""

import functools
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont
from PIL import ImageFont, features

# In this order, each with its bold sister. Debian has them in fonts-dejavu-core, fonts-noto-core
# and fonts-noto-cjk.
KNOWN = (
    ("DejaVuSans", "DejaVuSans-Bold"),
    ("NotoSans-Regular", "NotoSans-Bold"),
    ("NotoSansArabic-Regular", "NotoSansArabic-Bold"),
    ("NotoNaskhArabic-Regular", "NotoNaskhArabic-Bold"),
    ("NotoSansHebrew-Regular", "NotoSansHebrew-Bold"),
    ("NotoSansDevanagari-Regular", "NotoSansDevanagari-Bold"),
    ("NotoSansThai-Regular", "NotoSansThai-Bold"),
    ("NotoSansCJK-Regular", "NotoSansCJK-Bold"),
)
ENDINGS = {".ttf", ".otf", ".ttc"}
# Emoji and what modifies them; everything else that cannot be drawn is a letter that is missing.
_ORNAMENTS = {"So", "Sk", "Cf", "Cn", "Co"}
_SELECTORS = range(0xFE00, 0xFE10)
_RIGHT_TO_LEFT = {"R", "AL"}


@dataclass(frozen=True)
class Font:
    """A font file of this machine, or Pillow's own where `path` is None."""

    path: Path | None
    bold: Path | None
    letters: frozenset[int]

    def at(self, size: int, *, is_bold: bool = False) -> ImageFont.FreeTypeFont:
        """The font in this size."""
        path = (self.bold if is_bold else None) or self.path
        return _loaded(path, size)


@dataclass(frozen=True)
class Drawable:
    """A text without what is left out, its font, and which way it runs."""

    text: str
    font: Font
    is_right_to_left: bool


def drawable(text: str) -> Drawable | None:
    """The text as it can be drawn; None where no font here has all of its letters."""
    for font in fonts():
        kept = "".join(letter for letter in text if _is_drawn(letter, font))
        if all(letter in kept for letter in text if not _is_ornament(letter)):
            runs = next((r for letter in kept if (r := _runs(letter)) is not None), False)
            if _needs_shaping(kept) and not is_shaping():
                return None
            return Drawable(" ".join(kept.split()), font, runs)
    return None


@functools.cache
def is_shaping() -> bool:
    """Whether letters are joined and lines run from right to left: libraqm, with libfribidi."""
    return bool(features.check("raqm"))


@functools.cache
def fonts() -> tuple[Font, ...]:
    """What this machine has of KNOWN, and Pillow's own, which knows English and little else."""
    found: dict[str, Path] = {}
    for folder in settings.FONTS:
        for file in sorted(folder.rglob("*")):
            if file.suffix.lower() in ENDINGS:
                found.setdefault(file.stem, file)
    there = [
        Font(found[name], found.get(bold), _letters(found[name]))
        for name, bold in KNOWN
        if name in found
    ]
    own = ImageFont.load_default(size=20)
    assert isinstance(own, ImageFont.FreeTypeFont)  # freetype is in every wheel of Pillow's
    source = own.path
    if isinstance(source, io.BytesIO):
        there.append(Font(None, None, _letters(io.BytesIO(source.getvalue()))))
    return tuple(there)


def _letters(file: Path | io.BytesIO) -> frozenset[int]:
    with TTFont(file, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


@functools.lru_cache(maxsize=64)
def _loaded(path: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if path is None:
        own = ImageFont.load_default(size=size)
        assert isinstance(own, ImageFont.FreeTypeFont)
        return own
    return ImageFont.truetype(str(path), size)


def _is_drawn(letter: str, font: Font) -> bool:
    return letter.isspace() or (ord(letter) in font.letters and ord(letter) not in _SELECTORS)


def _is_ornament(letter: str) -> bool:
    is_selector = ord(letter) in _SELECTORS
    return letter.isspace() or is_selector or unicodedata.category(letter) in _ORNAMENTS


def _runs(letter: str) -> bool | None:
    """True from right to left, False from left to right, None for what follows its neighbours."""
    kind = unicodedata.bidirectional(letter)
    return kind in _RIGHT_TO_LEFT if kind in {*_RIGHT_TO_LEFT, "L"} else None


def _needs_shaping(text: str) -> bool:
    return any(
        unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT
        or unicodedata.category(letter) in {"Mc", "Mn"}
        for letter in text
    )
