"""Votes, reports, menus, moderation: by keyboard, said aloud, and undone when refused."""

from typing import Any

import pytest

from voxpop.embed.tests.write_frame import THREAD, Frame, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

VOTE = "PUT /comments/c1/vote"


def sign_in(frame: Frame, **overlay: Any) -> None:
    """A guest who was here before, and what the server knows of him."""
    frame.page.add_init_script(
        "localStorage.setItem('voxpop:guest:demo', JSON.stringify({token: 'tok', author:"
        " {id: 'me', name: 'Grace', avatar: '', kind: 'guest'}}))"
    )
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (
        200,
        {"viewer": shape(0)["author"], "votes": {}, "held": [], "own": [], "flags": [], **overlay},
    )
    frame.open("?start")


def pressed(frame: Frame, act: str) -> str | None:
    return frame.page.get_attribute(f"#c-c1 [data-act={act}]", "aria-pressed")


def choices(frame: Frame) -> list[str]:
    return frame.page.locator("[role=menuitem]").all_inner_texts()


def test_a_vote_is_shown_at_once_and_pressed_again_taken_back(frame: Frame) -> None:
    frame.server.answers[VOTE] = (200, {"value": 1})
    sign_in(frame)
    frame.page.click("#c-c1 [data-act=up]")
    assert pressed(frame, "up") == "true"
    assert frame.page.inner_text("#c-c1 .n.up") == "1"
    frame.hear("You voted for it.")
    frame.page.click("#c-c1 [data-act=down]")
    assert (pressed(frame, "up"), pressed(frame, "down")) == ("false", "true")
    frame.page.click("#c-c1 [data-act=down]")
    assert pressed(frame, "down") == "false"
    frame.hear("Your vote is taken back.")
    assert [each["body"]["value"] for each in frame.server.posted(VOTE)] == [1, -1, 0]


def test_a_refused_vote_is_taken_back_and_the_reason_stands_at_the_comment(frame: Frame) -> None:
    frame.server.refuse(VOTE, 403, "not_allowed", detail="You cannot vote on your own comment.")
    sign_in(frame)
    frame.page.click("#c-c1 [data-act=up]")
    frame.page.wait_for_selector("#c-c1 .v-error")
    assert pressed(frame, "up") == "false"
    assert frame.page.inner_text("#c-c1 .n.up") == ""


def test_my_votes_are_laid_over_the_shared_page(frame: Frame) -> None:
    sign_in(frame, votes={"c1": -1})
    assert (pressed(frame, "up"), pressed(frame, "down")) == ("false", "true")


def test_who_votes_without_a_name_is_asked_and_the_vote_goes_on(frame: Frame) -> None:
    frame.server.answers[VOTE] = (200, {"value": 1})
    frame.open()
    frame.page.click("#c-c1 [data-act=up]")
    frame.page.fill("#c-c1 .v-who input[name=name]", "Grace")
    frame.page.keyboard.press("Enter")
    frame.page.wait_for_selector("#c-c1 [data-act=up][aria-pressed=true]")
    assert frame.asked(VOTE)["headers"]["authorization"] == "Bearer tok"


def test_the_menu_is_complete_by_keyboard(frame: Frame) -> None:
    sign_in(frame)
    button = frame.page.locator("#c-c1 [data-act=menu]")
    button.press("Enter")
    frame.page.wait_for_selector("[role=menu]")
    assert button.get_attribute("aria-expanded") == "true"
    focused = "document.activeElement.textContent"
    assert frame.page.evaluate(focused) == "Copy link"
    frame.page.keyboard.press("ArrowUp")
    assert frame.page.evaluate(focused) == "Mute Ada Lovelace"
    frame.page.keyboard.press("Home")
    assert frame.page.evaluate(focused) == "Copy link"
    frame.page.keyboard.press("r")
    assert frame.page.evaluate(focused) == "Report"
    frame.page.keyboard.press("Escape")
    assert frame.page.locator("[role=menu]").count() == 0
    assert frame.page.evaluate("document.activeElement.dataset.act") == "menu"
    assert button.get_attribute("aria-expanded") == "false"


def test_a_report_carries_its_reason(frame: Frame) -> None:
    frame.server.answers["PUT /comments/c1/flag"] = (200, {"reason": "spam"})
    sign_in(frame)
    frame.page.locator("#c-c1 [data-act=menu]").press("Enter")
    frame.page.click("text=Report")
    frame.page.click("text=It is spam")
    frame.hear("A moderator will look")
    assert frame.asked("PUT /comments/c1/flag")["body"] == {"reason": "spam"}


def test_what_was_reported_already_is_not_offered_again(frame: Frame) -> None:
    sign_in(frame, flags=["c1"])
    frame.page.click("#c-c1 [data-act=menu]")
    assert choices(frame) == ["Copy link", "Mute Ada Lovelace"]


def test_deleting_asks_first_and_the_focus_goes_on(frame: Frame) -> None:
    frame.server.answers["DELETE /comments/c1"] = (200, shape(1, status="deleted", seq=20))
    sign_in(frame, own=[{"id": "c1", "editable_until": "2001-01-01T00:00:00Z"}])
    frame.page.click("#c-c1 [data-act=menu]")
    assert choices(frame) == ["Delete", "Copy link"]  # the time for editing is over
    frame.page.click("text=Delete")
    frame.page.click("text=Keep it")
    assert frame.server.posted("DELETE /comments/c1") == []
    frame.page.click("#c-c1 [data-act=menu]")
    frame.page.click("[role=menuitem] >> text=Delete")
    frame.page.click(".v-ask >> text=Delete >> nth=-1")
    frame.page.wait_for_selector("#c-c1", state="detached")
    assert frame.page.evaluate("document.activeElement.closest('.c').id") == "c-c2"
    frame.hear("Your comment is deleted.")


def test_only_a_moderator_sees_the_moderators_choices_and_decides(frame: Frame) -> None:
    decision = "POST /moderation/comments/c1/decisions"
    undo = "POST /moderation/decisions/d1/undo"
    spam = shape(1, status="spam", seq=20)
    frame.server.answers[decision] = (201, {"decision": {"id": "d1"}, "comment": spam})
    frame.server.answers[undo] = (200, {"decision": {"id": "d1"}, "comment": shape(1, seq=21)})
    sign_in(frame, powers=["moderate"])
    frame.page.click("#c-c1 [data-act=menu]")
    assert choices(frame)[3:] == [
        "Approve",
        "Reject",
        "Mark as spam",
        "Remove",
        "Pin to the top",
        "Lock discussion",
        "Ban author",
    ]
    frame.page.click("text=Mark as spam")
    frame.page.wait_for_selector("#c-c1", state="detached")
    frame.hear("Removed.")
    asked = frame.asked(decision)
    assert asked["body"] == {"decision": "spam"}
    assert "idempotency-key" in asked["headers"]
    frame.page.keyboard.press("Enter")  # the way back has the focus
    frame.page.wait_for_selector("#c-c1")


def test_what_of_mine_waits_goes_with_me_when_i_sign_out(frame: Frame) -> None:
    frame.server.answers["DELETE /tokens"] = (200, {})
    sign_in(frame, held=[shape(9, status="held")])
    frame.page.wait_for_selector("#c-c9.is-held")
    frame.page.click("#open")
    frame.page.click("text=Sign out")
    frame.page.wait_for_selector("#c-c9", state="detached")
    assert frame.asked("DELETE /tokens")["headers"]["authorization"] == "Bearer tok"
    assert frame.page.evaluate("localStorage.getItem('voxpop:guest:demo')") is None
