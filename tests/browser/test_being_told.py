"""Being told: somebody answers, the bell says so, the inbox leads to it, and a mail came too."""

import email
import email.policy
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.harness.waiting import wait_until
from tests.browser.test_accounts import sign_up

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
People = Callable[..., Person]
HostPage = Callable[..., str]


def letter(product: Product, to: str, words: str) -> tuple[str, str]:
    """The mail to `to` that says `words`, waited for: its plain text and its HTML."""
    found: list[tuple[str, str]] = []

    def came() -> bool:
        for file in (product.data.parent / "mail").iterdir():
            mail = email.message_from_bytes(
                file.read_bytes().split(b"\n" + b"-" * 79)[0], policy=email.policy.default
            )
            plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
            if mail["To"] == to and plain and html and words in plain.get_content():
                found.append((plain.get_content(), html.get_content()))
        return bool(found)

    wait_until(came, f"a mail to {to}", 30)
    return found[0]


def fits_and_is_accessible(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == []


@pytest.mark.long
def test_an_answer_rings_the_bell_stands_in_the_inbox_and_is_mailed(
    people: People, host_page: HostPage, product: Product
) -> None:
    ida = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    address = host_page()
    ida.visit(address)
    sign_up(ida, product, "ida@reader.test", "Ida Lupino")
    ida.write("Who has seen the comet?")
    expect(ida.comment("Who has seen the comet?")).to_be_visible()
    asked = ida.comment("Who has seen the comet?").get_attribute("data-id")
    product.post(address, "I have, at dawn.", token=product.guest("Max"), parent=asked)
    # Before the next: two answers at once would be one mail.
    plain, html = letter(product, "ida@reader.test", "at dawn")
    product.post(address, "So have I.", token=product.guest("Eve"), parent=asked)

    ida.visit(address)
    bell = ida.embed.get_by_role("link", name="Inbox")
    expect(bell).to_have_text("2", timeout=20_000)
    with ida.page.expect_popup() as opened:
        bell.click()
    inbox = opened.value
    expect(inbox.get_by_role("link", name="Eve and 1 other replied to you")).to_be_visible()
    fits_and_is_accessible(inbox)
    inbox.get_by_role("button", name="Mark all as read").click()
    expect(inbox.locator(".is-new")).to_have_count(0)
    ida.visit(address)
    expect(bell).to_have_text("")

    # The mail's HTML, as a mail program shows it; and its way out, by somebody not signed in.
    reader = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    reader.page.set_content(html)
    expect(reader.page.get_by_role("heading")).to_have_text("Max replied to you")
    fits_and_is_accessible(reader.page)
    way_out = re.search(rf"{HOST}/home/mail/\S+", plain)
    assert way_out
    reader.page.goto(way_out.group())
    fits_and_is_accessible(reader.page)
    reader.page.get_by_role("button", name="Stop mails like this one").click()
    expect(reader.page.get_by_text("No more of these mails go to you.")).to_be_visible()
    replies, mentions = (
        reader.page.get_by_label(f"When somebody {does} me") for does in ("replies to", "mentions")
    )
    expect(replies).to_have_value("never")
    expect(mentions).to_have_value("once")
    fits_and_is_accessible(reader.page)
    assert ida.complaints + reader.complaints == []
