"""Who the site says its reader is: taken once, forgotten when it says so, and nobody else's."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import expect

from voxpop.embed.tests.write_frame import THREAD, Frame, chromium, frame

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

EXCHANGE = "POST /forums/demo/sso"


def token(sub: str = "u-1", **more: Any) -> str:
    claims = {"sub": sub, "name": sub, "iat": 1, "exp": 2, "jti": "one", **more}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


@pytest.fixture
def site(frame: Frame) -> Frame:
    frame.settings.update(sso="beside")
    frame.server.answers[EXCHANGE] = lambda asked: (
        201,
        {"token": f"for {asked['body']['token']}", "author": _author("Ada Site")},
    )
    frame.server.answers[f"GET /me/threads/{THREAD}"] = (200, {"viewer": _author("Ada Site")})
    frame.server.answers["DELETE /tokens"] = (204, None)
    return frame


def _author(name: str) -> dict[str, str]:
    return {"id": "s1", "name": name, "avatar": "", "kind": "sso"}


def take(frame: Frame, said: str) -> None:
    frame.page.evaluate(
        "(said) => import('/static/embed/write/sso.js').then(({ take }) => take(said))", said
    )


def test_the_same_word_is_taken_once(site: Frame) -> None:
    site.open()
    take(site, token())
    take(site, token(jti="two", iat=5, exp=9))
    assert len(site.server.posted(EXCHANGE)) == 1
    take(site, token(name="Ada King"))
    take(site, token("u-2"))
    assert len(site.server.posted(EXCHANGE)) == 3


def test_whose_site_is_silent_or_refused_is_nobody(site: Frame) -> None:
    site.open()
    take(site, token())
    take(site, "")
    ended = site.asked("DELETE /tokens")
    assert ended["headers"]["authorization"] == f"Bearer for {token()}"
    take(site, token())
    site.server.refuse(EXCHANGE, 401, "sso_expired")
    take(site, token("u-2"))  # another person, who cannot be proved: the first is gone as well
    site.page.wait_for_timeout(300)
    assert len(site.server.posted("DELETE /tokens")) == 2
    assert (
        site.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('site'))") == []
    )


def test_its_end_makes_nobody_write_as_the_account_that_is_here_too(site: Frame) -> None:
    """An account's token is renewed when it has ended: never in the place of another's."""
    account = {"token": "account's", "renewal": "r", "until": 9e15, "author": _author("Account")}
    site.open()
    site.page.evaluate(
        "(account) => localStorage.setItem('voxpop:account', JSON.stringify(account))", account
    )
    take(site, token())
    site.server.refuse("POST /forums/demo/comments", 401, "bad_token")
    site.write("Mine.")
    site.send()
    site.page.wait_for_selector(".v-error:not(:empty)")
    sent = site.server.posted("POST /forums/demo/comments")
    assert [each["headers"]["authorization"] for each in sent] == [f"Bearer for {token()}"]


def test_where_only_the_site_lets_people_in_there_is_no_other_door(site: Frame) -> None:
    site.settings.update(sso="only", sso_door=True, guests=False)
    site.open()
    site.page.click("#open")
    site.page.wait_for_selector("text=Sign in with The Demo")
    assert site.page.locator(".v-identity button, .v-identity input").count() == 1


def test_without_a_sign_in_page_it_is_said_where_to_go(site: Frame) -> None:
    site.settings.update(sso="only", guests=False)
    site.open()
    site.page.click("#open")
    site.page.wait_for_selector("text=Sign in on the site first")


def test_a_token_from_another_window_is_not_heard(site: Frame) -> None:
    """T11: only from the window that this frame has opened."""
    site.settings.update(sso_door=True)
    site.page.context.route(
        "**/accounts/sso/demo/**",
        lambda route: route.fulfill(body="<title>site</title>", content_type="text/html"),
    )
    site.open()
    site.page.click("#open")
    with site.page.expect_popup() as opening:
        site.page.click("text=Sign in with The Demo")
    site.page.evaluate("postMessage({type: 'voxpop:sso', token: 'EVIL'}, location.origin)")
    site.page.wait_for_timeout(300)
    assert site.server.posted(EXCHANGE) == []
    popup = opening.value
    popup.wait_for_load_state()
    popup.evaluate(
        "(token) => opener.postMessage({type: 'voxpop:sso', token}, location.origin)", token()
    )
    site.page.wait_for_selector(".v-me >> text=Ada Site")
    (asked,) = site.server.posted(EXCHANGE)
    assert asked["body"]["nonce"] in popup.url
    assert popup.url.endswith("&lang=en")


@pytest.mark.parametrize(("confirmed", "said"), [(True, "You get mail"), (False, "Almost done")])
def test_its_user_asks_for_mail_by_one_button_and_is_told_whether_it_comes(
    site: Frame, confirmed: bool, said: str
) -> None:
    mine = {"viewer": _author("Ada Site"), "mails": False}
    site.server.answers[f"GET /me/threads/{THREAD}"] = (200, mine)
    site.server.answers["PUT /me/mail"] = (200, {"replies": True, "confirmed": confirmed})
    site.open()
    take(site, token())
    site.page.click("#open")
    site.page.get_by_role("button", name="Mail me replies").click()
    expect(site.page.locator("#live")).to_contain_text(said)
    expect(site.page.get_by_role("button", name="Mail me replies")).to_have_count(0)
