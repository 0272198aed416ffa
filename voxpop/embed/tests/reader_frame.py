"""The reading half in a real Chromium: the loader on a publisher's page, the frame in it. What the
server would answer was rendered before by the product itself, so that no process has to run."""

import mimetypes
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, sync_playwright

from voxpop.embed.tests.conftest import PAGE
from voxpop.embed.views import SCRIPTS

HOST = "https://comments.test"
Answers = dict[str, tuple[int, dict[str, str], bytes]]
Tab = Callable[[Answers, dict[str, str]], AbstractContextManager[Page]]


def answers(client: Client, *paths: str) -> Answers:
    """What the product says at each path, to be said again later."""
    said: Answers = {}
    for path in ("/embed.js", "/count.js", *paths):
        response = client.get(path)
        said[path] = (response.status_code, dict(response.items()), response.content)
    return said


def thread_path() -> str:
    """Where the loader on PAGE asks for its frame."""
    return f"/embed/magazine/thread?u={quote(PAGE, safe='')}"


def host_page(
    body: str = '<div class="voxpop" data-forum="magazine"></div>', head: str = ""
) -> str:
    """A publisher's page with our snippet."""
    return (
        f'<!doctype html><html lang="en"><head><title>Elm</title>{head}</head><body>{body}'
        f'<script async src="{HOST}/embed.js"></script></body></html>'
    )


@pytest.fixture
def tab(chromium_address: str) -> Tab:
    """`with tab(said, pages) as page`: a tab in which comments.test answers as `said` and
    other addresses are `pages`.

    The browser is there before; its driver is not, for beside a driver's event loop Django lets
    nobody have the database.
    """

    @contextmanager
    def opened(said: Answers, pages: dict[str, str]) -> Iterator[Page]:
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(chromium_address)
            page = browser.new_context(viewport={"width": 900, "height": 700}).new_page()
            page.set_default_timeout(10_000)
            page.route("**/*", lambda route: _answer(route, said, pages))
            yield page
            browser.close()

    return opened


def _answer(route: Route, said: Answers, pages: dict[str, str]) -> None:
    url = urlsplit(route.request.url)
    path = f"{url.path}?{url.query}" if url.query else url.path
    if url.netloc != "comments.test":
        text = pages.get(f"{url.scheme}://{url.netloc}{url.path}")
        route.fulfill(status=200 if text else 404, content_type="text/html", body=text or "")
    elif url.path.startswith("/static/embed/"):
        # Where static files were collected before, the page names them with their hash.
        plain = re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", url.path)
        file = SCRIPTS / plain.removeprefix("/static/embed/")
        kind = mimetypes.guess_type(file.name)[0]
        route.fulfill(content_type=kind, body=file.read_bytes())
    elif path in said:
        status, headers, body = said[path]
        route.fulfill(status=status, headers=headers, body=body)
    elif "/events" in url.path:
        after = int(parse_qs(url.query)["after"][0])
        route.fulfill(json={"events": [], "seq": after, "mode": "poll", "wait": 0.2})
    else:
        route.fulfill(status=404, json={"code": "not_found"})
