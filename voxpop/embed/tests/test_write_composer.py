"""The editor: whatever fails, what was typed stays, and only the server renders it."""

import re
from typing import Any

import pytest

from voxpop.embed.tests.test_write_acts import sign_in
from voxpop.embed.tests.write_frame import THREAD, Frame, article, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

POST = "POST /forums/demo/comments"


def test_a_guest_gives_a_name_once_and_posts_with_a_bearer_token(frame: Frame) -> None:
    frame.page.context.add_cookies(
        [{"name": "sessionid", "value": "own", "url": "https://comments.test"}]
    )
    frame.server.answers[POST] = (201, shape(9))
    frame.open()
    frame.write("Hello")
    frame.send()
    frame.page.wait_for_selector("#c-c9")
    (asked,) = frame.server.posted(POST)
    assert asked["headers"]["authorization"] == "Bearer tok"
    assert "cookie" not in asked["headers"]  # a cookie never authorises a write (SAFETY T08)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]+", asked["headers"]["idempotency-key"])
    assert asked["body"]["thread"] == {"url": "https://magazine.test/a", "title": "A page"}
    assert frame.page.input_value(".v-area") == ""
    assert frame.page.inner_text(".v-identity").startswith("Posting as Grace")
    frame.hear("Your comment is published.")


def test_a_missing_name_is_asked_for_at_its_field(frame: Frame) -> None:
    frame.open()
    frame.write("Hello", name=" ")
    frame.send()
    frame.page.wait_for_selector(".v-bad")
    assert frame.page.evaluate("document.activeElement.name") == "name"
    assert frame.page.get_attribute("input[name=name]", "aria-invalid") == "true"
    assert frame.server.asked == []


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "banned", "You may not comment here"),
        (401, "bad_token", "sign in again"),
        (422, "source_not_renderable", "less formatting"),
        (423, "thread_locked", "was closed"),
        (429, "rate_limited", "30 seconds"),
        (403, "some_new_code", "some_new_code"),
    ],
)
def test_every_refusal_leaves_the_text_and_says_what_to_do(
    frame: Frame, status: int, code: str, told: str
) -> None:
    frame.server.refuse(POST, status, code)
    frame.open()
    frame.write("Not to be lost")
    frame.send()
    frame.page.wait_for_selector(".v-error:not(:empty)")
    assert told in frame.page.inner_text(".v-error")
    assert frame.page.input_value(".v-area") == "Not to be lost"
    frame.reload()  # nor does a reload lose it
    frame.page.click("#open")
    assert frame.page.input_value(".v-area") == "Not to be lost"


def test_a_draft_and_its_key_survive_a_reload(frame: Frame) -> None:
    frame.server.refuse(POST, 429, "rate_limited")
    frame.open()
    frame.write("Draft")
    frame.send()
    frame.page.wait_for_selector(".v-error:not(:empty)")
    frame.server.answers[POST] = (201, shape(9))
    frame.reload()
    frame.page.click("#open")
    frame.page.wait_for_selector(".v-area")
    frame.send()
    frame.page.wait_for_selector("#c-c9")
    first, second = (each["headers"]["idempotency-key"] for each in frame.server.posted(POST))
    assert first == second


def test_a_guest_whose_comment_waits_for_his_mail_is_told_what_to_do(frame: Frame) -> None:
    frame.server.answers[POST] = (202, shape(9, status="held", awaits="author"))
    frame.open()
    frame.write("Hello")
    frame.send()
    frame.page.wait_for_selector("#c-c9 .v-held")
    assert "link in the mail" in frame.page.inner_text("#c-c9 .v-held")


def test_a_guest_without_an_address_is_asked_for_one_and_keeps_his_text(frame: Frame) -> None:
    frame.server.refuse(POST, 403, "address_needed")
    frame.open()
    frame.write("Hello")
    frame.send()
    frame.page.wait_for_selector(".v-error:not(:empty)")
    assert "e-mail address" in frame.page.inner_text(".v-error")
    assert frame.page.input_value(".v-area") == "Hello"
    assert frame.page.is_visible("input[name=email]")


