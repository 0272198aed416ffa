"""R19: in preview and while it waits, what was typed never becomes markup in the browser.

Guard: the editor shows the server's own rendering through dom.js, and text as text.
"""

import pytest

from voxpop.embed.tests.write_frame import Frame, chromium, frame

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

WAITING = ".v-waiting"


def test_the_preview_is_the_servers_and_never_what_was_typed(frame: Frame) -> None:
    frame.server.answers["POST /preview"] = (200, {"html": "<p>safe <em>server</em></p>"})
    frame.open()
    frame.write("<img src=x onerror=\"document.title='fired'\"> *typed*")
    frame.page.click(".v-see")
    frame.page.wait_for_selector(".v-preview em")
    assert frame.page.inner_html(".v-preview") == "<p>safe <em>server</em></p>"
    assert frame.page.locator(".v-composer img").count() == 0
    assert frame.page.title() == "frame"
    assert "authorization" not in frame.asked("POST /preview")["headers"]
    frame.page.click(".v-see")
    assert "onerror" in frame.page.input_value(".v-area")


def test_what_waits_is_shown_as_text_and_never_rendered(frame: Frame) -> None:
    frame.server.die("POST /forums/demo/comments")
    frame.open()
    frame.write("<img src=x onerror=alert(1)> **bold**")
    frame.send()
    frame.page.wait_for_selector(WAITING)
    assert frame.page.locator(f"{WAITING} img, {WAITING} strong").count() == 0
    assert "<img src=x" in frame.page.inner_text(f"{WAITING} .v-source")
