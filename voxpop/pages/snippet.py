"""The snippet to paste, and the live check that a page carries it."""

from dataclasses import dataclass
from html.parser import HTMLParser

from voxpop.forums.models import Forum
from voxpop.forums.origins import origin_of
from voxpop.forums.rules import is_known_origin
from voxpop.outbound import Unreachable, fetch
from voxpop.words import say


@dataclass(frozen=True)
class Step:
    """One question of the check; `is_good` is None when an earlier answer leaves it open."""

    question: str
    is_good: bool | None
    advice: str = ""


@dataclass(frozen=True)
class Check:
    url: str
    steps: list[Step]
    missing_origin: str = ""  # what to add to the sites, where that is all that is missing

    @property
    def is_good(self) -> bool:
        return all(step.is_good for step in self.steps)


def snippet(forum: Forum, host: str) -> str:
    """What a publisher pastes where the comments belong."""
    return (
        f'<div class="voxpop" data-forum="{forum.shortname}"></div>\n'
        f'<script async src="{host}/embed.js"></script>'
    )


def check_page(forum: Forum, url: str, host: str) -> Check:
    """Does the page answer, is the snippet in it, may it embed the forum?"""
    try:
        page = fetch(url)
    except Unreachable as error:
        return Check(url, [_answers(False, say(f"page_{error.why}")), _found(None), _allowed(None)])
    if page.status != 200:
        told = say("advice_status", status=str(page.status))
        return Check(url, [_answers(False, told), _found(None), _allowed(None)])
    is_allowed = is_known_origin(forum, page.url)
    origin = origin_of(page.url) or ""
    return Check(
        page.url,
        [
            _answers(True),
            _look(page.body, forum, host),
            _allowed(is_allowed, "" if is_allowed else say("advice_add", origin=origin)),
        ],
        "" if is_allowed else origin,
    )


def _look(body: bytes, forum: Forum, host: str) -> Step:
    reader = _SnippetReader()
    reader.feed(body.decode("utf-8", "replace"))
    if not reader.forums:
        return _found(False, say("advice_element"))
    if forum.shortname not in reader.forums:
        return _found(False, say("advice_forum", found=reader.forums[0], own=forum.shortname))
    if f"{host}/embed.js" not in reader.scripts:
        return _found(False, say("advice_script", address=f"{host}/embed.js"))
    return _found(True)


def _answers(is_good: bool, advice: str = "") -> Step:
    return Step(say("step_answers"), is_good, advice)


def _found(is_good: bool | None, advice: str = "") -> Step:
    return Step(say("step_found"), is_good, advice)


def _allowed(is_good: bool | None, advice: str = "") -> Step:
    return Step(say("step_allowed"), is_good, advice)


class _SnippetReader(HTMLParser):
    """Collects the forums of `.voxpop` elements and the addresses of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.forums: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if "voxpop" in (attributes.get("class") or "").split():
            self.forums.append(attributes.get("data-forum") or "")
        if tag == "script" and attributes.get("src"):
            self.scripts.append(attributes["src"] or "")
