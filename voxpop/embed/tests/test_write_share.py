"""Sharing a comment from the frame: links, the device's sheet, a frame's code, the clipboard."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from voxpop.embed.tests.write_frame import Frame, chromium, frame
from voxpop.pages.networks import NETWORKS

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

CLIPBOARD = (
    "navigator.clipboard.writeText = (text) => { window.copied = text;"
    " return window.refused ? Promise.reject() : Promise.resolve() }"
)


def open_share(frame: Frame, comment: str = "c1") -> dict[str, str | None]:
    """The choices and where each leads."""
    frame.page.click(f"#c-{comment} [data-act=share]")
    frame.page.wait_for_selector("[role=menuitem]")
    items = frame.page.locator("[role=menuitem]")
    return {
        items.nth(number).inner_text(): items.nth(number).get_attribute("href")
        for number in range(items.count())
    }


def choose(frame: Frame, label: str) -> None:
    frame.page.click(f"[role=menuitem] >> text={label}")


def test_a_link_to_a_comment_is_on_the_publishers_page(frame: Frame) -> None:
    frame.open()
    frame.page.evaluate(CLIPBOARD)
    open_share(frame)
    choose(frame, "Copy link")
    frame.page.wait_for_selector("#c-c1 .v-note")
    assert frame.page.evaluate("window.copied") == "https://magazine.test/a#voxpop-c1"
    frame.page.evaluate("window.refused = true")
    open_share(frame, "c2")
    choose(frame, "Copy link")
    frame.page.wait_for_selector("#c-c2 .v-shared")
    assert frame.page.evaluate("String(document.activeElement.value)").endswith("#voxpop-c2")


def test_every_network_is_a_plain_link_as_on_the_page_without_script(frame: Frame) -> None:
    frame.open()
    asked: list[str] = []
    frame.page.on("request", lambda request: asked.append(request.url))
    links = open_share(frame)
    assert {*links} == {
        "Copy link", "E-mail", "Embed code", *(network.name for network in NETWORKS)
    }  # fmt: skip
    for network in NETWORKS:
        href = links[network.name]
        if network.name == "Mastodon":
            assert href is None
            continue
        assert href is not None
        ours, theirs = urlsplit(href), urlsplit(network.address)
        assert (ours.netloc, ours.path) == (theirs.netloc, theirs.path)
        assert parse_qs(ours.query).keys() == parse_qs(theirs.query).keys()
        assert f"/c/c1/?from={network.way}" in unquote(href)
        item = frame.page.locator("[role=menuitem]", has_text=network.name).first
        assert item.get_attribute("rel") == "noopener noreferrer"
        assert item.get_attribute("target") == "_blank"
    assert str(links["E-mail"]).startswith("mailto:?subject=")
    others = [url for url in asked if urlsplit(url).netloc != urlsplit(frame.page.url).netloc]
    assert others == []


def test_the_keyboard_goes_through_links_and_buttons_alike(frame: Frame) -> None:
    frame.open()
    open_share(frame)
    focused = "document.activeElement.textContent"
    assert frame.page.evaluate(focused) == "Copy link"
    frame.page.keyboard.press("End")
    assert frame.page.evaluate(focused) == "Embed code"
    frame.page.keyboard.press("r")
    assert frame.page.evaluate(focused) == "Reddit"
    frame.page.keyboard.press("Escape")
    assert frame.page.evaluate("document.activeElement.dataset.act") == "share"


@pytest.mark.parametrize(
    "typed", ["example.social", "https://example.social/home", "@ada@Example.Social"]
)
def test_mastodon_is_whichever_server_the_reader_names_and_is_kept(
    frame: Frame, typed: str
) -> None:
    frame.open()
    frame.page.evaluate(
        "window.open = (address, ...more) => { window.opened = [address, ...more] }"
    )
    open_share(frame)
    choose(frame, "Mastodon")
    frame.page.fill("[name=server]", typed)
    frame.page.keyboard.press("Enter")
    frame.page.wait_for_function("window.opened")
    address, target, options = frame.page.evaluate("window.opened")
    assert address.startswith("https://example.social/share?text=")
    assert "/c/c1/?from=mastodon" in unquote(address)
    assert (target, options) == ("_blank", "noopener")
    open_share(frame)
    choose(frame, "Mastodon")
    assert frame.page.input_value("[name=server]") == "example.social"


@pytest.mark.parametrize("typed", ["", "javascript:alert(1)", "evil", "a b.c", "x.y?z=1"])
def test_what_is_no_server_opens_nothing(frame: Frame, typed: str) -> None:
    frame.open()
    frame.page.evaluate("window.open = (address) => { window.opened = address }")
    open_share(frame)
    choose(frame, "Mastodon")
    frame.page.fill("[name=server]", typed)
    frame.page.keyboard.press("Enter")
    frame.page.wait_for_selector(".v-ask", state="detached")
    assert frame.page.evaluate("window.opened") is None


def test_the_devices_sheet_is_offered_where_there_is_one(frame: Frame) -> None:
    frame.open()
    assert "Share with…" not in open_share(frame)
    frame.page.keyboard.press("Escape")
    frame.page.evaluate(
        "navigator.share = async (what) => { window.shared = what;"
        " if (window.refused) throw new DOMException('', window.refused) }"
    )
    frame.page.evaluate(CLIPBOARD)
    open_share(frame)
    choose(frame, "Share with…")
    frame.page.wait_for_function("window.shared")
    assert frame.page.evaluate("window.shared.url").endswith("/c/c1/?from=sheet")
    assert frame.page.evaluate("window.copied") is None
    # Closed again is no trouble; refused by the page around us, the link is copied instead.
    for refusal, copied in (("AbortError", False), ("NotAllowedError", True)):
        frame.page.evaluate("refusal => { window.refused = refusal }", refusal)
        open_share(frame)
        choose(frame, "Share with…")
        frame.page.wait_for_timeout(200)
        assert bool(frame.page.evaluate("window.copied")) is copied, refusal


def test_the_code_is_a_frame_that_acts_not(frame: Frame) -> None:
    frame.open()
    frame.page.evaluate(CLIPBOARD)
    open_share(frame)
    choose(frame, "Embed code")
    frame.page.wait_for_selector("#c-c1 .v-note")
    code = frame.page.evaluate("window.copied")
    assert code.startswith("<iframe src=")
    assert "/c/c1/frame" in code
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in code
    assert "<script" not in code
