"""Every page of one's own, and the thread with each of its menus open: nothing that axe finds."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.harness.looks import is_drawing, picture
from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, SNIPPET, Product
from tests.browser.test_accounts import sign_up

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
People = Callable[..., Person]
HostPage = Callable[..., str]
HOME = (
    "/home/",
    "/home/comments/",
    "/home/inbox/",
    "/home/votes/",
    "/home/watching/",
    "/home/people/",
    "/home/feed/",
    "/home/profile/",
    "/home/settings/notices/",
    "/home/privacy/",
    "/home/privacy/erase/",
    "/privacy/",
)
PROFILE = ("/u/vera/", "/u/vera/followers/", "/u/vera/followed/")
# Comments that somebody wrote: for a second page, and for a picture of a long list.
FEW, HUNDREDS = 30, 230
# Two of the four looks show nearly all that can be wrong.
LOOKS = ((360, "light"), (1280, "dark"))


def looks(page: Page) -> Iterator[str]:
    """The page at a phone's width in the light and at a desktop's in the dark."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        yield f"{width}-{scheme}"


def flaws(frame: Frame) -> list[tuple[str, list[str]]]:
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(AXE.read_text())
    found = frame.evaluate("axe.run()")["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def spill(frame: Frame) -> int:
    wide: int = frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(wide, 0)


def test_axe_finds_nothing_on_ones_own_pages_and_in_open_menus(
    people: People, host_page: HostPage, product: Product
) -> None:
    vera = people(bypass_csp=True)
    address = host_page()
    vera.visit(address)
    sign_up(vera, product, "vera@reader.test", "Vera Rubin")
    vera.write("Who has seen the comet?")
    mine = vera.comment("Who has seen the comet?")
    expect(mine).to_be_visible()
    asked = mine.get_attribute("data-id")
    product.post(address, "I have, at dawn.", token=product.guest("Max"), parent=asked)
    vera.sees("I have, at dawn.", 20)
    vera.visit(address)
    bell = vera.embed.get_by_role("link", name="Inbox")
    expect(bell).to_have_text("1", timeout=20_000)
    found = {}

    frame = next(frame for frame in vera.page.frames if frame.url.startswith(f"{HOST}/embed/"))
    watch = vera.embed.locator(".v-watch")
    expect(watch).to_be_visible()
    watch.click()
    vera.comment("I have, at dawn.").locator("[data-act=up]").click()
    for look in looks(vera.page):
        for said, act in (
            ("Who has seen the comet?", "menu"),
            ("I have, at dawn.", "menu"),
            ("I have, at dawn.", "share"),
        ):
            with opened(vera, said, act):
                found[f"{look} {said} {act}"] = (flaws(frame), spill(frame))

    page = vera.page.context.new_page()
    page.goto(f"{HOST}/home/profile/")
    page.get_by_label("My profile is public").check()
    page.get_by_label("Name in its address").fill("vera")
    page.get_by_label("Show who follows me").check()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    for path in (*HOME, *PROFILE):
        answer = page.goto(f"{HOST}{path}")
        assert answer
        assert answer.status == 200, path
        for look in looks(page):
            found[f"{look} {path}"] = (flaws(page.main_frame), spill(page.main_frame))
            if path == "/home/comments/":
                picture(page, f"home-bar-{look}")

    assert {name: each for name, each in found.items() if each != ([], 0)} == {}
    assert vera.complaints == []


@contextmanager
def opened(person: Person, said: str, act: str) -> Iterator[None]:
    """That menu of the comment that says so, until what is done with it is done."""
    person.comment(said).locator(f"[data-act={act}]").click()
    expect(person.embed.get_by_role("menuitem").first).to_be_visible()
    yield
    person.page.keyboard.press("Escape")
    expect(person.embed.get_by_role("menuitem")).to_have_count(0)


# Whether a click in the middle of an element is a click on it.
IS_IN_THE_WAY = """each => {
  const { x, y, width, height } = each.getBoundingClientRect();
  return each.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.mark.long
def test_what_is_seldom_seen_can_be_read(
    people: People, host_page: HostPage, product: Product
) -> None:
    """From right to left, without a line, with the server away, and hundreds in a list."""
    mira = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    address = host_page()
    mira.visit(address)
    sign_up(mira, product, "mira@reader.test", "ميرا")
    mira.write("هل رأى أحد المذنب؟")
    mine = mira.comment("هل رأى أحد المذنب؟")
    expect(mine).to_be_visible()
    asked = mine.get_attribute("data-id")
    said = "نعم، عند الفجر."
    product.post(address, said, token=product.guest("ليلى"), parent=asked)
    mira.sees(said, 20)

    # The same thread in a frame that is written from right to left.
    arabic = SNIPPET.replace("data-forum", f'data-url="{address}" data-lang="ar" data-forum')
    mira.visit(host_page("blog.test", arabic))
    expect(mira.embed.locator("html")).to_have_attribute("dir", "rtl")
    mira.embed.locator("#composer [data-act=write]").first.click()
    stranger = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    stranger.visit(mira.page.url)
    stranger.embed.locator("#composer [data-act=write]").first.click()
    with stranger.page.expect_popup() as asking:
        stranger.embed.get_by_role("button", name="سجّل الدخول").first.click()
    expect(asking.value.get_by_role("heading").first).to_be_visible()
    picture(asking.value, "doors-from-rtl-360-light")
    with mira.page.expect_popup() as opened:
        mira.embed.get_by_role("button", name="سجّل الدخول").first.click()
    if not opened.value.is_closed():
        opened.value.wait_for_event("close")
    bell = mira.embed.locator(".v-bell")
    expect(bell).to_have_text("1", timeout=20_000)
    expect(mira.embed.locator(".v-watch")).to_be_visible()
    expect(mira.comment(said)).to_be_visible()
    frame = next(frame for frame in mira.page.frames if frame.url.startswith(f"{HOST}/embed/"))
    assert (flaws(frame), spill(frame)) == ([], 0)
    picture(mira.page, "told-bell-rtl-360-light")
    inbox = mira.page.context.new_page()
    inbox.goto(f"{HOST}/home/inbox/")
    assert (flaws(inbox.main_frame), spill(inbox.main_frame)) == ([], 0)
    picture(inbox, "told-inbox-rtl-360-light")
    inbox.close()

    # Without a line it waits, and says so.
    mira.visit(address)
    expect(mira.comment(said)).to_be_visible()
    mira.context.set_offline(True)
    hint = mira.embed.locator(".hint")
    expect(hint).to_be_visible()
    # It lies over where one begins to write once that is at the top, and lets clicks through.
    assert not hint.evaluate(IS_IN_THE_WAY)
    mira.write("Sent from a tunnel.")
    expect(mira.embed.locator(".v-waiting")).to_contain_text("Sent from a tunnel.")
    mira.embed.locator(".v-waiting").scroll_into_view_if_needed()
    picture(mira.page, "embed-offline-360-light")
    mira.context.set_offline(False)
    expect(mira.comment("Sent from a tunnel.")).to_be_visible(timeout=20_000)

    # There is a line, and nobody at its end.
    mira.page.route(f"{HOST}/api/**", lambda route: route.abort())
    mira.write("Is anybody there?")
    expect(mira.embed.locator(".v-waiting")).to_contain_text("Is anybody there?")
    mira.embed.locator(".v-waiting").scroll_into_view_if_needed()
    picture(mira.page, "embed-server-away-360-light")
    mira.page.unroute(f"{HOST}/api/**")

    told = product.command("token", "create", "--email", "mira@reader.test", "--json")
    token = json.loads(told.splitlines()[-1])["token"]
    for number in range(HUNDREDS if is_drawing() else FEW):
        product.post(address, f"Night {number}: nothing yet, but clouds.", token=token)
    page = mira.page.context.new_page()
    page.context.clear_cookies(name="__Host-lang")  # as after the hour for which it is kept
    page.goto(f"{HOST}/home/comments/")
    expect(page.locator(".mine > li")).to_have_count(25)
    page.get_by_role("link", name="Older").press("Enter")
    page.get_by_role("link", name="Newest").scroll_into_view_if_needed()
    assert (flaws(page.main_frame), spill(page.main_frame)) == ([], 0)
    picture(page, "home-comments-hundreds-360-light")
