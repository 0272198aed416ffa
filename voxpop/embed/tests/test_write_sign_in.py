"""Signing in through the popup: one code, from our own window, for the verifier that asked."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from voxpop.embed.tests.write_frame import HOST, THREAD, Frame, chromium, frame

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

AUTHOR = {"id": "u1", "name": "Ada", "avatar": "", "kind": "user"}


def open_popup(frame: Frame) -> Page:
    frame.server.answers["POST /tokens"] = (201, {"token": "account-token", "author": AUTHOR})
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (200, {"viewer": AUTHOR})
    frame.page.context.route(
        f"{HOST}/accounts/connect/**",
        lambda route: route.fulfill(body="<title>connect</title>", content_type="text/html"),
    )
    frame.open()
    frame.page.click("#open")
    with frame.page.expect_popup() as opening:
        frame.page.click("text=Sign in")
    popup = opening.value
    popup.wait_for_load_state()
    return popup


def test_the_popups_code_is_exchanged_with_the_verifier_of_its_challenge(frame: Frame) -> None:
    popup = open_popup(frame)
    (challenge,) = parse_qs(urlsplit(popup.url).query)["challenge"]
    popup.evaluate("opener.postMessage({type: 'voxpop:code', code: 'C0DE'}, location.origin)")
    frame.page.wait_for_selector(".v-me >> text=Ada")
    (asked,) = frame.server.posted("POST /tokens")
    digest = hashlib.sha256(asked["body"]["verifier"].encode()).digest()
    assert challenge == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert asked["body"]["code"] == "C0DE"


def test_a_code_from_anybody_else_is_not_listened_to(frame: Frame) -> None:
    """SAFETY T11: the frame's own window, or another one, cannot hand it a stranger's session."""
    open_popup(frame)
    frame.page.evaluate("postMessage({type: 'voxpop:code', code: 'EVIL'}, location.origin)")
    frame.page.evaluate(
        "dispatchEvent(new MessageEvent('message', {origin: 'https://evil.test',"
        " data: {type: 'voxpop:code', code: 'EVIL'}}))"
    )
    frame.page.wait_for_timeout(300)
    assert frame.server.posted("POST /tokens") == []


def test_a_blocked_popup_is_said_and_loses_nothing(frame: Frame) -> None:
    frame.open()
    frame.page.evaluate("window.open = () => null")
    frame.page.click("#open")
    frame.page.fill(".v-area", "Typed")
    frame.page.click("text=Sign in")
    frame.page.wait_for_selector(".v-identity .v-bad")
    assert "Allow pop-ups" in frame.page.inner_text(".v-identity")
    assert frame.page.input_value(".v-area") == "Typed"


def test_a_sign_in_that_was_given_up_leaves_everything_as_it_was(frame: Frame) -> None:
    popup = open_popup(frame)
    popup.close()
    frame.page.wait_for_timeout(1_200)
    assert frame.server.posted("POST /tokens") == []
    assert frame.page.locator("input[name=name]").count() == 1
