"""Signing in inside the frame through another account, at a real provider, in the popup."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_accounts import posting_as
from tests.browser.test_being_told import fits_and_is_accessible
from tests.providers.openid import OpenID

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]


def open_popup(person: Person, button: str) -> Page:
    person.embed.locator("#composer [data-act=write]").click()
    with person.page.expect_popup() as opened:
        person.embed.get_by_role("button", name=button, exact=True).click()
    return opened.value


def agree(popup: Page, who: str) -> None:
    """At the provider: say who one is, and yes."""
    popup.locator("input[name=login]").fill(who)
    popup.locator("input[name=password]").fill("any")
    popup.get_by_role("button", name="Sign-in").click()
    popup.get_by_role("button", name="Continue").click()


def test_another_account_opens_one_here_inside_the_frame(
    people: People, host_page: HostPage, product: Product, openid: OpenID
) -> None:
    ann = people()
    ann.visit(host_page())
    popup = open_popup(ann, "create an account")
    popup.get_by_role("button", name="Continue with House").click()
    agree(popup, "ann")
    expect(popup.get_by_label("Name")).to_have_value("Ann Smith")
    expect(popup.get_by_label("E-mail")).to_have_value("ann@example.org")
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Create the account").click()
    expect(posting_as(ann)).to_have_text("Ann Smith")
    ann.write("I come from another house.")
    expect(ann.comment("I come from another house.").locator(".who")).to_have_text("Ann Smith")
    # Our policy was never in the way, nor ours in the provider's.
    assert ann.complaints == []

    # In another browser, on another site: the same person, without a word typed here.
    again = people()
    again.visit(host_page("blog.test"))
    popup = open_popup(again, "Sign in")
    popup.get_by_role("button", name="Continue with House").click()
    agree(popup, "ann")
    if not popup.is_closed():
        popup.wait_for_event("close")
    expect(posting_as(again)).to_have_text("Ann Smith")


@pytest.mark.long
def test_ones_other_accounts_are_linked_and_unlinked(
    people: People, product: Product, openid: OpenID
) -> None:
    """By keyboard, on a phone; and who does not continue there is back with a sentence."""
    person = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    page = person.page
    page.goto(f"{HOST}/accounts/login/?next=/home/account/")
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Continue with House").press("Enter")
    page.locator("input[name=login]").fill("twin")
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").press("Enter")
    page.get_by_role("link", name="Cancel").press("Enter")
    expect(page.get_by_role("heading", name="Nothing has changed")).to_be_visible()
    fits_and_is_accessible(page)

    page.get_by_role("link", name="Sign in", exact=True).last.press("Enter")
    page.get_by_role("button", name="Continue with House").press("Enter")
    openid.tell("lin", "Lin Chen", "lin@example.org")
    if page.locator("input[name=login]").count() == 0:
        page.context.clear_cookies(domain="127.0.0.1")
        page.goto(f"{HOST}/accounts/login/?next=/home/account/")
        page.get_by_role("button", name="Continue with House").press("Enter")
    agree(page, "lin")
    expect(page.get_by_role("heading", name="Almost there")).to_be_visible()
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Create the account").press("Enter")
    page.wait_for_url("**/home/account/")
    page.goto(f"{HOST}/accounts/identities/")
    expect(page.get_by_text("Lin Chen")).to_be_visible()
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Unlink House").press("Enter")
    expect(page.get_by_text("It is unlinked.")).to_be_visible()
    page.get_by_role("button", name="Link House").press("Enter")
    expect(page.get_by_text("From now on you can sign in with House.")).to_be_visible()
    expect(page.get_by_role("button", name="Unlink House")).to_be_visible()
    assert person.complaints == []
