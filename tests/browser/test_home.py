"""My comments: found again on our own origin, edited and deleted by keyboard, on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_accounts import sign_up
from tests.browser.test_being_told import fits_and_is_accessible

pytestmark = pytest.mark.browser


def test_what_i_wrote_is_found_changed_and_taken_away(
    people: Callable[..., Person], host_page: Callable[..., str], product: Product
) -> None:
    hal = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    hal.visit(host_page())
    sign_up(hal, product, "hal@reader.test", "Hal Holbrook")
    for said in ("The comet was grand.", "Rain again."):
        hal.write(said)
        expect(hal.comment(said)).to_be_visible()

    page = hal.page.context.new_page()
    page.goto(f"{HOST}/home/comments/")
    expect(page.locator(".mine > li")).to_have_count(2)
    fits_and_is_accessible(page)
    page.get_by_label("Search").fill("COMET")
    page.keyboard.press("Enter")
    expect(page.locator(".mine .said")).to_have_text(["The comet was grand."])

    page.get_by_role("link", name="See the conversation").press("Enter")
    expect(page.get_by_label("Your comment")).to_contain_text("The comet was grand.")
    fits_and_is_accessible(page)
    page.get_by_role("link", name="Edit").press("Enter")
    page.get_by_label("Your comment").fill("The comet was small.")
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_label("Your comment")).to_contain_text("The comet was small.")
    page.goto(f"{HOST}/home/comments/?q=comet")
    expect(page.locator(".mine .said")).to_have_text(["The comet was small."])
    expect(hal.comment("The comet was small.")).to_be_visible(timeout=20_000)

    page.locator("summary").press("Enter")
    page.get_by_role("button", name="Delete this comment").press("Enter")
    expect(page.get_by_text("Deleted by you")).to_be_visible()
    fits_and_is_accessible(page)
    expect(hal.comment("The comet was small.")).to_have_count(0, timeout=20_000)


@pytest.mark.long
def test_where_i_am_signed_in_is_ended_by_keyboard_and_who_i_am_there_is_chosen(
    people: Callable[..., Person], host_page: Callable[..., str], product: Product
) -> None:
    ivy = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    ivy.visit(host_page())
    sign_up(ivy, product, "ivy@reader.test", "Ivy Compton")
    ivy.write("A quiet evening.")
    expect(ivy.comment("A quiet evening.")).to_be_visible()

    page = ivy.page.context.new_page()
    for path in ("/home/", "/home/account/"):
        page.goto(f"{HOST}{path}")
        fits_and_is_accessible(page)
    page.get_by_role("link", name="Choose sites").press("Enter")
    page.locator("details.site > summary").press("Enter")
    page.get_by_label("Name there").fill("Evening Ivy")
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Save").last.press("Enter")
    expect(page.get_by_text("Saved. Older comments there follow")).to_be_visible()
    expect(ivy.comment("A quiet evening.")).to_contain_text("Evening Ivy", timeout=20_000)

    page.goto(f"{HOST}/home/signed-in/")
    expect(page.get_by_text("This browser", exact=True)).to_be_visible()
    fits_and_is_accessible(page)
    frames = page.locator("li", has_text="on Linux").filter(has=page.locator('[name="token"]'))
    expect(frames).to_have_count(1)
    frames.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_text("Signed out there.")).to_be_visible()
    expect(frames).to_have_count(0)
    ivy.page.reload()
    expect(ivy.comment("A quiet evening.")).to_be_visible()
    assert page.evaluate("fetch('/home/account/').then((answer) => answer.status)") == 200