def test_an_edit_that_somebody_overtook_keeps_the_text_and_can_be_saved_knowingly(
    frame: Frame,
) -> None:
    frame.server.answers[POST] = (201, shape(9))
    frame.server.answers["GET /me/comments/c9"] = (200, {"source": "Hello", "revision": 1})
    frame.server.refuse("PATCH /comments/c9", 409, "revision_conflict")
    frame.open()
    frame.write("Hello")
    frame.send()
    frame.page.click("#c-c9 [data-act=menu]")
    frame.page.click("text=Edit")
    frame.page.fill(".is-edit .v-area", "Mine")
    frame.server.answers["GET /me/comments/c9"] = (200, {"source": "Theirs", "revision": 2})
    frame.send()
    frame.page.wait_for_selector(".is-edit .v-error:not(:empty)")
    assert frame.page.input_value(".is-edit .v-area") == "Mine"
    frame.server.answers["PATCH /comments/c9"] = (200, shape(9, seq=11, revision=3))
    frame.send()
    frame.page.wait_for_selector(".v-composer.is-edit", state="detached")
    last = frame.server.posted("PATCH /comments/c9")[-1]
    assert last["body"] == {"source": "Mine", "revision": 2}


def test_shortcuts_and_toolbar_format_the_selection_and_can_be_undone(frame: Frame) -> None:
    frame.open()
    frame.page.click("#open")
    frame.page.fill(".v-area", "word")
    frame.page.press(".v-area", "Control+a")
    frame.page.press(".v-area", "Control+b")
    assert frame.page.input_value(".v-area") == "**word**"
    frame.page.press(".v-area", "Control+b")
    assert frame.page.input_value(".v-area") == "word"
    frame.page.click("[data-format=quote]")
    assert frame.page.input_value(".v-area") == "> word"
    frame.page.press(".v-area", "Control+z")
    assert frame.page.input_value(".v-area") == "word"


def test_the_toolbar_is_one_tab_stop_with_arrows(frame: Frame) -> None:
    frame.open()
    frame.page.click("#open")
    frame.page.press(".v-area", "Tab")
    pressed = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        frame.page.keyboard.press(key)
        pressed.append(frame.page.evaluate("document.activeElement.dataset.format"))
    assert pressed == ["italic", "link", "italic"]
    assert frame.page.locator(".v-tool[tabindex='0']").count() == 1


def test_names_on_the_page_are_offered_after_an_at_sign(frame: Frame) -> None:
    frame.open()
    frame.page.click("#open")
    frame.page.type(".v-area", "Hi @ad")
    frame.page.wait_for_selector("[role=option]")
    assert frame.page.inner_text("[role=option][aria-selected=true]") == "Ada Lovelace"
    frame.page.keyboard.press("Enter")
    assert frame.page.input_value(".v-area") == "Hi @Ada Lovelace "
    assert frame.page.locator("[role=listbox]").count() == 0


def test_names_of_those_who_are_not_on_the_page_are_asked_for(frame: Frame) -> None:
    """Whom I follow, and who wrote further down: the server knows them."""
    names = f"GET /me/threads/{THREAD}/names"
    frame.server.answers[names] = (200, [{"id": "a9", "name": "Zoë Followed"}])
    sign_in(frame)
    frame.page.click("#open")
    frame.page.type(".v-area", "Hi @zo")
    assert frame.page.inner_text("[role=option][aria-selected=true]") == "Zoë Followed"
    frame.page.keyboard.press("Enter")
    assert frame.page.input_value(".v-area") == "Hi @Zoë Followed "
    # Once the typing paused, as the one who is signed in, and for what was typed.
    (asked,) = frame.server.posted(names)
    assert asked["headers"]["authorization"] == "Bearer tok"
    assert asked["query"] == "begins=zo"


def test_a_server_that_cannot_say_names_takes_none_from_the_page(frame: Frame) -> None:
    frame.server.refuse(f"GET /me/threads/{THREAD}/names", 503, "down")
    sign_in(frame)
    frame.page.click("#open")
    frame.page.type(".v-area", "Hi @bo")
    frame.asked(f"GET /me/threads/{THREAD}/names")
    assert frame.page.inner_text("[role=option][aria-selected=true]") == "Bob"
    assert frame.faults == []


