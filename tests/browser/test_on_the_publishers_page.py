"""What the snippet does to a publisher's page, and what it lets others do to it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.harness.looks import LOOKS
from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, HOST, SNIPPET, Product
from tests.browser.harness.sites import Sites
from tests.browser.harness.waiting import until

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
SHIFTS = """new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift = (window.shift || 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true })"""


def fill(product: Product, address: str, count: int) -> list[str]:
    """`count` comments on the page, every third one an answer; their ids."""
    ids: list[str] = []
    for number in range(count):
        parent = ids[-1] if number % 3 == 2 else None
        ids.append(
            product.post(address, f"Comment number {number}.", token=product.owner, parent=parent)
        )
    return ids


def test_one_frame_no_third_party_and_nothing_moves(
    people: People, host_page: HostPage, product: Product
) -> None:
    article = '<div style="height: 3000px">An article.</div>'
    address = host_page(snippet=article + SNIPPET)
    fill(product, address, 12)
    ada = people(viewport={"width": 800, "height": 700})
    asked: list[str] = []
    ada.context.on("request", lambda request: asked.append(request.url))
    ada.page.add_init_script(SHIFTS)
    # The page follows its thread only after everything else has been asked for.
    with ada.page.expect_request("**/events?*"):
        ada.page.goto(address)
        # At reading speed: the comments are there a screen before the reader is.
        ada.page.mouse.wheel(0, 1500)
        expect(ada.comment("Comment number 11.")).to_be_attached()
        for _ in range(30):
            ada.page.mouse.wheel(0, 150)
        expect(ada.page.locator("#below")).to_be_in_viewport()

    assert ada.page.locator("iframe").count() == 1
    hosts = {urlsplit(url).hostname for url in asked if url.startswith("http")}
    assert hosts == {"magazine.test", "comments.test"}
    assert ada.page.evaluate("window.shift || 0") == 0
    assert ada.context.cookies() == []


def test_a_reader_asks_for_the_mark_of_the_day_once_whatever_he_reads(
    people: People, host_page: HostPage, product: Product
) -> None:
    """So readers are counted and nobody is told apart (docs/decisions/0261)."""
    address = host_page()
    addresses = [address, f"{address}?another"]
    ada = people()

    def reads(address: str) -> None:
        with ada.page.expect_request("**/reader?*"), ada.page.expect_response("**/events?*"):
            ada.page.goto(address)

    before = marks(product)
    for address in [*addresses, addresses[0]]:
        reads(address)
    assert marks(product) == before + 1
    ada.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
    for address in addresses:
        reads(address)
    assert marks(product) == before + 2
    assert ada.complaints == []


def marks(product: Product) -> int:
    """How often the product itself has handed out the mark of a day."""
    line = r'voxpop_requests_total\{(?=.*why="direct")(?=.*surface="reader_mark").*\} (\d+)'
    found = re.search(line, product.reached("GET", "/metrics").text)
    return int(found[1]) if found else 0


def test_a_link_to_a_comment_opens_at_it(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    ids = fill(product, address, 60)
    ada = people()
    ada.page.goto(f"{address}#voxpop-{ids[5]}")

    linked = ada.embed.locator(f"#c-{ids[5]}")
    expect(linked).to_be_in_viewport()
    # It is an answer: what it answers is there as well.
    expect(ada.embed.locator(f"#c-{ids[4]}")).to_be_visible()


def test_counts_are_written_on_the_publishers_page(
    people: People, host_page: HostPage, product: Product
) -> None:
    counted = host_page("blog.test")
    fill(product, counted, 4)
    page = host_page(
        snippet=f'<a href="{counted}" data-voxpop-count>?</a>'
        f'<script async src="{HOST}/count.js" data-forum="{FORUM}"></script>'
    )
    ada = people()
    ada.page.goto(page)

    expect(ada.page.locator("[data-voxpop-count]")).to_have_text("4")


def test_the_snippet_may_come_late_and_twice(people: People, host_page: HostPage) -> None:
    ada = people()
    ada.page.goto(host_page(snippet=f'<div class="voxpop" data-forum="{FORUM}"></div>'))
    for _ in range(2):
        ada.page.add_script_tag(url=f"{HOST}/embed.js")

    expect(ada.embed.locator("#composer")).to_be_visible()
    assert ada.page.locator("iframe").count() == 1
    assert ada.complaints == []


def test_t09_a_site_that_is_not_the_forums_cannot_frame_it(
    people: People, host_page: HostPage
) -> None:
    mallory = people()
    mallory.page.goto(host_page("evil.test"))

    frame = mallory.page.frames[-1]
    expect(mallory.page.locator("iframe")).to_have_count(1)
    expect(mallory.embed.locator("#composer")).to_have_count(0)
    assert any("frame-ancestors" in complaint for complaint in mallory.complaints) or (
        frame.url.startswith("chrome-error:")
    )


HOSTILE = """
const kinds = ["voxpop:height", "voxpop:count", "voxpop:comment", "voxpop:error", "voxpop:scroll",
  "voxpop:open", "voxpop:theme", "voxpop:view", "voxpop:code", "voxpop:ready", "voxpop:watch"];
