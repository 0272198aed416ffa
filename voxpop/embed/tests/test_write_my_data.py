"""A guest finds the page of what is his: it opens beside, or the frame says why it does not."""

import pytest
from playwright.sync_api import expect

from voxpop.embed.tests.write_frame import HOST, Frame, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

LINK = f"{HOST}/privacy/signed/"
MINE = "text=My data"


@pytest.fixture
def guest(frame: Frame) -> Frame:
    """Somebody who has posted as a guest."""
    frame.server.answers["POST /forums/demo/comments"] = (201, shape(9))
    frame.page.context.route(
        f"{LINK}?*",
        lambda route: route.fulfill(body="<title>mine</title>", content_type="text/html"),
    )
    frame.open()
    frame.write("Hello")
    frame.send()
    frame.page.wait_for_selector("#c-c9")
    return frame


def test_it_opens_beside_the_page_and_is_asked_for_with_his_token(guest: Frame) -> None:
    guest.server.answers["POST /me/privacy"] = (200, {"url": LINK})
    with guest.page.expect_popup() as opening:
        guest.page.click(MINE)
    opening.value.wait_for_url(f"{LINK}?lang=en")
    assert opening.value.title() == "mine"
    assert guest.asked("POST /me/privacy")["headers"]["authorization"] == "Bearer tok"


def test_where_it_cannot_be_had_he_is_told_and_no_empty_tab_stays(guest: Frame) -> None:
    guest.server.refuse("POST /me/privacy", 429, "rate_limited")
    with guest.page.expect_popup() as opening:
        guest.page.click(MINE)
    expect(guest.page.locator(".v-identity .v-bad")).to_contain_text("30 seconds")
    if not opening.value.is_closed():
        opening.value.wait_for_event("close")


def test_where_windows_are_blocked_he_is_told(guest: Frame) -> None:
    guest.page.evaluate("open = () => null")
    guest.page.click(MINE)
    expect(guest.page.locator(".v-identity .v-bad")).to_contain_text("window")
    assert guest.server.posted("POST /me/privacy") == []


def test_who_is_nobody_yet_has_nothing(frame: Frame) -> None:
    frame.open()
    frame.page.click("#open")
    frame.page.wait_for_selector(".v-area")
    assert frame.page.locator(MINE).count() == 0
