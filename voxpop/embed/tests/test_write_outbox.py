"""A comment that cannot be sent waits where it belongs, survives, and goes out exactly once."""

import json
from typing import Any

import pytest

from voxpop.embed.tests.write_frame import THREAD, UNANSWERED, Frame, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

POST = "POST /forums/demo/comments"
WAITING = ".v-waiting"


def keys_of(frame: Frame) -> list[str]:
    return [each["headers"]["idempotency-key"] for each in frame.server.posted(POST)]


def wait_for_it(frame: Frame, text: str = "Later") -> None:
    """The server is dead, somebody writes."""
    frame.server.die(POST)
    frame.open()
    frame.write(text)
    frame.send()
    frame.page.wait_for_selector(WAITING)


def test_with_a_dead_server_the_comment_waits_survives_a_reload_and_goes_out_once(
    frame: Frame,
) -> None:
    wait_for_it(frame)
    assert "Waiting to be sent" in frame.page.inner_text(WAITING)
    assert frame.page.inner_text(f"{WAITING} .v-source") == "Later"
    assert frame.page.input_value(".v-area") == ""
    frame.page.goto("about:blank")
    frame.open("?start")
    frame.page.wait_for_selector(WAITING)
    frame.server.answers[POST] = (201, shape(9))
    frame.page.click("text=Try now")
    frame.page.wait_for_selector("#c-c9")
    frame.page.wait_for_selector(WAITING, state="detached")
    frame.page.evaluate("dispatchEvent(new Event('online'))")
    frame.page.wait_for_timeout(300)
    assert len(set(keys_of(frame))) == 1
    reached = [each for each in frame.server.posted(POST) if each["body"]["source"] == "Later"]
    assert len(reached) == 3  # refused connections twice, then the one that was answered


def test_a_lost_answer_is_asked_for_again_with_the_same_key(frame: Frame) -> None:
    """The server took it and died before it could say so: the second try must not be another."""
    taken: list[str] = []

    def answer_late(asked: dict[str, Any]) -> tuple[int, Any] | None:
        taken.append(asked["headers"]["idempotency-key"])
        return None if len(taken) == 1 else (201, shape(9))

    frame.server.answers[POST] = answer_late
    frame.open()
    frame.write("Once")
    frame.send()
    frame.page.wait_for_selector(WAITING)
    frame.page.evaluate("dispatchEvent(new Event('online'))")
    frame.page.wait_for_selector("#c-c9")
    assert len(taken) == 2
    assert taken[0] == taken[1]


def test_it_goes_out_by_itself_when_the_server_is_back(frame: Frame) -> None:
    wait_for_it(frame)
    frame.server.answers[POST] = (201, shape(9))
    frame.page.wait_for_selector("#c-c9", timeout=6_000)  # the first pause is two seconds


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (503, "writes_paused", "Writing is paused"),
        (500, "server_error", "cannot be reached"),
        (409, "in_progress", "cannot be reached"),
    ],
)
def test_what_will_pass_is_waited_for(frame: Frame, status: int, code: str, told: str) -> None:
    frame.server.refuse(POST, status, code)
    frame.open()
    frame.write("Later")
    frame.send()
    frame.page.wait_for_selector(WAITING)
    assert told in frame.page.inner_text(WAITING)


def test_it_can_be_taken_back_into_the_editor(frame: Frame) -> None:
    wait_for_it(frame)
    frame.page.click("text=Back to the editor")
    frame.page.wait_for_selector(WAITING, state="detached")
    assert frame.page.input_value(".v-area") == "Later"
    frame.server.answers[POST] = (201, shape(9))
    frame.page.evaluate("dispatchEvent(new Event('online'))")
    frame.page.wait_for_timeout(300)
    assert len(keys_of(frame)) == 1
    frame.send()
    frame.page.wait_for_selector("#c-c9")
    assert len(set(keys_of(frame))) == 1


def test_a_refusal_after_the_wait_gives_the_text_back_with_the_reason(frame: Frame) -> None:
    wait_for_it(frame)
    frame.server.refuse(POST, 423, "thread_locked")
    frame.page.click("text=Try now")
    frame.page.wait_for_selector(".v-error:not(:empty)")
    assert "was closed" in frame.page.inner_text(".v-error")
    assert frame.page.input_value(".v-area") == "Later"
    assert frame.page.locator(WAITING).count() == 0


def test_text_that_was_begun_meanwhile_is_not_overwritten_by_what_comes_back(frame: Frame) -> None:
    wait_for_it(frame)
    frame.page.fill(".v-area", "Another thought")
    frame.page.click("text=Back to the editor")
    frame.page.wait_for_selector(WAITING, state="detached")
    text = frame.page.input_value(".v-area")
    assert "Later" in text
    assert "Another thought" in text


