"""The picture of a comment: who, what, where; 1200 x 630, as networks ask for it.

What it costs does not grow with the comment: a few hundred letters are looked at, in at most six
lines, and one picture is drawn at a time.
"""

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageDraw

from voxpop.errors import Problem
from voxpop.pages.drawing.fonts import Drawable, drawable, is_shaping

WIDTH, HEIGHT = 1200, 630
EDGE = 72  # around everything
FACE = 88  # across
LONGEST = 320  # letters of a comment
LONGEST_NAME = 60
LONGEST_TITLE = 120
# The larger the fewer words there are: sizes, and how many lines of each fit.
SIZES = ((56, 4), (44, 5), (34, 6))
LINE = 1.42
# Seconds that somebody waits for his turn.
PATIENCE = 2.0

PAPER, INK, QUIET, RULE = "#ffffff", "#1b1f24", "#59636e", "#e3e6ea"
ACCENT = "#2456d6"

_drawing = threading.Lock()


@dataclass(frozen=True)
class Said:
    """What stands in the picture."""

    name: str
    initials: str
    hue: int
    text: str
    title: str  # of the page
    forum: str
    accent: str = ""


@dataclass(frozen=True)
class _Card:
    """The same, each in the font that can draw it."""

    name: Drawable
    text: Drawable
    title: Drawable
    forum: Drawable
    initials: Drawable | None


def draw(said: Said) -> bytes | None:
    """The picture as a PNG; None where it cannot be drawn. Raises Problem while others draw."""
    card = _card(said)
    if card is None:
        return None
    if not _drawing.acquire(timeout=PATIENCE):
        raise Problem("unavailable", retry_after=5)
    try:
        return _drawn(card, said)
    finally:
        _drawing.release()


def is_drawable(said: Said) -> bool:
    """Whether there is a picture: it has words, and this machine has letters for all of them."""
    return _card(said) is not None


def _card(said: Said) -> _Card | None:
    name = drawable(_cut(said.name, LONGEST_NAME))
    text = drawable(_cut(said.text, LONGEST))
    title = drawable(_cut(said.title, LONGEST_TITLE))
    forum = drawable(_cut(said.forum, LONGEST_NAME))
    if not (name and text and title and forum):
        return None
    if not any(letter.isalnum() for letter in text.text):
        return None
    return _Card(name, text, title, forum, drawable(said.initials))


def _drawn(card: _Card, said: Said) -> bytes:
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    accent = said.accent or ACCENT
    mirrored = card.text.is_right_to_left
    pen.rectangle((0, HEIGHT - 14, WIDTH, HEIGHT), fill=accent)
    _face(pen, card, said, mirrored)
    beside = EDGE + FACE + 24
    _line(pen, card.name, 40, (beside, EDGE + 40), mirrored, INK, is_bold=True)
    _line(pen, card.forum, 28, (beside, EDGE + 82), mirrored, QUIET)
    _text(pen, card.text, mirrored)
    pen.line((EDGE, HEIGHT - 124, WIDTH - EDGE, HEIGHT - 124), fill=RULE, width=2)
    _line(pen, card.title, 28, (EDGE, HEIGHT - 66), mirrored, QUIET)
    out = io.BytesIO()
    # Few colours: a quarter of the bytes, and quicker to pack than all of them.
    picture.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        out, "PNG", compress_level=6
    )
    return out.getvalue()


def _face(pen: ImageDraw.ImageDraw, card: _Card, said: Said, mirrored: bool) -> None:
    left = WIDTH - EDGE - FACE if mirrored else EDGE
    pen.ellipse((left, EDGE, left + FACE, EDGE + FACE), fill=f"hsl({said.hue}, 45%, 42%)")
    if card.initials is not None:
        font = card.initials.font.at(34, is_bold=True)
        pen.text(
            (left + FACE / 2, EDGE + FACE / 2),
            card.initials.text,
            font=font,
            fill=PAPER,
            anchor="mm",
        )


def _text(pen: ImageDraw.ImageDraw, text: Drawable, mirrored: bool) -> None:
    """The comment itself, as large as it fits; what does not fit in the smallest size is cut."""
    top, room = EDGE + FACE + 28, WIDTH - 2 * EDGE
    for size, most in SIZES:
        lines = _wrapped(text, size, room)
        if len(lines) <= most or size == SIZES[-1][0]:
            break
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut_to(f"{lines[most - 1]}…", text, size, room)]
    for number, line in enumerate(lines):
        where = (EDGE, top + round((number + 0.8) * size * LINE))
        _write(pen, line, text, size, where, mirrored, INK)


def _line(
    pen: ImageDraw.ImageDraw,
    what: Drawable,
    size: int,
    where: tuple[int, int],
    mirrored: bool,
    colour: str,
    *,
    is_bold: bool = False,
) -> None:
    room = WIDTH - EDGE - where[0]
    cut = _cut_to(what.text, what, size, room, is_bold=is_bold)
    _write(pen, cut, what, size, where, mirrored, colour, is_bold=is_bold)


def _write(
    pen: ImageDraw.ImageDraw,
    line: str,
    what: Drawable,
    size: int,
    where: tuple[int, int],
    mirrored: bool,
    colour: str,
    *,
    is_bold: bool = False,
) -> None:
    left, base = where
    pen.text(
        (WIDTH - left if mirrored else left, base),
        line,
        font=what.font.at(size, is_bold=is_bold),
        fill=colour,
        anchor="rs" if mirrored else "ls",
        direction=_direction(what),
    )


def _wrapped(text: Drawable, size: int, room: int) -> list[str]:
    """Lines that fit, broken between words; a word longer than a line is broken where it must,
    and so are scripts that have no spaces."""
    lines: list[str] = []
    line = ""
    for word in text.text.split(" "):
        longer = f"{line} {word}" if line else word
        if _width(longer, text, size) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while _width(line, text, size) > room:
            fits = _fitting(line, text, size, room)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line]


def _cut_to(line: str, what: Drawable, size: int, room: int, *, is_bold: bool = False) -> str:
    if _width(line, what, size, is_bold=is_bold) <= room:
        return line
    fits = _fitting(line, what, size, room - size, is_bold=is_bold)
    return f"{line[:fits].rstrip()}…"


def _fitting(line: str, what: Drawable, size: int, room: int, *, is_bold: bool = False) -> int:
    """How many letters from the beginning fit; at least one."""
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if _width(line[:middle], what, size, is_bold=is_bold) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _width(line: str, what: Drawable, size: int, *, is_bold: bool = False) -> float:
    return what.font.at(size, is_bold=is_bold).getlength(line, direction=_direction(what))


def _direction(what: Drawable) -> str | None:
    if not is_shaping():
        return None
    return "rtl" if what.is_right_to_left else "ltr"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest].rstrip()}…"
