"""One account on every site, signed in inside the frame, with third-party cookies blocked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, OWNER, Product

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]


def sign_up(person: Person, product: Product, email: str, name: str) -> None:
    person.embed.locator("#composer [data-act=write]").click()
    with person.page.expect_popup() as opened:
        person.embed.get_by_role("button", name="create an account").click()
    open_account(opened.value, product, email, name)


def open_account(popup: Page, product: Product, email: str, name: str) -> None:
    """What the popup asks for, until it closes."""
    popup.locator("input[name=email]").fill(email)
    popup.locator("input[name=name]").fill(name)
    popup.locator("input[name=password1]").fill("correct horse battery")
    popup.get_by_role("button", name="Create the account").click()
    popup.wait_for_url("**/confirm-email/")
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", product.letter_to(email), re.MULTILINE)
    assert code
    popup.locator("input[name=code]").fill(code.group())
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Confirm").click()


def posting_as(person: Person) -> Any:
    return person.embed.locator("#composer .v-me")


def test_signing_up_in_a_popup_signs_in_the_frame(
    people: People, host_page: HostPage, product: Product
) -> None:
    ada = people()
    ada.visit(host_page())
    sign_up(ada, product, "ada@reader.test", "Ada Lovelace")

    expect(posting_as(ada)).to_have_text("Ada Lovelace")
    ada.write("With a name of my own.")
    expect(ada.comment("With a name of my own.").locator(".who")).to_have_text("Ada Lovelace")
    # Nothing of it lies in a cookie of the frame: there are none in a third-party place.
    assert ada.page.frames[1].evaluate("document.cookie") == ""
    assert ada.complaints == []


def test_on_a_second_site_it_is_one_click(
    people: People, host_page: HostPage, product: Product
) -> None:
    grace = people()
    grace.visit(host_page("magazine.test"))
    sign_up(grace, product, "grace@reader.test", "Grace Hopper")
    expect(posting_as(grace)).to_have_text("Grace Hopper")

    grace.visit(host_page("blog.test"))
    grace.embed.locator("#composer [data-act=write]").click()
    expect(posting_as(grace)).to_have_count(0)
    with grace.page.expect_popup() as opened:
        grace.embed.get_by_role("button", name="Sign in", exact=True).click()
    if not opened.value.is_closed():
        opened.value.wait_for_event("close")

    expect(posting_as(grace)).to_have_text("Grace Hopper")
    grace.write("The same person, on another site.")
    expect(grace.comment("The same person, on another site.")).to_be_visible()


def test_a_moderator_removes_from_the_thread(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    rude = product.guest("Rude")
    product.post(address, "Something rude.", token=rude)
    product.post(address, "Something kind.", token=product.guest("Kind"))
    owner, reader = people(), people()
    link = product.command("link", "create", "--email", OWNER, "--json")
    found = re.search(r"https://[^\"]+", link)
    assert found
    owner.page.goto(found.group())
    owner.page.locator("form button").last.click()
    owner.page.wait_for_url("**/home/**")

    owner.visit(address)
    owner.embed.locator("#composer [data-act=write]").click()
    with owner.page.expect_popup():
        owner.embed.get_by_role("button", name="Sign in", exact=True).click()
    expect(posting_as(owner)).to_have_text("owner")
    reader.visit(address)
    expect(reader.comment("Something rude.")).to_be_visible()

    owner.choose("Something rude.", "Remove")
    owner.misses("Something rude.")
    reader.misses("Something rude.", seconds=1)
    assert "Something rude." not in str(product.ask("GET", f"/forums/{FORUM}/comments"))

    owner.embed.get_by_role("button", name="Undo").click()
    expect(
        reader.comment("Something rude.").or_(reader.embed.locator("#offer button"))
    ).to_be_visible()


def test_locking_closes_the_editor_for_everybody(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    product.post(address, "Last words.", token=product.guest("Someone"))
    reader = people()
    reader.visit(address)
    thread = product.ask("GET", f"/forums/{FORUM}/threads?url={address}")["id"]
    product.ask(
        "POST", f"/moderation/threads/{thread}/decisions", {"decision": "lock"}, token=product.owner
    )

    expect(reader.embed.get_by_text("This discussion is closed")).to_be_visible()
    expect(reader.embed.locator("#composer")).to_be_hidden()
