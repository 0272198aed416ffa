"""SAFETY T11, R12: a message counts by its exact origin and its window, and nothing else does."""

import json
import random
import re
from pathlib import Path

import pytest
from django.test import Client

import voxpop
from tests.browser.harness.waiting import until
from voxpop.embed.tests.conftest import PAGE, Post, ann, forum, post
from voxpop.embed.tests.reader_frame import Tab, answers, host_page, tab, thread_path

__all__ = ["ann", "forum", "post", "tab"]
pytestmark = pytest.mark.django_db

TYPES = ["height", "scroll", "comment", "count", "theme", "open", "view", "watch", "error", "code"]
VALUES = [0, -1, 9e9, None, "x", "dark", "<img src=x onerror=alert(1)>", [], {}, True, "#fff"]


def fuzzed(count: int) -> list[object]:
    """Messages of every kind that we know, with values of every kind that we do not expect."""
    chance = random.Random(11)
    names = ["height", "top", "bottom", "theme", "accent", "comment", "id", "code", "count"]
    messages: list[object] = []
    for _ in range(count):
        message = {name: chance.choice(VALUES) for name in chance.sample(names, 4)}
        kind = chance.choice(TYPES)
        messages.append({**message, "type": chance.choice([f"voxpop:{kind}", kind, None, 7])})
    return [*messages, *VALUES]


HOSTILE = """<script>
const send = () => { for (const message of MESSAGES) {
  parent.postMessage(message, "*");
  for (let at = 0; at < parent.frames.length; at++) parent.frames[at].postMessage(message, "*");
} parent.postMessage("done", "*"); };
addEventListener("message", (event) => event.data === "go" && send());
</script>"""

STATE = """() => ({ height: document.querySelector('.voxpop iframe').style.height, y: scrollY,
  heard: window.heard, theme: document.querySelector('.voxpop iframe').style.colorScheme })"""
INSIDE = "() => document.documentElement.outerHTML"


@pytest.mark.browser
def test_500_messages_of_a_hostile_frame_change_nothing(
    client: Client, tab: Tab, post: Post
) -> None:
    for _ in range(5):
        post()
    hostile = HOSTILE.replace("MESSAGES", json.dumps(fuzzed(500)))
    page_html = host_page(
        '<div class="voxpop" data-forum="magazine"></div>'
        '<iframe id="evil" src="https://evil.test/"></iframe>'
        '<iframe id="neighbour" src="/neighbour"></iframe><p style="height:3000px"></p>',
        head="<script>heard = []; for (const name of ['comment', 'count', 'error', 'ready'])"
        "addEventListener('voxpop:' + name, (event) => heard.push(name));"
        "addEventListener('message', (event) => { if (event.data === 'done') window.done = 1 });"
        "</script>",
    )
    pages = {
        PAGE: page_html,
        "https://evil.test/": hostile,
        "https://magazine.test/neighbour": hostile,
    }
    with tab(answers(client, thread_path()), pages) as page:
        page.goto(PAGE)
        until(page, "window.heard.includes('count')")
        frame = next(frame for frame in page.frames if "/embed/" in frame.url)
        frame.wait_for_selector("article")
        until(page, "parseInt(document.querySelector('.voxpop iframe').style.height)")
        page.wait_for_timeout(300)
        before, inside = page.evaluate(STATE), frame.evaluate(INSIDE)
        # Of another origin, and of the publisher's own: the right origin from a wrong window.
        for name in ("evil", "neighbour"):
            page.evaluate(f"done = 0; {name}.contentWindow.postMessage('go', '*')")
            until(page, "window.done === 1")
            page.wait_for_timeout(300)
            assert page.evaluate(STATE) == before
            assert frame.evaluate(INSIDE) == inside
        # The control: the same kinds of message, from where they may come, are heard.
        page.evaluate(
            "document.querySelector('.voxpop iframe').contentWindow.postMessage("
            "{type: 'voxpop:theme', theme: 'dark'}, 'https://comments.test')"
        )
        until(frame, "document.documentElement.dataset.theme === 'dark'")
        frame.evaluate(
            "parent.postMessage({type: 'voxpop:count', count: 9}, 'https://magazine.test')"
        )
        until(page, "window.heard.filter((name) => name === 'count').length === 2")
        # The right window, but it has gone to another origin.
        page.evaluate("document.querySelector('.voxpop iframe').src = 'https://evil.test/'")
        page.wait_for_timeout(500)
        before = page.evaluate(STATE)
        page.evaluate(
            "done = 0; document.querySelector('.voxpop iframe').contentWindow"
            ".postMessage('go', '*')"
        )
        until(page, "window.done === 1")
        page.wait_for_timeout(300)
        assert page.evaluate(STATE) == before


# What windows of ours run, be it the frame's, a pop-up's or a page's.
WINDOWS = sorted(Path(voxpop.__file__).parent.glob("*/static/**/*.js"))


def test_no_message_is_sent_to_whoever_listens() -> None:
    sending = set()
    for script in WINDOWS:
        for call in re.findall(r"postMessage\(([^;]*)\)", script.read_text()):
            sending.add(script.name)
            assert not re.search(r"""["'`]\*["'`]""", call), f"{script.name}: {call}"
    # What hands over a sign-in is among them.
    assert {"loader.js", "facts.js", "connect.js", "back.js"} <= sending


def test_nothing_trusts_the_name_of_a_window() -> None:
    for script in WINDOWS:
        text = script.read_text()
        assert not re.search(r"\b(window|self|globalThis|top|parent)\.name\b", text), script.name
