"""The main journeys, in a browser that blocks third-party cookies, on a page of another domain."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import Product

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]


def test_a_guest_posts_and_finds_it_again(people: People, host_page: HostPage) -> None:
    ada = people()
    ada.visit(host_page())
    expect(ada.embed.get_by_text("No comments yet")).to_be_visible()

    ada.write("Is *this* thing on?", name="Ada")
    expect(ada.comment("Is this thing on?").locator("em")).to_have_text("this")

    ada.visit(ada.page.url)
    expect(ada.comment("Is this thing on?").locator(".who")).to_have_text("Ada")
    assert ada.complaints == []


def test_what_one_writes_another_sees_within_a_second(people: People, host_page: HostPage) -> None:
    ada, ben = people(), people()
    address = host_page()
    ada.visit(address)
    ben.visit(address)
    ada.write("First of all, hello.", name="Ada")
    ben.sees("First of all, hello.")

    # Now both follow the thread live; only the way from one to the other is measured.
    ada.write("And how fast is this?")
    expect(ada.comment("And how fast is this?")).to_be_visible()
    ben.sees("And how fast is this?", seconds=1)
    assert ben.complaints == []


def test_a_conversation(people: People, host_page: HostPage) -> None:
    ada, ben = people(), people()
    address = host_page()
    ada.visit(address)
    ada.write("Who is awake?", name="Ada")
    expect(ada.comment("Who is awake?")).to_be_visible()

    ben.visit(address)
    ben.reply("Who is awake?", "I am, sadly.", name="Ben")
    expect(ben.comment("I am, sadly.")).to_have_attribute("data-depth", "1")
    ada.sees("I am, sadly.")

    ben.choose("I am, sadly.", "Edit")
    editing = ben.embed.locator("form.v-composer[aria-label='Change your comment']")
    editing.locator("textarea").fill("I am, happily.")
    editing.locator("button[type=submit]").click()
    expect(ben.comment("I am, happily.").locator(".ed")).to_have_count(1)
    expect(ada.comment("I am, happily.")).to_be_visible()
    ada.misses("I am, sadly.")

    ada.comment("I am, happily.").locator("[data-act=up]").click()
    expect(ada.comment("I am, happily.").locator(".n.up")).to_have_text("1")
    expect(ben.comment("I am, happily.").locator(".n.up")).to_have_text("1")

    ben.choose("I am, happily.", "Delete")
    ben.embed.get_by_role("alertdialog").locator("button[type=submit]").click()
    ben.misses("I am, happily.")
    ada.misses("I am, happily.")
    assert ada.complaints == ben.complaints == []


def test_a_guest_finds_what_is_his_under_the_editor(people: People, host_page: HostPage) -> None:
    ada = people()
    ada.visit(host_page())
    ada.write("Mine, all mine.", name="Ada")
    expect(ada.comment("Mine, all mine.")).to_be_visible()
    with ada.page.expect_popup() as opening:
        ada.embed.get_by_role("button", name="My data").click()
    opening.value.wait_for_url(re.compile(r"/privacy/[^/]+/\?lang=en$"))
    expect(opening.value.locator("main")).to_contain_text("Ada")


def test_a_deleted_comment_with_replies_keeps_its_place(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    token = product.guest("Carla")
    first = product.post(address, "I was here.", token=token)
    product.post(address, "So you were.", token=product.guest("Dan"), parent=first)
    ada = people()
    ada.visit(address)
    expect(ada.comment("I was here.")).to_be_visible()

    product.ask("DELETE", f"/comments/{first}", token=token)

    gone = ada.embed.locator(f"#c-{first}")
    expect(gone).to_have_class(re.compile(r"\bgone\b"))
    expect(gone).not_to_contain_text("Carla")
    expect(ada.comment("So you were.")).to_be_visible()


def test_a_held_comment_is_seen_by_its_author_alone(people: People, host_page: HostPage) -> None:
    ada, ben = people(), people()
    address = host_page()
    ada.visit(address)
    links = "https://a.example https://b.example https://c.example"
    ada.write(f"See {links}", name="Ada")
    held = ada.embed.locator("article.is-held")
    expect(held).to_contain_text("Only you see this")

    ben.visit(address)
    expect(ben.embed.get_by_text("No comments yet")).to_be_visible()
    ada.visit(address)
    expect(held).to_be_visible()


def test_everything_can_be_done_with_the_keyboard(people: People, host_page: HostPage) -> None:
    ada = people()
    ada.visit(host_page())
    ada.embed.locator("#composer [data-act=write]").focus()
    ada.page.keyboard.press("Enter")
    area = ada.embed.locator("#composer textarea")
    expect(area).to_be_focused()
    ada.page.keyboard.type("Without a mouse.")
    ada.embed.locator("#composer input[name=name]").focus()
    ada.page.keyboard.type("Ada")
    ada.page.keyboard.press("Control+Enter")

    expect(ada.comment("Without a mouse.")).to_be_visible()
    expect(ada.embed.locator("#live")).to_contain_text("published")
