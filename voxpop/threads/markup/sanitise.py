"""The allow-list: what may stand in a comment's HTML. Whatever is not named here is not there."""

import re

import nh3

from voxpop.errors import Problem
from voxpop.plaintext import drop_unseen, is_blank
from voxpop.threads.markup.links import safe_href

MOST_PASSES = 3
LINK_REL = "nofollow ugc noopener noreferrer"
# fmt: off
TAGS = {
    "p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "span",
}
LANGUAGES = {
    "bash", "c", "cpp", "csharp", "css", "diff", "go", "graphql", "haskell", "html", "http",
    "java", "javascript", "json", "kotlin", "lua", "markdown", "perl", "php", "python", "ruby",
    "rust", "scala", "shell", "sql", "swift", "toml", "typescript", "xml", "yaml",
}
# fmt: on

CLASSES = {
    "span": {"mention", "spoiler"},
    "code": {f"language-{language}" for language in LANGUAGES},
}

_PUBLIC_ID = re.compile("[0-9a-hjkmnp-tv-z]{13}")
_LIST_START = re.compile("[0-9]{1,6}")
_TAG = re.compile("<[^>]*>")


def _allow_value(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return safe_href(value)
    if attribute == "rel":
        return LINK_REL
    if attribute == "class":
        return " ".join(name for name in value.split() if name in CLASSES.get(tag, ())) or None
    pattern = _PUBLIC_ID if attribute == "data-author" else _LIST_START
    return value if pattern.fullmatch(value) else None


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={
        "a": {"href"},
        "ol": {"start"},
        "code": {"class"},
        "span": {"class", "data-author"},
    },
    attribute_filter=_allow_value,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel=LINK_REL,
)


def sanitise(html: str) -> str:
    """The HTML by the allow-list, cleaned until cleaning changes nothing (SAFETY T02)."""
    for _ in range(MOST_PASSES):
        # Unseen characters can be written as entities, so that they show only after a parse.
        cleaned = _cleaner.clean(drop_unseen(html))
        if cleaned == html:
            return cleaned
        html = cleaned
    raise Problem("source_not_renderable")


def is_empty(html: str) -> bool:
    """Whether sanitised HTML would show nothing."""
    return is_blank(_TAG.sub("", html).replace("&nbsp;", ""))