def test_two_tabs_send_it_once(frame: Frame) -> None:
    wait_for_it(frame)
    other = Frame(frame.page.context.new_page())
    other.server = frame.server
    other.open("?start")
    other.page.wait_for_selector(WAITING)
    before = len(keys_of(frame))
    frame.server.answers[POST] = (201, shape(9))
    for page in (frame.page, other.page):
        page.evaluate("dispatchEvent(new Event('online'))")
    frame.page.wait_for_selector(WAITING, state="detached")
    other.page.wait_for_selector(WAITING, state="detached")
    frame.page.wait_for_timeout(300)
    assert len(keys_of(frame)) - before == 1


def test_it_is_sent_as_the_one_who_wrote_it_or_not_at_all(frame: Frame) -> None:
    author = {"id": "u1", "name": "Ada", "avatar": "", "kind": "user"}
    account = {"token": "account-token", "author": author}
    frame.open()
    frame.page.evaluate("kept => localStorage.setItem('voxpop:account', kept)", json.dumps(account))
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (200, {"viewer": author})
    frame.server.die(POST)
    frame.reload()
    frame.page.click("#open")
    frame.page.fill(".v-area", "As Ada")
    frame.send()
    frame.page.wait_for_selector(WAITING)
    author["id"] = "u2"
    frame.page.evaluate("kept => localStorage.setItem('voxpop:account', kept)", json.dumps(account))
    before = len(keys_of(frame))
    frame.server.answers[POST] = (201, shape(9))
    frame.page.click("text=Try now")
    frame.page.wait_for_timeout(300)
    assert len(keys_of(frame)) == before
    assert frame.page.locator(WAITING).count() == 1


def test_another_sort_takes_neither_what_waits_nor_what_is_held_nor_what_is_typed(
    frame: Frame,
) -> None:
    held = {"viewer": shape(0)["author"], "held": [shape(9, status="held")]}
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (200, held)
    frame.server.answers["POST /guests"] = (201, {"token": "tok", "author": shape(0)["author"]})
    wait_for_it(frame)
    frame.page.click("#c-c2 [data-act=reply]")
    frame.page.fill(".is-reply .v-area", "Half a thought")
    frame.page.wait_for_selector(WAITING)
    frame.page.evaluate("import('/static/embed/write/viewer.js').then((m) => m.refresh())")
    frame.page.wait_for_selector("#c-c9.is-held")
    frame.page.evaluate(
        """import('/static/embed/tree.js').then(({ list, putRows }) => {
          const rows = [...list.querySelectorAll('.c:not(.is-held)')].map((each) => each.outerHTML);
          list.replaceChildren();
          putRows(rows.reverse().join(''), null);
        })"""
    )
    frame.page.wait_for_selector("#c-c9.is-held")
    assert frame.page.locator(WAITING).count() == 1
    frame.page.click("#c-c2 [data-act=reply]")
    assert frame.page.input_value(".is-reply .v-area") == "Half a thought"


def test_my_comment_is_shown_even_where_its_place_is_not_loaded(frame: Frame) -> None:
    """Oldest first, and the end of the thread is pages away."""
    frame.server.answers[POST] = (201, shape(9))
    frame.open()
    frame.page.evaluate(
        "import('/static/embed/facts.js').then(({ page }) => {"
        " Object.assign(page, {sort: 'oldest', next: 'further'}) })"
    )
    frame.write("Mine")
    frame.send()
    frame.page.wait_for_selector("#composer + #c-c9")


def test_a_held_comment_that_is_approved_loses_its_mark(frame: Frame) -> None:
    frame.server.answers[POST] = (202, shape(9, status="held"))
    frame.open()
    frame.write("First")
    frame.send()
    frame.page.wait_for_selector("#c-c9 .v-held")
    event = {"seq": 12, "kind": "published", "comments": [shape(9, seq=12)]}
    frame.page.evaluate(
        "(event) => import('/static/embed/tree.js').then((m) => m.applyEvent(event))", event
    )
    frame.page.wait_for_selector("#c-c9 .v-held", state="detached")
    assert frame.page.locator("#c-c9.is-held").count() == 0


def test_what_is_on_its_way_does_not_wait_yet_but_does_when_it_was_cut_off(frame: Frame) -> None:
    frame.server.answers[POST] = UNANSWERED
    frame.open()
    frame.write("Slowly")
    with frame.page.expect_request("**/comments"):
        frame.send()
    frame.page.evaluate(
        "import('/static/embed/tree.js').then(({ list, settle }) => settle([list.children[0]]))"
    )
    frame.page.wait_for_timeout(200)
    assert frame.page.locator(WAITING).count() == 0
    frame.page.goto("about:blank")
    frame.open("?start")
    frame.page.wait_for_selector(WAITING)
