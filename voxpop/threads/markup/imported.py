"""Other systems' HTML (the Disqus subset), put into our words before it is sanitised.

These are rewrites of text, not a parser: whatever they make of a hostile input, the sanitiser
comes after them.
"""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

_RENAMED = {
    "b": "strong",
    "i": "em",
    "cite": "em",
    "s": "del",
    "strike": "del",
    "div": "p",
}
_TAG = re.compile(r"<(/?)(b|i|cite|s|strike|div|q|spoiler|h[1-6])(?:\s[^<>]*)?/?>", re.I)
_IMAGE = re.compile(r"<img\s([^<>]*)>", re.I)
_ATTRIBUTE = re.compile(r"""(src|alt)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.I)
_MENTION = re.compile(r"@([\w.-]{1,60}):disqus\b")
_WRAPPED = re.compile(r"""(?:https?:)?//disq\.us/url\?[^\s"'<>]+""", re.I)
_BLOCK = re.compile(r"<(?:p|br|div|blockquote|ul|ol|pre|h[1-6])\b", re.I)
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_FIRST_NEWLINES = re.compile(r"(<pre\b[^<>]*>)\n+", re.I)


def to_our_tags(html: str) -> str:
    """The same text in tags that we have; it still has to be sanitised."""
    html = html.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not _BLOCK.search(html):
        html = "<p>" + _BLANK_LINES.sub("</p><p>", html).replace("\n", "<br>") + "</p>"
    if "disq" in html:
        html = _MENTION.sub(r"@\1", _WRAPPED.sub(_unwrap, html))
    html = _IMAGE.sub(_image_as_link, html)
    # A parser eats one newline after <pre>, so that several would be eaten one each time.
    return _FIRST_NEWLINES.sub(r"\1", _TAG.sub(_rename, html))


def _rename(found: re.Match[str]) -> str:
    slash, tag = found.group(1), found.group(2).lower()
    if tag == "q":
        return "”" if slash else "“"
    if tag == "spoiler":
        return "</span>" if slash else '<span class="spoiler">'
    if tag in _RENAMED:
        return f"<{slash}{_RENAMED[tag]}>"
    return "</strong></p>" if slash else "<p><strong>"


def _image_as_link(found: re.Match[str]) -> str:
    values = {
        name.lower(): double or single or bare
        for name, double, single, bare in _ATTRIBUTE.findall(found.group(1))
    }
    source = values.get("src", "")
    if source.startswith("//"):
        source = f"https:{source}"
    return f'<a href="{source}">{values.get("alt") or source}</a>' if source else ""


def _unwrap(found: re.Match[str]) -> str:
    """disq.us/url?url=ADDRESS%3AHASH&cuid=N: the address without the detour and its hash."""
    wrapped = parse_qs(urlsplit(unescape(found.group())).query).get("url", [""])[0]
    address, _, digest = wrapped.rpartition(":")
    plain = address if "://" in address and re.fullmatch(r"[\w-]{10,}", digest) else wrapped
    return plain.replace("&", "&amp;").replace('"', "%22").replace("<", "%3C").replace(">", "%3E")
