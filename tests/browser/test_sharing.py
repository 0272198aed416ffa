"""Sharing and discovery as people meet them: a menu, a link that comes back, a frame elsewhere."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.looks import LOOKS, picture
from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, HOST, Product
from tests.browser.harness.sites import Sites
from tests.browser.harness.waiting import wait_until

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
People = Callable[..., Person]
HostPage = Callable[..., str]


def fits_and_is_accessible(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == []


def test_a_shared_link_comes_back_to_the_comment_on_the_publishers_page(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    said = product.post(address, "Who has seen the comet?", token=product.guest("Ida"))
    max_ = people(viewport={"width": 360, "height": 740})
    # This Chromium has no sheet; a phone has one, and the frame may open it.
    max_.context.add_init_script("navigator.share = async () => {}")
    max_.visit(address)
    allowed = max_.page.locator("iframe[src*='/embed/']").get_attribute("allow") or ""
    assert "web-share" in allowed
    max_.comment("Who has seen the comet?").locator("[data-act=share]").click()
    bluesky = max_.embed.get_by_role("menuitem", name="Bluesky")
    href = unquote(bluesky.get_attribute("href") or "")
    link = re.search(rf"{HOST}/c/{said}/\?from=bluesky", href)
    assert link
    assert "Who has seen the comet?" in href

    eve = people()
    eve.page.goto(link[0])
    eve.page.wait_for_url(f"{address}#voxpop-{said}")
    expect(eve.comment("Who has seen the comet?")).to_be_visible()
    assert max_.complaints + eve.complaints == []


def test_one_comment_stands_on_anybodys_page_and_goes_when_it_is_removed(
    people: People, host_page: HostPage, product: Product, sites: Sites
) -> None:
    said = product.post(host_page(), "The map is wrong.", token=product.guest("Ada Marsh"))
    reader = people()
    reader.page.goto(f"{HOST}/oembed?url={HOST}/c/{said}")
    answer = json.loads(reader.page.inner_text("pre"))
    page = f"<!doctype html><html lang=en><title>Elsewhere</title><body>{answer['html']}</body>"
    elsewhere = sites.put("https://evil.test/quoted", page, {})
    reader.page.goto(elsewhere)
    frame = reader.page.frame_locator("iframe")
    expect(frame.get_by_text("The map is wrong.")).to_be_visible()
    # Its sheet came, which a sandboxed page must be allowed to fetch from us.
    size = frame.locator(".said-by .av").evaluate("face => face.offsetWidth")
    assert size == 44
    # No script runs in it, not even one that the page around it would like to.
    inner = reader.page.frames[-1]
    assert inner.evaluate("document.scripts.length") == 0
    with reader.context.expect_page() as opened:
        frame.get_by_role("link").first.click()
    opened.value.wait_for_url(re.compile(rf"#voxpop-{said}$"))

    decision = {"decision": "delete"}
    path = f"/moderation/comments/{said}/decisions"
    product.ask("POST", path, decision, token=product.owner)
    reader.page.goto(elsewhere)
    expect(reader.page.frame_locator("iframe").get_by_text("not here any more")).to_be_visible()


@LOOKS
def test_the_pages_of_sharing_fit_and_are_accessible(
    people: People, host_page: HostPage, product: Product, width: int, scheme: str
) -> None:
    address = host_page()
    said = product.post(address, "I walked there last autumn.", token=product.guest("Ada Marsh"))
    thread = product.ask("GET", f"/comments/{said}")["thread"]

    def is_warm() -> bool:
        return thread in str(product.ask("GET", f"/forums/{FORUM}/trending"))

    wait_until(is_warm, "the thread's heat", 60)
    reader = people(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    of_comment, of_thread = (
        (f"/c/{said}/", f"/c/{said}/frame"),
        (f"/t/{thread}/share", f"/t/{thread}/frame"),
    )
    paths = (*of_comment, *of_thread, f"/f/{FORUM}/", "/trending/")
    # A widget has no ground of its own: by itself in the dark it stands on one that axe cannot see.
    widgets = [f"/embed/{FORUM}/widget?kind=trending"] if scheme == "light" else []
    # This Chromium has no sheet of its own.
    reader.context.add_init_script("navigator.share = async () => {}")
    for path in (*paths, *widgets):
        reader.page.goto(f"{HOST}{path}")
        if path == of_thread[0]:
            expect(reader.page.get_by_role("button", name="Share with")).to_be_visible()
        fits_and_is_accessible(reader.page)
        if path in of_thread:
            what = "thread-frame" if path.endswith("frame") else "thread"
            picture(reader.page, f"share-{what}-{width}-{scheme}")
    reader.page.goto(f"{HOST}/t/{thread}/picture.png")
    picture(reader.page, "share-thread-picture")
