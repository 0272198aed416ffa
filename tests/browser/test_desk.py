"""A moderator works through the queue: by keyboard alone, and without JavaScript."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils.translation import override
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness.looks import LOOKS, picture
from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_being_told import fits_and_is_accessible
from voxpop.words import say, words

pytestmark = pytest.mark.browser

People = Callable[..., Person]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# Links from somebody unknown wait for a moderator.
LINKS = "[one](https://a.example/) [two](https://b.example/) [three](https://c.example/)"


class Desk:
    """A forum of its own with held comments, and its owner at the desk."""

    def __init__(self, product: Product, person: Person, comments: int) -> None:
        self.product, self.person = product, person
        name = f"desk-{uuid.uuid4().hex[:8]}"
        made = product.create_forum(name, f"https://{name}.test", owner=f"{name}@magazine.test")
        guest = product.ask("POST", "/guests", {"forum": name, "name": "Gil Guest"})["token"]
        for number in range(comments):
            body = {
                "thread": {"url": f"https://{name}.test/page", "title": "A page"},
                "source": f"Comment {number}. {LINKS}",
            }
            product.ask("POST", f"/forums/{name}/comments", body, token=guest)
        self.page: Page = person.page
        self.page.goto(made["sign_in"])
        self.page.get_by_role("button").last.click()
        self.page.goto(f"{HOST}/moderate/?forum={name}")

    def waiting(self) -> Locator:
        return self.page.locator(".item:visible")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


def numbers(items: Locator) -> list[int]:
    return [int(re.findall(r"Comment (\d+)", text)[0]) for text in items.all_inner_texts()]


def test_a_queue_is_worked_through_by_keyboard_alone(product: Product, people: People) -> None:
    desk = Desk(product, people(), 4)
    expect(desk.waiting()).to_have_count(4)
    desk.press("j", "j", "a")
    expect(desk.waiting()).to_have_count(3)
    assert numbers(desk.waiting()) == [0, 2, 3]
    # The next one has the focus, so that the next key is about it.
    expect(desk.page.locator(".item:focus")).to_contain_text("Comment 2")
    desk.press("s")
    expect(desk.waiting()).to_have_count(2)
    assert numbers(desk.waiting()) == [0, 3]
    expect(desk.page.locator("[data-count=all]")).to_have_text("2")
    desk.press("u")
    expect(desk.waiting()).to_have_count(3)
    expect(desk.page.locator(".item:focus")).to_contain_text("Comment 2")
    desk.page.reload()
    assert numbers(desk.waiting()) == [0, 2, 3]
    assert desk.person.complaints == []


def test_several_are_ticked_decided_and_taken_back_together(
    product: Product, people: People
) -> None:
    desk = Desk(product, people(), 3)
    desk.press("j", "x", "j", "x", "d")
    expect(desk.waiting()).to_have_count(1)
    assert numbers(desk.waiting()) == [2]
    desk.page.get_by_role("button", name="Undo").last.click()
    expect(desk.waiting()).to_have_count(3)
    desk.page.get_by_label("Tick all").check()
    expect(desk.page.locator(".ticked")).to_have_text("3 ticked")
    desk.page.locator(".bulk-acts").get_by_role("button", name="Approve").click()
    expect(desk.waiting()).to_have_count(0)
    expect(desk.page.locator("#again")).to_be_focused()
    desk.press("Enter")
    expect(desk.page.get_by_text("All caught up")).to_be_visible()
    assert desk.person.complaints == []


def test_what_the_author_is_told_is_one_key_and_is_not_kept_for_the_next(
    product: Product, people: People
) -> None:
    desk = Desk(product, people(), 3)
    ground = desk.page.get_by_label("Told to the author")
    desk.press("j", "2")
    expect(ground).to_have_value("off_topic")
    desk.press("r")
    expect(desk.waiting()).to_have_count(2)
    expect(ground).to_have_value("")
    # Chosen, and then it is spam after all.
    desk.press("3", "s")
    expect(desk.waiting()).to_have_count(1)
    desk.page.goto(f"{HOST}/moderate/history/")
    expect(desk.page.get_by_text("Its author is told")).to_have_text(
        ["Its author is told: off topic"]
    )
    assert desk.person.complaints == []


def test_a_decision_that_is_refused_comes_back_and_says_why(
    product: Product, people: People
) -> None:
    desk = Desk(product, people(), 1)
    again = desk.person.context.new_page()
    again.goto(desk.page.url)
    again.get_by_role("button", name="Approve").last.click()
    expect(again.locator(".item:visible")).to_have_count(0)
    desk.press("j", "s")
    expect(desk.page.locator(".toast.bad")).to_contain_text("Somebody else decided first")
    expect(desk.waiting()).to_have_count(1)


def test_single_keys_can_be_switched_off(product: Product, people: People) -> None:
    desk = Desk(product, people(), 1)
    desk.press("?")
    desk.page.get_by_label("Single keys act").uncheck()
    desk.press("Escape", "j", "a")
    desk.page.reload()
    desk.press("j", "a")
    expect(desk.waiting()).to_have_count(1)
    desk.page.get_by_role("button", name="Approve").last.click()
    expect(desk.waiting()).to_have_count(0)


def test_everything_is_done_without_javascript(product: Product, people: People) -> None:
    desk = Desk(product, people(java_script_enabled=False), 2)
    desk.waiting().first.get_by_role("button", name="Approve").click()
    expect(desk.page.get_by_text("Done: approved.")).to_be_visible()
    assert numbers(desk.waiting()) == [1]
    desk.page.get_by_role("button", name="Undo").click()
    assert numbers(desk.waiting()) == [0, 1]
    for box in desk.page.locator(".tick").all():
        box.check()
    desk.page.locator(".bulk-acts").get_by_role("button", name="Spam").click()
    expect(desk.page.get_by_text("All caught up")).to_be_visible()


@LOOKS
def test_the_desk_is_accessible_and_fits(
    product: Product, people: People, scheme: str, width: int
) -> None:
    person = people(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    desk = Desk(product, person, 2)
    name = desk.page.url.partition("forum=")[2]
    author = desk.waiting().first.locator(".who a").get_attribute("href")
    assert author
    for path in (
        f"?forum={name}",
        f"bans/new/?{author.partition('?')[2]}",
        "bans/",
        "threads/",
        "history/",
    ):
        desk.page.goto(f"{HOST}/moderate/{path}")
        wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
        if path == f"?forum={name}":
            picture(desk.page, f"desk-grounds-{width}-{scheme}")
        desk.page.add_script_tag(path=str(AXE))
        found = desk.page.evaluate("axe.run()")["violations"]
        assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], path


@pytest.mark.parametrize(
    ("language", "direction"),
    [("ar", "rtl"), pytest.param("de", "ltr", marks=pytest.mark.long)],
)
def test_the_desk_is_worked_in_the_moderators_language_on_a_phone(
    product: Product, people: People, language: str, direction: str
) -> None:
    says = words(language)
    phone = people(viewport={"width": 360, "height": 740}, locale=language, bypass_csp=True)
    desk = Desk(product, phone, 3)
    html = desk.page.locator("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", direction)
    fits_and_is_accessible(desk.page)
    desk.press("j", "x", "j", "x", "d")
    expect(desk.waiting()).to_have_count(1)
    with override(language):
        told = say("toast_many", n=2, did=say("toast_delete"))
    expect(desk.page.locator(".toast span")).to_have_text(told)
    desk.page.get_by_role("button", name=says["undo"], exact=True).last.click()
    expect(desk.waiting()).to_have_count(3)
    desk.page.locator("#keys").evaluate("dialog => dialog.showModal()")
    expect(desk.page.get_by_role("heading", name=says["keys"])).to_be_visible()
    fits_and_is_accessible(desk.page)
    for path, heading in {
        "threads/": "threads",
        "bans/": "bans",
        "claims/": "claims",
        "history/": "history",
    }.items():
        desk.page.goto(f"{HOST}/moderate/{path}")
        expect(desk.page.locator("h1")).to_have_text(says[heading])
        fits_and_is_accessible(desk.page)
