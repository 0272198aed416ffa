"""The bell: only for an account, and asked again at most each minute. The tick: mail me replies."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from voxpop.embed.tests.write_frame import THREAD, Frame, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

OVERLAY = f"GET /me/threads/{THREAD}"
AUTHOR = {"id": "u1", "name": "Ada", "avatar": "", "kind": "user"}


def signed_in(frame: Frame, key: str = "account", author: Any = AUTHOR, **overlay: Any) -> None:
    frame.server.answers[OVERLAY] = (200, {"viewer": author, **overlay})
    kept = json.dumps({"token": "t", "author": author})
    frame.page.add_init_script(f"localStorage.setItem('voxpop:{key}', {json.dumps(kept)})")


def bell(frame: Frame) -> Locator:
    return frame.page.locator(".v-bell")


def test_the_bell_says_how_much_is_new_and_leads_to_the_inbox(frame: Frame) -> None:
    signed_in(frame, unread=3)
    frame.open("?start")
    expect(bell(frame)).to_have_attribute("href", "/home/inbox/")
    expect(bell(frame)).to_have_accessible_name("Inbox: 3")
    expect(bell(frame)).to_have_text("3")


def test_ten_stand_for_any_number_and_none_for_nothing(frame: Frame) -> None:
    signed_in(frame, unread=10)
    frame.open("?start")
    expect(bell(frame)).to_have_text("9+")
    signed_in(frame, unread=0)
    frame.reload()
    expect(bell(frame)).to_have_accessible_name("Inbox")
    expect(bell(frame)).to_have_text("")


def test_a_guest_has_no_inbox_and_so_no_bell(frame: Frame) -> None:
    signed_in(frame, "guest:demo", {**AUTHOR, "kind": "guest"}, unread=0)
    frame.open("?start")
    frame.page.click("#open")
    expect(frame.page.locator(".v-me")).to_have_text("Ada")
    expect(bell(frame)).to_have_count(0)


def test_it_is_asked_again_once_a_minute_and_not_sooner(frame: Frame) -> None:
    frame.page.clock.install()
    signed_in(frame, unread=0)
    frame.open("?start")
    expect(bell(frame)).to_have_text("")
    asked = len(frame.server.posted(OVERLAY))
    frame.page.clock.run_for(50_000)
    frame.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert len(frame.server.posted(OVERLAY)) == asked
    frame.server.answers[OVERLAY] = (200, {"viewer": AUTHOR, "unread": 2})
    frame.page.clock.run_for(12_000)
    expect(bell(frame)).to_have_text("2")
    assert len(frame.server.posted(OVERLAY)) == asked + 1


def test_a_guest_who_leaves_an_address_may_ask_for_mail_by_one_tick(frame: Frame) -> None:
    frame.server.answers["PUT /me/mail"] = (200, {"replies": True, "confirmed": False})
    frame.server.answers["POST /forums/demo/comments"] = (201, shape(9))
    frame.open()
    frame.write("Hello.")
    tick = frame.page.get_by_label("Mail me replies")
    expect(tick).to_be_hidden()
    frame.page.fill("input[name=email]", "grace@example.org")
    tick.check()
    frame.send()
    asked = frame.asked("PUT /me/mail")
    assert asked["body"] == {"replies": True}
    assert asked["headers"]["authorization"] == "Bearer tok"
    (guest,) = frame.server.posted("POST /guests")
    assert guest["body"] == {"forum": "demo", "name": "Grace", "email": "grace@example.org"}


def test_a_tick_is_remembered_until_the_comment_is_out(frame: Frame) -> None:
    """The second try knows the guest by his token; he has ticked once and for all."""
    frame.server.answers["PUT /me/mail"] = (200, {"replies": True, "confirmed": False})
    frame.server.die("POST /forums/demo/comments")
    frame.open()
    frame.write("Hello.")
    frame.page.fill("input[name=email]", "grace@example.org")
    frame.page.get_by_label("Mail me replies").check()
    frame.send()
    frame.asked("POST /forums/demo/comments")
    assert frame.server.posted("PUT /me/mail") == []
    frame.server.answers["POST /forums/demo/comments"] = (201, shape(9))
    frame.page.evaluate("dispatchEvent(new Event('online'))")
    frame.asked("PUT /me/mail")
    assert len(frame.server.posted("POST /guests")) == 1


def test_without_the_tick_nothing_is_asked_for(frame: Frame) -> None:
    frame.server.answers["POST /forums/demo/comments"] = lambda asked: None
    frame.open()
    frame.write("Hello.")
    frame.page.fill("input[name=email]", "grace@example.org")
    frame.send()
    frame.asked("POST /forums/demo/comments")
    assert frame.server.posted("PUT /me/mail") == []


def test_a_tick_that_is_refused_keeps_no_comment_waiting(frame: Frame) -> None:
    frame.server.refuse("PUT /me/mail", 429, "rate_limited")
    frame.open()
    frame.write("Hello.")
    frame.page.fill("input[name=email]", "grace@example.org")
    frame.page.get_by_label("Mail me replies").check()
    frame.send()
    frame.asked("POST /forums/demo/comments")