def test_a_reply_quotes_what_was_selected(frame: Frame) -> None:
    frame.open()
    frame.page.evaluate("getSelection().selectAllChildren(document.querySelector('#c-c1 p'))")
    frame.page.click("#c-c1 [data-act=reply]")
    frame.page.wait_for_selector(".is-reply .v-area")
    assert frame.page.input_value(".is-reply .v-area") == "> Text of 1\n\n"
    assert frame.page.get_attribute(".is-reply", "aria-label") == "Reply to Ada Lovelace"


def test_a_reply_carries_its_parent_and_goes_below_it(frame: Frame) -> None:
    reply = article(9, author="Grace", parent="c1", depth=1)
    frame.server.answers[POST] = (201, shape(9, parent="c1", fragment=reply))
    frame.open()
    frame.page.click("#c-c1 [data-act=reply]")
    frame.page.fill(".is-reply .v-area", "Yes")
    frame.page.fill(".is-reply input[name=name]", "Grace")
    frame.send()
    frame.page.wait_for_selector("#c-c1 + #c-c9")
    assert frame.asked(POST)["body"]["parent"] == "c1"
    assert frame.page.locator(".is-reply").count() == 0


def test_escape_puts_a_reply_away_gives_the_focus_back_and_keeps_the_draft(frame: Frame) -> None:
    frame.open()
    frame.page.click("#c-c2 [data-act=reply]")
    frame.page.fill(".is-reply .v-area", "Half a thou")
    frame.page.keyboard.press("Escape")
    assert frame.page.locator(".is-reply").count() == 0
    assert frame.page.evaluate("document.activeElement.dataset.act") == "reply"
    frame.page.click("#c-c2 [data-act=reply]")
    assert frame.page.input_value(".is-reply .v-area") == "Half a thou"


def test_where_guests_may_not_write_only_the_doors_are_offered(frame: Frame) -> None:
    frame.settings["guests"] = False
    frame.open()
    frame.page.click("#open")
    frame.page.fill(".v-area", "Hello")
    assert frame.page.locator("input[name=name]").count() == 0
    assert "Sign in" in frame.page.inner_text(".v-identity")
    frame.send()
    assert "Sign in to comment here" in frame.page.inner_text(".v-error")
    assert frame.page.input_value(".v-area") == "Hello"


def test_characters_left_are_told_near_the_end_and_too_many_are_not_sent(frame: Frame) -> None:
    frame.open()
    frame.write("x" * 8_000)
    assert frame.page.inner_text(".v-left") == ""
    frame.page.fill(".v-area", "x" * 9_990)
    assert frame.page.inner_text(".v-left") == "10 characters left"
    frame.page.fill(".v-area", "x" * 10_001)
    frame.send()
    assert frame.page.inner_text(".v-left") == "1 character too many"
    assert "two parts" in frame.page.inner_text(".v-error")
    assert frame.server.asked == []


def test_a_text_of_wide_characters_is_as_long_as_its_bytes(frame: Frame) -> None:
    frame.open()
    frame.write("\N{HEAVY BLACK HEART}" * 6_800)  # three bytes each
    assert frame.page.inner_text(".v-left") == "26 characters left"
    frame.page.fill(".v-area", "\N{PERFORMING ARTS}" * 5_121)  # four
    frame.send()
    assert frame.page.inner_text(".v-left") == "1 character too many"
    assert "two parts" in frame.page.inner_text(".v-error")
    assert frame.server.asked == []


def test_what_waits_for_a_moderator_is_shown_to_its_author_as_that(frame: Frame) -> None:
    frame.server.answers[POST] = (202, shape(9, status="held"))
    frame.open()
    frame.write("First")
    frame.send()
    frame.page.wait_for_selector("#c-c9.is-held")
    assert "Only you see this" in frame.page.inner_text("#c-c9 .v-held")
    frame.hear("Your comment waits for a moderator.")
    held: dict[str, Any] = {"viewer": shape(0)["author"], "held": [shape(9, status="held")]}
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (200, held)
    frame.open("?start")
    frame.page.wait_for_selector("#c-c9.is-held")
