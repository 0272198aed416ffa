"""A profile made public leads from the comments; another follows it, and has a feed of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.harness.waiting import wait_until
from tests.browser.test_accounts import sign_up
from tests.browser.test_being_told import fits_and_is_accessible

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_a_profile_is_made_public_found_from_a_comment_and_followed(
    people: Callable[..., Person], host_page: Callable[..., str], product: Product
) -> None:
    address = host_page()
    pia, quentin = (
        people(viewport={"width": 360, "height": 740}, bypass_csp=True) for _ in range(2)
    )
    pia.visit(address)
    sign_up(pia, product, "pia@profiles.test", "Pia Profile")
    pia.write("A word by Pia.")
    expect(pia.comment("A word by Pia.")).to_be_visible()

    mine = pia.page.context.new_page()
    mine.goto(f"{HOST}/home/profile/")
    fits_and_is_accessible(mine)
    mine.get_by_label("My profile is public").check()
    mine.get_by_label("Name in its address").fill("pia")
    mine.get_by_label("About me").fill("I read *everything*.")
    mine.get_by_role("button", name="Save").press("Enter")
    expect(mine.get_by_text("Saved.")).to_be_visible()

    quentin.visit(address)
    sign_up(quentin, product, "quentin@reader.test", "Quentin Reader")
    link = quentin.comment("A word by Pia.").locator(".who a")
    expect(link).to_have_attribute("href", "/u/pia/", timeout=20_000)
    theirs = quentin.page.context.new_page()
    theirs.goto(f"{HOST}/u/pia/")
    expect(theirs.locator(".about em")).to_have_text("everything")
    button = theirs.locator("#follow")
    expect(button).to_have_attribute("aria-pressed", "false")
    fits_and_is_accessible(theirs)
    button.press("Enter")
    expect(button).to_have_text("Following")

    def has_it() -> bool:
        theirs.goto(f"{HOST}/home/feed/")
        return theirs.get_by_text("A word by Pia.").count() == 1

    wait_until(has_it, "the feed", 30)  # the worker fills it
    fits_and_is_accessible(theirs)

    mine.get_by_label("My profile is public").uncheck()
    mine.get_by_role("button", name="Save").press("Enter")
    expect(mine.get_by_text("Saved.")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_text("A word by Pia.")).to_have_count(0)
    assert theirs.goto(f"{HOST}/u/pia/").status == 404
    expect(link).to_have_count(0, timeout=20_000)
