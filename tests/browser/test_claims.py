"""Somebody asks for what an archive has of him, and a moderator gives it: at phone width."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_being_told import fits_and_is_accessible
from tests.browser.test_imported import EXPORT, POST

pytestmark = pytest.mark.browser
People = Callable[..., Person]


def signed_in(people: People, product: Product, forum: str, origin: str) -> Page:
    """A new owner of a new forum, in a browser of his own."""
    made = product.create_forum(forum, origin, owner=f"{forum}@magazine.test")
    page = people(viewport={"width": 360, "height": 740}, bypass_csp=True).page
    page.goto(made["sign_in"])
    page.get_by_role("button").last.click()
    return page


@pytest.mark.long
def test_what_an_archive_has_of_somebody_is_asked_for_given_and_taken_back(
    people: People, product: Product, tmp_path: Path
) -> None:
    name = f"old-{uuid.uuid4().hex[:8]}"
    owner = signed_in(people, product, name, f"https://{name}.test")
    reader = signed_in(people, product, f"reader-{name}", "https://reader.test")
    file = tmp_path / "export.xml"
    address = f"https://{name}.test/page"
    posts = POST.format(id=7001, minute=1)
    file.write_text(EXPORT.format(address=address, posts=posts))
    product.command("import", "disqus", str(file), "--forum", name)
    (comment,) = product.ask("GET", f"/forums/{name}/comments")["comments"]

    reader.goto(f"{HOST}/home/claims/")
    fits_and_is_accessible(reader)
    reader.get_by_label("Address of one of the comments").fill(f"{HOST}/c/{comment['id']}/")
    reader.get_by_label("How the moderators know").fill("I was the only Old Hand.")
    reader.get_by_role("button", name="Ask for them").click()
    expect(reader.locator(".badge")).to_have_text("asked")
    fits_and_is_accessible(reader)

    owner.goto(f"{HOST}/moderate/claims/?forum={name}")
    expect(owner.get_by_text("I was the only Old Hand.")).to_be_visible()
    fits_and_is_accessible(owner)
    owner.get_by_role("button", name="Give").click()
    expect(owner.get_by_role("status")).to_contain_text("gave an account imported comments")
    reader.reload()
    expect(reader.locator(".badge")).to_have_text("yours")

    owner.get_by_role("link", name="History").click()
    fits_and_is_accessible(owner)
    owner.get_by_role("button", name="Undo").first.click()
    reader.reload()
    expect(reader.locator(".badge")).to_have_text("asked")
    reader.goto(f"{HOST}/home/merge/")
    fits_and_is_accessible(reader)
