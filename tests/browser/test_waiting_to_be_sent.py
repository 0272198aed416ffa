"""What a person typed is never lost: it waits, says so, and goes out once."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, Product

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]

THROWING_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
}
"""


def said(product: Product, address: str) -> list[str]:
    found = product.ask("GET", f"/forums/{FORUM}/threads?url={address}")
    comments = product.ask("GET", f"/threads/{found['id']}/comments")["comments"]
    return [comment["html"] for comment in comments]


def write_before_losing_the_line(ada: Person, address: str) -> None:
    """Ada is somebody here and has the editor; what comes next she writes without a line."""
    ada.visit(address)
    ada.write("While all is well.", name="Ada")
    expect(ada.comment("While all is well.")).to_be_visible()


def test_offline_it_waits_and_goes_out_once(
    people: People, host_page: HostPage, product: Product
) -> None:
    ada = people()
    address = host_page()
    write_before_losing_the_line(ada, address)
    ada.context.set_offline(True)

    ada.write("Sent from a tunnel.")
    waiting = ada.embed.locator(".v-waiting")
    expect(waiting).to_contain_text("Sent from a tunnel.")
    ada.context.set_offline(False)

    expect(ada.comment("Sent from a tunnel.")).to_be_visible(timeout=20_000)
    expect(waiting).to_have_count(0)
    assert sum("tunnel" in html for html in said(product, address)) == 1


@pytest.mark.long
def test_while_writes_are_paused_it_waits_even_over_a_reload(
    people: People, host_page: HostPage, product: Product
) -> None:
    ada = people()
    address = host_page()
    write_before_losing_the_line(ada, address)
    product.command("writes", "off")
    try:
        ada.write("Patience.")
        expect(ada.embed.locator(".v-waiting")).to_contain_text("Writing is paused")
        ada.visit(address)
        expect(ada.embed.locator(".v-waiting")).to_contain_text("Patience.")
    finally:
        product.command("writes", "on")

    # It may go out by itself before the button is pressed; then there is no button any more.
    with suppress(PlaywrightTimeout):
        ada.embed.get_by_role("button", name="Try now").click(timeout=3_000)
    expect(ada.comment("Patience.")).to_be_visible(timeout=20_000)
    assert sum("Patience" in html for html in said(product, address)) == 1


def test_a_refusal_leaves_the_text_in_the_editor(people: People, host_page: HostPage) -> None:
    ada = people()
    ada.visit(host_page())
    ada.write("x" * 10_001, name="Ada")

    form = ada.embed.locator("#composer form")
    expect(form.locator("[role=alert]")).to_contain_text("too long")
    assert len(form.locator("textarea").input_value()) == 10_001


def forbid_storage(context: BrowserContext) -> None:
    context.add_init_script(THROWING_STORAGE)


def test_t10_without_any_storage_one_can_post_and_edit(people: People, host_page: HostPage) -> None:
    ada = people()
    forbid_storage(ada.context)
    ada.visit(host_page())
    ada.write("Remembered by nobody.", name="Ada")
    expect(ada.comment("Remembered by nobody.")).to_be_visible()

    ada.choose("Remembered by nobody.", "Edit")
    editing = ada.embed.locator("form.v-composer[aria-label='Change your comment']")
    editing.locator("textarea").fill("Remembered by the server.")
    editing.locator("button[type=submit]").click()
    expect(ada.comment("Remembered by the server.")).to_be_visible()

    ada.visit(ada.page.url)
    expect(ada.comment("Remembered by the server.")).to_be_visible()
    assert ada.complaints == []
