"""SAFETY T01: every hostile text we know, rendered by us, in a real Chromium: nothing happens."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Dialog, Page, Route, sync_playwright

from tests.browser.harness.chromium import chromium
from tests.corpora import ALLOWED, RENDERERS, hostile, rendered

pytestmark = pytest.mark.browser

CHUNK = 250
ADDRESS = "http://page.example/"

# Provokes handlers as a reader would, then tells what stands in the comments that may not.
INSPECT = """allowed => {
  const found = new Set();
  document.addEventListener('click', event => event.preventDefault(), true);
  const inspect = root => {
    for (const element of root.querySelectorAll('*')) {
      const tag = element.tagName.toLowerCase();
      if (!(tag in allowed)) found.add(`<${tag}>`);
      for (const {name} of element.attributes)
        if (!(allowed[tag] ?? []).includes(name)) found.add(`<${tag} ${name}>`);
      if (tag === 'a' && element.hasAttribute('href')
          && !['http:', 'https:', 'mailto:'].includes(element.protocol))
        found.add(element.protocol);
      for (const kind of ['mouseover', 'focus', 'click', 'toggle', 'animationstart'])
        element.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true}));
    }
  };
  const comments = [...document.querySelectorAll('#comments > article > .body')];
  for (const comment of comments) {
    inspect(comment);
    // What a script inserts again must not become something else (mutation).
    const once = comment.innerHTML;
    comment.innerHTML = once;
    inspect(comment);
    if (comment.innerHTML !== once) found.add(`mutates: ${once}`);
  }
  return {found: [...found], comments: comments.length};
}"""


@dataclass
class Seen:
    """What happened on a page beside being shown."""

    dialogs: int = 0
    requests: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    comments: int = 0


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("home"), {}) as address, sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(address)
        yield browser.new_context().new_page()
        browser.close()


def show(page: Page, comments: list[str]) -> Seen:
    """Open a page of these comments and provoke them."""
    seen = Seen()
    body = "".join(f'<article><div class="body">{html}</div></article>' for html in comments)
    document = f'<!doctype html><meta charset="utf-8"><div id="comments">{body}</div>'

    def answer(route: Route) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=document.encode(errors="replace"), content_type="text/html")
        else:
            seen.requests.append(route.request.url)
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        seen.dialogs += 1
        dialog.dismiss()

    page.route("**/*", answer)
    page.on("dialog", dismiss)
    try:
        page.goto(ADDRESS)
        told = page.evaluate(INSPECT, {tag: sorted(names) for tag, names in ALLOWED.items()})
        # Whatever was started has had its turn when a later task of the page has run.
        page.evaluate("() => new Promise(done => setTimeout(done, 50))")
    finally:
        page.remove_listener("dialog", dismiss)
        page.unroute("**/*")
    seen.found, seen.comments = told["found"], told["comments"]
    return seen


def test_no_hostile_text_does_anything(page):
    shown = list(
        dict.fromkeys(
            html for way in RENDERERS for text in hostile() if (html := rendered(text, way))
        )
    )
    assert len(shown) > 4000
    for start in range(0, len(shown), CHUNK):
        chunk = shown[start : start + CHUNK]
        seen = show(page, chunk)
        assert (seen.dialogs, seen.requests, seen.found) == (0, [], [])
        # Each stands in its own place: none has closed its frame or swallowed the next.
        assert seen.comments == len(chunk)


@pytest.mark.parametrize(
    "html",
    [
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<script>alert(1)</script>",
        "<details open ontoggle=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "<p onmouseover=alert(1)>x</p>",
        "</div></article><form><input autofocus onfocus=alert(1)>",
    ],
)
def test_the_same_page_sees_what_was_not_sanitised(page, html):
    seen = show(page, ["<p>before</p>", html, "<p>after</p>"])
    assert seen.dialogs or seen.requests or seen.found
    if "alert" in html and "href" not in html:
        assert seen.dialogs > 0
