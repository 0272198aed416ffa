"""The public page: read and written without any script, first-party, and found by its old links."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, HOST, Product

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]


def test_without_script_one_reads_and_posts_on_the_public_page(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    product.post(address, "Readable by everybody.", token=product.owner)
    thread = product.ask("GET", f"/forums/{FORUM}/threads?url={address}")["id"]
    ada = people(java_script_enabled=False)
    ada.page.goto(f"{HOST}/t/{thread}/")
    expect(ada.page.get_by_text("Readable by everybody.")).to_be_visible()
    expect(ada.page.locator("[itemtype='https://schema.org/Comment']")).to_have_count(1)
    canonical = ada.page.locator("link[rel=canonical]")
    expect(canonical).to_have_attribute("href", address)

    ada.page.goto(f"{HOST}/t/{thread}/write")
    ada.page.locator("textarea").fill("Written **without** a script.")
    ada.page.locator("input[name=name]").fill("Ada")
    ada.page.locator("main form button:not([name=preview])").click()

    expect(ada.page.locator("article").get_by_text("Written without a script.")).to_be_visible()
    ada.page.goto(f"{HOST}/t/{thread}/")
    expect(ada.page.locator("[itemtype='https://schema.org/Comment']")).to_have_count(2)


def test_the_frame_is_useful_before_any_script_runs(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    product.post(address, "Here without a script.", token=product.owner)
    ada = people(java_script_enabled=False)
    ada.page.goto(f"{HOST}/embed/{FORUM}/thread?u={address}")

    expect(ada.page.get_by_text("Here without a script.")).to_be_visible()
    expect(ada.page.get_by_role("link", name="Join the discussion")).to_be_visible()
