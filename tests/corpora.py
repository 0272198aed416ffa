"""Hostile inputs for tests, and a second opinion on what came of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ada_url
from justhtml import JustHTML

from voxpop.errors import Problem
from voxpop.threads.markup import render, render_imported

DATA = Path(__file__).parent / "data"

# Written down again, on purpose: a slip in the product's own list must not pass its own test.
ALLOWED = {
    "p": set(),
    "br": set(),
    "em": set(),
    "strong": set(),
    "del": set(),
    "code": {"class"},
    "pre": set(),
    "blockquote": set(),
    "ul": set(),
    "ol": {"start"},
    "li": set(),
    "hr": set(),
    "a": {"href", "rel"},
    "span": {"class", "data-author"},
}
RENDERERS = {"typed": render, "imported": render_imported}


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def hostile() -> list[str]:
    """Every hostile text we know."""
    return [text for source in read("hostile.json").values() for text in source]


def rendered(text: str, way: str) -> str | None:
    """What the text becomes, None when it is refused; anything else that happens is a failure."""
    try:
        return RENDERERS[way](text)
    except Problem as refusal:
        if refusal.code in {"source_empty", "source_too_long", "source_not_renderable"}:
            return None
        raise


def faults(html: str) -> list[str]:
    """What may not be in shown HTML, found by another parser than the one that cleaned it."""
    found = foreign(JustHTML(html, fragment=True, sanitize=False).query("*"))
    if any(letter in html for letter in map(chr, (*range(9), *range(11, 32)))):
        found.append("a control character")
    return found


def foreign(nodes: Iterable[Any]) -> list[str]:
    """Which of these elements and attributes may not stand in a comment."""
    found = []
    for node in nodes:
        if node.name not in ALLOWED:
            found.append(f"<{node.name}>")
            continue
        if node.name == "a" and "rel" not in node.attrs:
            found.append("<a> without rel")
        for name, value in node.attrs.items():
            if name not in ALLOWED[node.name] or not _is_allowed(name, value or ""):
                found.append(f"<{node.name} {name}={value!r}>")
    return found


def _is_allowed(name: str, value: str) -> bool:
    if name == "href":
        return ada_url.URL(value).protocol in {"http:", "https:", "mailto:"}
    if name == "rel":
        return value == "nofollow ugc noopener noreferrer"
    if name == "class":
        return value in {"mention", "spoiler"} or value.startswith("language-")
    return value.isalnum()
