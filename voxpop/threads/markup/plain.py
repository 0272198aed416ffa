"""The short way for plain text: no parser where there is nothing to parse.

A property test holds it to be equal to the long way, byte for byte.
"""

import re

# Anything that could mean something to Markdown, to HTML, to the linkifier or to mentions.
_MEANS_SOMETHING = re.compile(
    r"[\\`*_~\[\]<>&@\t]|://|www\.|^\s*[#+=-]|^\s*[0-9]+[.)]|^[^\S\n]|[^\S\n]$",
    re.MULTILINE | re.IGNORECASE,
)
_BLANK_LINES = re.compile("\n\n+")


def is_plain(text: str) -> bool:
    """Whether the text is nothing but words and lines."""
    return _MEANS_SOMETHING.search(text) is None


def paragraphs(text: str) -> str:
    """Plain text as paragraphs and line breaks."""
    parts = _BLANK_LINES.split(text.strip("\n"))
    return "".join("<p>" + part.replace("\n", "<br>\n") + "</p>\n" for part in parts if part)
