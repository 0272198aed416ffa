"""A frame for the writing half alone: its real modules in a real Chromium, and a server that each
test plays itself, so that it can die, refuse and come back at the moment the test wants."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from voxpop.embed.words import script_words

STATIC = Path(__file__).parent.parent / "static" / "embed"
HOST = "https://comments.test"
THREAD = "t" * 20
TYPES = {".json": "application/json", ".js": "text/javascript", ".css": "text/css"}
Answer = tuple[int, Any]
UNANSWERED: Answer = (0, None)


def article(number: int, *, author: str = "Ada Lovelace", parent: str = "", depth: int = 0) -> str:
    """A comment as the server's fragments have it."""
    above = f' data-parent="{parent}"' if parent else ""
    return (
        f'<article class="c" id="c-c{number}" data-id="c{number}"{above} data-depth="{depth}"'
        f' data-author="a{number}" data-revision="1" style="--d:{depth}">'
        f'<header><span class="who"><bdi>{author}</bdi></span>'
        f'<a class="when" href="/c/c{number}"><time datetime="2026-01-01T00:00:00Z"></time></a>'
        f'</header><div class="body"><p>Text of {number}</p></div><footer class="acts">'
        '<button class="b" data-act="up" aria-pressed="false">up</button><span class="n up"></span>'
        '<button class="b" data-act="down" aria-pressed="false">down</button>'
        '<span class="n down"></span><button class="b" data-act="reply">Reply</button>'
        '<button class="b" data-act="share">share</button>'
        '<button class="b" data-act="menu" aria-haspopup="menu">more</button></footer></article>'
    )


def shape(number: int, **fields: Any) -> dict[str, Any]:
    """A comment as the API answers it to its author."""
    author = {"id": "me", "name": "Grace", "avatar": "", "kind": "guest"}
    return {
        "id": f"c{number}",
        "thread": THREAD,
        "parent": None,
        "created": "2999-01-01T00:00:00Z",
        "revision": 1,
        "status": "published",
        "replies": 0,
        "seq": number,
        "author": author,
        "fragment": article(number, author="Grace"),
        **fields,
    }


class Server:
    """Answers `METHOD /path` as the test says; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: dict[str, Answer | Callable[[dict[str, Any]], Answer | None]] = {
            "POST /guests": (201, {"token": "tok", "author": shape(0)["author"]}),
            f"GET /me/threads/{THREAD}": (200, {"viewer": shape(0)["author"]}),
        }

    def posted(self, path: str) -> list[dict[str, Any]]:
        return [each for each in self.asked if each["path"] == path]

    def refuse(self, call: str, status: int, code: str, **more: Any) -> None:
        self.answers[call] = (status, {"code": code, "detail": code, **more})

    def die(self, call: str) -> None:
        self.answers[call] = lambda asked: None

    def handle(self, route: Route) -> None:
        request = route.request
        path, _, query = request.url.removeprefix(f"{HOST}/api/v1").partition("?")
        asked = {
            "path": f"{request.method} {path}",
            "query": query,
            "body": json.loads(request.post_data) if request.post_data else None,
            "headers": request.all_headers(),
        }
        self.asked.append(asked)
        answer = self.answers.get(asked["path"], (404, {"code": "not_found", "detail": "?"}))
        given = answer(asked) if callable(answer) else answer
        if given == UNANSWERED:
            return
        if given is None:
            route.abort("connectionrefused")
        else:
            route.fulfill(status=given[0], json=given[1])


def shell(articles: str, *, settings: dict[str, Any], language: str = "en") -> str:
    facts = {
        "forum": "demo",
        "thread": THREAD,
        "seq": 1,
        "count": 2,
        "locked": False,
        "pinned": None,
        "next": None,
        "sort": "newest",
        "language": language,
        "query": {"u": "https://magazine.test/a"},
        "origins": [],
        "settings": settings,
        "words": script_words(language),
        "labels": {},
    }
    direction = "rtl" if language in {"ar", "he", "fa"} else "ltr"
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><title>frame</title>'
        '<meta name="write-style" content="/static/embed/write/write.css">'
        f'<meta name="write-words" content="/static/embed/write/words/{language}.json">'
        '<script type="application/json" id="shell">{}</script>'
        f'<script type="application/json" id="facts">{json.dumps(facts)}</script>'
        '<body><header class="top"><h1>Comments</h1></header>'
        '<div id="composer"><button id="open">Join</button></div>'
        f'<div id="comments">{articles}</div><p id="live" aria-live="polite"></p>'
        '<script type="module" src="/static/embed/write/test-entry.js"></script>'
    )


# What the reader does, without the reader: opens the composer, and passes acts on.
ENTRY = """
import { openComposer } from "./composer.js";
import { act } from "./acts.js";
import { start } from "./session.js";
document.getElementById("open").addEventListener("click", () => openComposer());
document.getElementById("comments").addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button);
});
if (location.search === "?start") await start();
document.documentElement.dataset.ready = "1";
"""

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types voxpop"
)


class Frame:
    """The page in Chromium, its server, and what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.server = Server()
        self.articles = article(1) + article(2, author="Bob")
        self.settings: dict[str, Any] = {
            "votes": "both",
            "guests": True,
            "edit_minutes": 15,
            "name": "The Demo",
            "sso": "off",
            "sso_door": False,
            "depth": 6,
            "placeholder": "Join the discussion…",
        }
        self.language = "en"
        self.faults: list[str] = []
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        page.route(f"{HOST}/**", self._serve)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{HOST}/embed{query}#url=https%3A%2F%2Fmagazine.test%2Fa&title=A%20page")
        self.page.wait_for_selector("html[data-ready]")

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_selector("html[data-ready]")

    def write(self, text: str, *, name: str = "Grace") -> None:
        """Opens the composer as a guest does, and types."""
        self.page.click("#open")
        self.page.fill(".v-area", text)
        if self.page.locator(".v-identity input[name=name]").count():
            self.page.fill(".v-identity input[name=name]", name)

    def asked(self, path: str) -> dict[str, Any]:
        """The first such request, waited for: an act is shown before it is sent."""
        for _ in range(100):
            if posted := self.server.posted(path):
                return posted[0]
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nobody asked {path}")

    def hear(self, words: str) -> None:
        """They are read aloud, by the time that the server has taken what is announced."""
        expect(self.page.locator("#live")).to_contain_text(words)

    def send(self) -> None:
        self.page.keyboard.press("Control+Enter")

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST).split("?")[0].split("#")[0]
        if path.startswith("/api/"):
            self.server.handle(route)
        elif path.endswith("test-entry.js"):
            route.fulfill(body=ENTRY, content_type="text/javascript")
        elif path.startswith("/static/embed/"):
            file = STATIC / path.removeprefix("/static/embed/")
            route.fulfill(path=file, content_type=TYPES[file.suffix])
        elif path == "/embed":
            body = shell(self.articles, settings=self.settings, language=self.language)
            headers = {"Content-Security-Policy": CONTENT_SECURITY, "Content-Type": "text/html"}
            route.fulfill(body=body, headers=headers)
        else:
            route.fulfill(status=404)


@pytest.fixture(scope="module")
def chromium(chromium_address: str) -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(chromium_address)
        yield browser
        browser.close()


@pytest.fixture
def frame(chromium: Any) -> Iterator[Frame]:
    """A fresh frame; any script error or violated policy in it fails the test."""
    context = chromium.new_context(viewport={"width": 720, "height": 900})
    frame = Frame(context.new_page())
    yield frame
    context.close()
    assert frame.faults == []
