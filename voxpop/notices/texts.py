"""What others wrote, as plain text of which no mail client makes links (SAFETY R06)."""

import re
from html import unescape

from django.utils.html import strip_tags

from voxpop.plaintext import visible

LONGEST_SUBJECT = 120

_LINE_ENDS = re.compile(r"</(?:p|li|h\d|blockquote|pre|tr|div)>|<br\s*/?>", re.I)
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)\S+", re.I)
_DOTTED = re.compile(r"(?<=\w)([.@])(?=\w)")
_UNSEEN_BREAK = "\u2060"  # WORD JOINER: nothing to see, and no domain any more


def plain(html: str, longest: int) -> str:
    """What a comment says, as plain text of at most `longest` characters."""
    text = unescape(strip_tags(_LINE_ENDS.sub("\n", html)))
    lines = [" ".join(line.split()) for line in visible(text).splitlines()]
    whole = "\n".join(line for line in lines if line)
    return whole if len(whole) <= longest else f"{whole[:longest].rstrip()} …"


def text_of(html: str, longest: int) -> str:
    """What a comment says, as plain text of which no mail client makes links."""
    return harmless(plain(html, longest))


def one_line(text: str) -> str:
    """For a header: no line ends, nothing unseen, not too long."""
    line = " ".join(visible(text).split())
    return harmless(
        line if len(line) <= LONGEST_SUBJECT else f"{line[:LONGEST_SUBJECT].rstrip()} …"
    )


def harmless(text: str) -> str:
    """The text with nothing in it of which a mail client would make a link."""
    return _DOTTED.sub(rf"\1{_UNSEEN_BREAK}", _ADDRESS.sub("[…]", text))
