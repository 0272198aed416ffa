"""T10: a browser that refuses storage to frames loses nothing but the memory of the next visit."""

import pytest

from voxpop.embed.tests.write_frame import Frame, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

POST = "POST /forums/demo/comments"


def test_without_any_storage_one_posts_and_edits_what_one_posted(frame: Frame) -> None:
    frame.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})"
    )
    frame.server.answers[POST] = (201, shape(9))
    frame.server.answers["GET /me/comments/c9"] = (200, {"source": "Hello", "revision": 1})
    frame.server.answers["PATCH /comments/c9"] = (200, shape(9, seq=10, revision=2))
    frame.open()
    frame.write("Hello")
    frame.send()
    frame.page.click("#c-c9 [data-act=menu]")
    frame.page.click("text=Edit")
    frame.page.wait_for_selector(".v-composer.is-edit")
    assert frame.page.input_value(".is-edit .v-area") == "Hello"
    frame.page.fill(".is-edit .v-area", "Hello, changed")
    frame.send()
    frame.page.wait_for_selector(".v-composer.is-edit", state="detached")
    (asked,) = frame.server.posted("PATCH /comments/c9")
    assert asked["body"] == {"source": "Hello, changed", "revision": 1}
    assert asked["headers"]["authorization"] == "Bearer tok"
