"""CommonMark with strikethrough; no raw HTML. Headings speak up, images become links."""

from collections.abc import Iterator, Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from voxpop.plaintext import visible
from voxpop.threads.markup.links import find_addresses, honest_words, safe_href, show_address
from voxpop.threads.markup.mentions import find_mentions
from voxpop.threads.markup.sanitise import LINK_REL


def to_html(text: str, names: Mapping[str, str]) -> str:
    """HTML of Markdown with links and mentions; it still has to be sanitised."""
    html: str = _parser.render(text, {"names": names})
    return html


def _link_and_mention(state: StateCore) -> None:
    """Turn addresses and names in running text into links and mentions."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = list(_dressed(block.children, state.env["names"]))


def _dressed(tokens: list[Token], names: Mapping[str, str]) -> Iterator[Token]:
    link: str | None = None  # where the link that we are in leads; "" when nowhere
    for token in tokens:
        if token.type == "link_open":
            link = str(token.attrs["href"])
            if link:
                yield _link_open(link)
        elif token.type == "link_close":
            if link:
                yield token
            link = None
        elif token.type == "image":
            yield from _image_as_link(token, is_linked=bool(link))
        elif token.type != "text":
            yield token
        elif link:
            yield _text(honest_words(visible(token.content), link))
        else:
            yield from _linked(visible(token.content), names)


def _linked(text: str, names: Mapping[str, str]) -> Iterator[Token]:
    place = 0
    for address in find_addresses(text):
        yield from _mentioned(text[place : address.start], names)
        yield from _link(address.href, address.shown)
        place = address.end
    yield from _mentioned(text[place:], names)


def _mentioned(text: str, names: Mapping[str, str]) -> Iterator[Token]:
    place = 0
    for mention in find_mentions(text, names):
        yield _text(text[place : mention.start])
        yield Token("mention_open", "span", 1, {"class": "mention", "data-author": mention.author})
        yield _text(text[mention.start : mention.end])
        yield Token("mention_close", "span", -1)
        place = mention.end
    yield _text(text[place:])


def _image_as_link(image: Token, *, is_linked: bool) -> Iterator[Token]:
    source = str(image.attrs["src"])
    words = visible(_renderer.renderInlineAsText(image.children or [], _parser.options, {}))
    if is_linked or not source:
        yield _text(words)
    else:
        yield from _link(source, words or show_address(source))


def _link(href: str, words: str) -> Iterator[Token]:
    yield _link_open(href)
    yield _text(words)
    yield Token("link_close", "a", -1)


def _link_open(href: str) -> Token:
    # As the sanitiser writes it, so that most comments need only one pass of it.
    return Token("link_open", "a", 1, {"href": href, "rel": LINK_REL})


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


class _Renderer(RendererHTML):
    """The library's renderer, where a heading is a paragraph that speaks up."""

    def heading_open(self, *_: Any) -> str:
        return "<p><strong>"

    def heading_close(self, *_: Any) -> str:
        return "</strong></p>\n"

    def s_open(self, *_: Any) -> str:
        return "<del>"

    def s_close(self, *_: Any) -> str:
        return "</del>"


class _Parser(MarkdownIt):
    """The library's parser with our rules of links; what may not be a link stays as typed."""

    def normalizeLink(self, url: str) -> str:
        return safe_href(url) or ""

    def validateLink(self, url: str) -> bool:
        return bool(url)

    def normalizeLinkText(self, link: str) -> str:
        return show_address(link)


_renderer = _Renderer()
_parser = _Parser("commonmark", {"html": False, "breaks": True, "xhtmlOut": False})
_parser.enable("strikethrough").core.ruler.push("link_and_mention", _link_and_mention)
_parser.renderer = _renderer
