"""Who was a guest in this browser and signs in is offered what he wrote as that guest."""

import pytest

from voxpop.embed.tests.test_write_sign_in import AUTHOR
from voxpop.embed.tests.write_frame import HOST, THREAD, Frame, chromium, frame, shape

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

LOOK, CLAIM = "POST /me/claims/look", "PUT /me/claims"


def sign_in_after_writing(frame: Frame, found: int) -> None:
    """As a guest he has posted a comment; then he signs in."""
    frame.server.answers[LOOK] = (200, {"comments": found})
    frame.server.answers["POST /forums/demo/comments"] = (201, shape(9))
    frame.open()
    frame.write("As a guest")
    frame.send()
    frame.page.wait_for_selector("#c-c9")
    frame.server.answers["POST /tokens"] = (201, {"token": "account-token", "author": AUTHOR})
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (200, {"viewer": AUTHOR})
    frame.page.context.route(
        f"{HOST}/accounts/connect/**",
        lambda route: route.fulfill(body="<title>connect</title>", content_type="text/html"),
    )
    with frame.page.expect_popup() as opening:
        frame.page.click(".v-identity >> text=Sign in")
    popup = opening.value
    popup.wait_for_load_state()
    popup.evaluate("opener.postMessage({type: 'voxpop:code', code: 'C0DE'}, location.origin)")
    frame.page.wait_for_selector(".v-me >> text=Ada")


def test_one_act_makes_them_his_and_the_guest_is_forgotten(frame: Frame) -> None:
    frame.server.answers[CLAIM] = (200, {"comments": 12})
    sign_in_after_writing(frame, 12)
    frame.page.wait_for_selector(".v-claim >> text=You wrote 12 comments as a guest.")
    looked = frame.asked(LOOK)
    assert looked["body"] == {"guest": "tok"}
    assert looked["headers"]["authorization"] == "Bearer account-token"
    frame.page.click(".v-claim button")
    frame.hear("They are yours now")
    assert frame.asked(CLAIM)["body"] == {"guest": "tok"}
    assert (
        frame.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('guest:'))")
        == []
    )


def test_where_there_is_nothing_nothing_is_offered(frame: Frame) -> None:
    sign_in_after_writing(frame, 0)
    frame.asked(LOOK)
    frame.page.wait_for_timeout(300)
    assert frame.page.locator(".v-claim").count() == 0
    assert frame.server.posted(CLAIM) == []


def test_a_refused_claim_can_be_tried_again(frame: Frame) -> None:
    frame.server.refuse(CLAIM, 429, "rate_limited")
    sign_in_after_writing(frame, 1)
    frame.page.click(".v-claim button")
    frame.asked(CLAIM)
    frame.page.wait_for_selector(".v-claim button:not([disabled])")
    frame.server.answers[CLAIM] = (200, {"comments": 1})
    frame.page.click(".v-claim button")
    frame.hear("They are yours now")