const values = [9e9, -1, "x", null, {}, [], "<img src=x onerror=alert(1)>", "javascript:alert(1)"];
for (let n = 0; n < 500; n++) {
  const value = values[n % values.length];
  const data = { type: kinds[n % kinds.length], height: 4000 + n, top: 9000, count: 777, id: value,
    code: value, comment: value, theme: "dark", bottom: value };
  for (const target of [window.parent, ...[0, 1].map((at) => window.parent.frames[at])]) {
    if (target && target !== window) target.postMessage(data, "*");
  }
}
document.title = "done";
"""


def test_t11_messages_of_a_hostile_frame_change_nothing(
    people: People, host_page: HostPage, sites: Sites, product: Product
) -> None:
    hostile = sites.put("https://evil.test/fuzz", f"<title>…</title><script>{HOSTILE}</script>")
    address = host_page(
        snippet=f'{SNIPPET}<div id="later"></div>', headers={"Content-Security-Policy": ""}
    )
    fill(product, address, 3)
    ada = people()
    ada.visit(address)
    expect(ada.comment("Comment number 2.")).to_be_visible()
    ada.page.evaluate(
        """() => { window.heard = []; for (const name of ["count", "comment", "error"])
        document.addEventListener("voxpop:" + name, () => heard.push(name)); }"""
    )

    def state() -> str:
        box = ada.page.locator("iframe").first.bounding_box()
        html = ada.embed.locator("#comments").inner_html()
        theme = ada.embed.locator("html").evaluate("(html) => html.outerHTML.split('>')[0]")
        return json.dumps([box, html, theme, ada.page.evaluate("[scrollX, scrollY]")])

    before = state()
    with ada.page.expect_event("framenavigated", lambda frame: frame.url == hostile) as arrived:
        ada.page.evaluate(
            """(src) => { const frame = document.createElement("iframe"); frame.src = src;
            document.querySelector("#later").append(frame); }""",
            hostile,
        )
    fuzzing = arrived.value
    until(fuzzing, "document.title === 'done'")
    # One more round trip through both message queues: what was sent has been heard by now.
    ada.page.evaluate("new Promise((done) => setTimeout(done, 0))")

    assert state() == before
    assert ada.page.evaluate("window.heard") == []
    assert ada.complaints == []


@LOOKS
def test_axe_finds_nothing(
    people: People, host_page: HostPage, product: Product, scheme: str, width: int
) -> None:
    address = host_page()
    fill(product, address, 6)
    ada = people(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    ada.visit(address)
    ada.write("A draft that is about to be sent", name="Ada")
    expect(ada.comment("A draft that is about to be sent")).to_be_visible()
    ada.comment("Comment number 0.").locator("[data-act=reply]").click()
    expect(ada.embed.locator("form.v-composer")).to_have_count(2)

    frame = next(frame for frame in ada.page.frames if frame.url.startswith(f"{HOST}/embed/"))
    frame.evaluate(AXE.read_text())
    found = frame.evaluate("axe.run()")["violations"]

    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
