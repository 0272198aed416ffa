"""The short way for plain text: no parser where there is nothing to parse.

A property test holds it to be equal to the long way, byte for byte.
"""

import re

# Anything that could mean something to Markdown, to HTML or to mentions; then what does so only
# where a line begins or ends.
_SIGN = re.compile(r"[\\`*_~\[\]<>&@\t]")
_EDGE = re.compile(r"^(?:[^\S\n]|[#+=-]|[0-9]+[.)])|[^\S\n]$", re.MULTILINE)
_BLANK_LINES = re.compile("\n\n+")


def is_plain(text: str) -> bool:
    """Whether the text is nothing but words and lines."""
    has_address = "://" in text or "www." in text.casefold()
    return not (has_address or _SIGN.search(text) or _EDGE.search(text))


def paragraphs(text: str) -> str:
    """Plain text as paragraphs and line breaks."""
    parts = _BLANK_LINES.split(text.strip("\n"))
    return "".join("<p>" + part.replace("\n", "<br>\n") + "</p>\n" for part in parts if part)
