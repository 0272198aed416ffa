"""Addresses: which may be followed, how they are shown, where they stand in running text."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import ada_url
import idna
from confusable_homoglyphs import categories

from voxpop.names import skeleton

_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9_/@.])(?:https?://|www\.)[^\s<>\"“”„«»‹›`、。，！？；：「」『』【】《》…]+",
    re.I,
)
_TRAILING = ".,:;!?'’‘*_~|"
# Scripts of one language: Japanese, Korean, Taiwanese.
_WRITTEN_TOGETHER = (
    {"HAN", "HIRAGANA", "KATAKANA"},
    {"HAN", "HANGUL"},
    {"HAN", "BOPOMOFO"},
)
_BRACKETS = {")": "(", "]": "[", "}": "{"}


class Address(NamedTuple):
    """An address found in text: its place, where it leads, how it is shown."""

    start: int
    end: int
    href: str
    shown: str


def find_addresses(text: str) -> Iterator[Address]:
    """The web addresses in running text, in order, in time linear in its length."""
    for found in _ADDRESS.finditer(text):
        raw = _without_trailing(found.group())
        href = safe_href(raw if "://" in raw[:8] else f"https://{raw}")
        if href:
            yield Address(found.start(), found.start() + len(raw), href, show_address(raw))


def honest_words(words: str, href: str) -> str:
    """The words of a link; an address of another host among them gives way to the real one."""
    place, honest = 0, ""
    for address in find_addresses(words):
        is_true = ada_url.URL(address.href).host == ada_url.URL(href).host
        honest += words[place : address.start] + (address.shown if is_true else show_address(href))
        place = address.end
    return honest + words[place:]


def safe_href(address: str) -> str | None:
    """The address as a browser would parse it (WHATWG), or None when it may not be a link.

    http, https and mailto only; never relative; never with a name before the host, which
    reads as another host; nothing but the recipient of a mailto.
    """
    try:
        url = ada_url.URL(address)
    except ValueError:
        return None
    if url.protocol in {"http:", "https:"} and not (url.username or url.password):
        return str(url.href)
    if url.protocol == "mailto:" and "@" in url.pathname:
        return f"mailto:{url.pathname}"
    return None


def show_address(text: str) -> str:
    """The text of an address, its host in punycode where it could pass for another (T33)."""
    scheme, separator, rest = text.rpartition("://")
    end = next((place for place, letter in enumerate(rest) if letter in "/?#:"), len(rest))
    host = rest[:end]
    if host.isascii() and "xn--" not in host.casefold():
        return text
    return f"{scheme}{separator}{_honest_host(host)}{rest[end:]}"


@lru_cache(maxsize=4096)
def _honest_host(host: str) -> str:
    """The host in letters where they are one script and no Latin in disguise, else punycode."""
    try:
        encoded = ada_url.URL(f"https://{host}/").hostname
    except ValueError:
        return host
    try:
        decoded = idna.decode(encoded)
    except idna.IDNAError:
        return str(encoded)
    is_honest = not any(_is_disguised(label) for label in decoded.split("."))
    return decoded if is_honest else str(encoded)


def _is_disguised(label: str) -> bool:
    scripts = categories.unique_aliases(label) - {"COMMON", "INHERITED"}
    if len(scripts) > 1:
        return not any(scripts <= written_together for written_together in _WRITTEN_TOGETHER)
    return "LATIN" not in scripts and not label.isascii() and skeleton(label).isascii()


def _without_trailing(address: str) -> str:
    """The address without the punctuation of the sentence and brackets that it does not open."""
    surplus = {
        close: address.count(close) - address.count(open_) for close, open_ in _BRACKETS.items()
    }
    end = len(address)
    while end:
        letter = address[end - 1]
        if letter in surplus and surplus[letter] > 0:
            surplus[letter] -= 1
        elif letter not in _TRAILING:
            break
        end -= 1
    return address[:end]
