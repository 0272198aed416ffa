"""Following, muting, watching, from the page where one reads."""

from typing import Any

import pytest

from voxpop.embed.tests.write_frame import THREAD, Frame, chromium, frame

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser


def come_back(frame: Frame, kind: str = "user", **overlay: Any) -> None:
    """Somebody who was here before, and what the server knows of him."""
    key = "account" if kind == "user" else "guest:demo"
    frame.page.add_init_script(
        f"localStorage.setItem('voxpop:{key}', JSON.stringify({{token: 'tok', author:"
        f" {{id: 'me', name: 'Grace', avatar: '', kind: '{kind}'}}}}))"
    )
    viewer = {"id": "me", "name": "Grace", "avatar": "", "kind": kind}
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (
        200,
        {"viewer": viewer, "votes": {}, "held": [], "own": [], "flags": [], "powers": [],
         "mutes": [], "watching": False, "unread": 0, "mails": None, **overlay},
    )  # fmt: skip
    frame.open("?start")


def author(frame: Frame) -> str:
    return frame.page.get_attribute("#c-c1", "data-author") or ""


def open_menu(frame: Frame) -> list[str]:
    frame.page.click("#c-c1 [data-act=menu]")
    frame.page.wait_for_selector("[role=menu]")
    return frame.page.locator("[role=menuitem]").all_inner_texts()


def choose(frame: Frame, words: str) -> None:
    frame.page.locator("[role=menuitem]", has_text=words).click()


def test_an_account_follows_from_the_menu_and_it_is_said(frame: Frame) -> None:
    known = {"follows": False, "mutes": False, "can_follow": True}
    come_back(frame)
    person = author(frame)
    frame.server.answers[f"GET /me/people/{person}"] = (200, known)
    frame.server.answers[f"PUT /me/follows/{person}"] = (200, {**known, "follows": True})
    name = frame.page.inner_text("#c-c1 .who bdi")
    assert f"Follow {name}" in open_menu(frame)
    choose(frame, f"Follow {name}")
    frame.hear(f"You follow {name} now.")
    frame.server.answers[f"GET /me/people/{person}"] = (200, {**known, "follows": True})
    assert f"Stop following {name}" in open_menu(frame)


def test_the_menu_leads_to_a_profile_where_there_is_one(frame: Frame) -> None:
    come_back(frame)
    person = author(frame)
    known = {"follows": False, "mutes": False, "can_follow": True}
    frame.server.answers[f"GET /me/people/{person}"] = (200, known)
    assert "See profile" not in open_menu(frame)
    frame.page.keyboard.press("Escape")
    frame.page.evaluate(
        "const name = document.querySelector('#c-c1 .who bdi');"
        "const link = document.createElement('a'); link.href = '#profile';"
        "link.textContent = name.textContent; name.replaceChildren(link)"
    )
    assert open_menu(frame)[-2:][0] == "See profile"
    choose(frame, "See profile")
    assert frame.page.url.endswith("#profile")


def test_what_cannot_be_known_soon_keeps_no_menu_waiting(frame: Frame) -> None:
    come_back(frame)
    frame.server.answers[f"GET /me/people/{author(frame)}"] = (0, None)
    words = open_menu(frame)
    assert any(each.startswith("Mute") for each in words)
    assert not any(each.startswith("Follow") for each in words)


def test_a_guest_mutes_but_follows_nobody(frame: Frame) -> None:
    come_back(frame, kind="guest")
    words = open_menu(frame)
    assert any(each.startswith("Mute") for each in words)
    assert not any("ollow" in each for each in words)


def test_who_is_muted_folds_at_once_and_is_shown_on_request(frame: Frame) -> None:
    come_back(frame, kind="guest")
    person, name = author(frame), frame.page.inner_text("#c-c1 .who bdi")
    standing = {"follows": False, "mutes": True, "can_follow": False}
    frame.server.answers[f"PUT /me/mutes/{person}"] = (200, standing)
    frame.server.answers[f"DELETE /me/mutes/{person}"] = (200, {**standing, "mutes": False})
    open_menu(frame)
    choose(frame, f"Mute {name}")
    frame.page.wait_for_selector("#c-c1.is-muted")
    assert not frame.page.is_visible("#c-c1 .body")
    frame.page.click("#c-c1 .v-muted button")
    assert frame.page.is_visible("#c-c1 .body")
    assert f"Unmute {name}" in open_menu(frame)
    choose(frame, f"Unmute {name}")
    frame.hear(f"You see what {name} writes again.")
    assert frame.page.locator(".is-muted").count() == 0


def test_a_mute_is_laid_over_the_shared_page(frame: Frame) -> None:
    come_back(frame, mutes=["a1"])
    frame.page.wait_for_selector("#c-c1.is-muted")


def test_a_refused_mute_says_why_and_nothing_is_hidden(frame: Frame) -> None:
    come_back(frame, kind="guest")
    frame.server.refuse(f"PUT /me/mutes/{author(frame)}", 429, "rate_limited")
    open_menu(frame)
    choose(frame, "Mute")
    frame.page.wait_for_selector("#c-c1 .v-error")
    assert frame.page.is_visible("#c-c1 .body")


def test_a_thread_is_watched_by_one_press_and_taken_back_when_refused(frame: Frame) -> None:
    path = f"/me/watches/{THREAD}"
    come_back(frame)
    watch = frame.page.get_by_role("button", name="Watch this thread")
    assert watch.get_attribute("aria-pressed") == "false"
    frame.server.answers[f"PUT {path}"] = (200, {"watching": True})
    watch.click()
    frame.hear("You are told of every new comment here.")
    assert watch.get_attribute("aria-pressed") == "true"
    frame.server.refuse(f"DELETE {path}", 503, "unavailable")
    watch.click()
    frame.page.wait_for_selector(".v-watch[aria-pressed=true]")
    frame.hear("cannot be reached")


def test_a_guest_has_nothing_to_watch_with(frame: Frame) -> None:
    come_back(frame, kind="guest")
    assert frame.page.locator(".v-watch").count() == 0
