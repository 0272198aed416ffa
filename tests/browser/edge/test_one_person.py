"""One person, from a first comment as a guest to being gone, through HAProxy and Varnish."""

import json
import re
import zipfile
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST
from tests.browser.harness.stack import PATIENCE, Stack
from tests.browser.harness.waiting import wait_until
from tests.browser.test_accounts import open_account, posting_as, sign_up
from tests.browser.test_being_told import letter

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]
SECONDS = PATIENCE * 1000


def own_page(person: Person, path: str) -> Page:
    """Another tab of his, on our own origin."""
    page = person.page.context.new_page()
    page.goto(f"{HOST}{path}")
    return page


def test_from_a_first_comment_on_one_site_to_being_gone_from_all(
    people: People, host_page: HostPage, product: Stack
) -> None:
    ines, omar, stranger = people(), people(), people()
    magazine, blog = host_page("magazine.test"), host_page("blog.test")

    # As a guest, and then with an account, which takes what the guest wrote.
    ines.visit(magazine)
    ines.write("Written as a guest.", name="Ines")
    expect(ines.comment("Written as a guest.")).to_be_visible()
    with ines.page.expect_popup() as door:
        ines.embed.get_by_role("button", name="Sign in", exact=True).click()
    door.value.get_by_role("link", name="Create an account").click()
    open_account(door.value, product, "ines@reader.test", "Ines Journey")
    expect(posting_as(ines)).to_have_text("Ines Journey")
    ines.embed.get_by_role("button", name="Make them mine").click()
    expect(ines.comment("Written as a guest.").locator(".who")).to_have_text(
        "Ines Journey", timeout=SECONDS
    )

    # On the second site it is one click, and nothing is typed.
    ines.visit(blog)
    ines.embed.locator("#composer [data-act=write]").click()
    with ines.page.expect_popup() as opened:
        ines.embed.get_by_role("button", name="Sign in", exact=True).click()
    if not opened.value.is_closed():
        opened.value.wait_for_event("close")
    expect(posting_as(ines)).to_have_text("Ines Journey")
    ines.write("The same person, elsewhere.")
    expect(ines.comment("The same person, elsewhere.")).to_be_visible()

    # Somebody answers: a mail, the bell, the inbox.
    omar.visit(blog)
    sign_up(omar, product, "omar@reader.test", "Omar Answer")
    omar.reply("The same person, elsewhere.", "I know you from the magazine.")
    plain, _ = letter(product, "ines@reader.test", "I know you from the magazine.")
    assert "Omar Answer" in plain
    ines.visit(blog)
    bell = ines.embed.get_by_role("link", name="Inbox")
    expect(bell).to_have_text("1", timeout=SECONDS)
    with ines.page.expect_popup() as inbox:
        bell.click()
    expect(inbox.value.get_by_role("link", name="Omar Answer replied to you")).to_be_visible()

    # She follows him, and has what he writes elsewhere in her feed once his profile is public.
    ines.choose("I know you from the magazine.", "Follow Omar Answer")
    expect(ines.embed.get_by_text("You follow Omar Answer now.").first).to_be_visible()
    his = own_page(omar, "/home/profile/")
    his.get_by_label("My profile is public").check()
    his.get_by_label("Name in its address").fill("omar")
    his.get_by_role("button", name="Save").press("Enter")
    expect(his.get_by_text("Saved.")).to_be_visible()
    product.post(magazine, "Something else to follow.", token=product.guest("Somebody"))
    omar.visit(magazine)
    omar.embed.locator("#composer [data-act=write]").click()
    with omar.page.expect_popup() as again:
        omar.embed.get_by_role("button", name="Sign in", exact=True).click()
    if not again.value.is_closed():
        again.value.wait_for_event("close")
    omar.write("A word at the magazine.")
    expect(omar.comment("A word at the magazine.")).to_be_visible()
    home = own_page(ines, "/home/feed/")

    def has_it() -> bool:
        home.goto(f"{HOST}/home/feed/")
        return home.get_by_text("A word at the magazine.").count() == 1

    wait_until(has_it, "the feed", PATIENCE)

    # At home: all she wrote, on both sites.
    home.goto(f"{HOST}/home/comments/")
    said = home.locator(".mine .said")
    expect(said).to_have_text(["The same person, elsewhere.", "Written as a guest."])

    # A comment is shared by plain links, which lead to where it was said.
    shared = ines.comment("I know you from the magazine.")
    shared.locator("[data-act=share]").first.click()
    mail = ines.embed.get_by_role("menuitem", name="E-mail").get_attribute("href") or ""
    assert mail.startswith("mailto:?")
    ines.page.keyboard.press("Escape")
    link = re.search(r"/c/\w+/\?from=\w+", unquote(mail))
    assert link is not None
    page = own_page(ines, link[0])
    page.wait_for_url("https://blog.test/**#voxpop-*")
    words = page.frame_locator("iframe").get_by_text("I know you from the magazine.")
    expect(words.first).to_be_visible(timeout=SECONDS)

    # All that is hers, in a file.
    data = own_page(ines, "/home/privacy/")
    data.get_by_role("button", name="Pack a file").click()
    expect(data.get_by_role("link", name="Download")).to_be_visible(timeout=SECONDS)
    with data.expect_download() as download:
        data.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        told = "".join(
            json.dumps(json.loads(packed.read(name)), ensure_ascii=False)
            for name in packed.namelist()
            if name.endswith(".json")
        )
    assert "Written as a guest." in told
    assert "The same person, elsewhere." in told
    assert "omar@reader.test" not in told

    # And gone: what she wrote here stays under nobody's name, on every site, in seconds.
    stranger.visit(blog)
    expect(stranger.comment("The same person, elsewhere.").locator(".who")).to_have_text(
        "Ines Journey"
    )
    data.goto(f"{HOST}/home/privacy/erase/")
    if data.locator("input[name=password]").count():
        data.locator("input[name=password]").fill("correct horse battery")
        data.locator("form button.primary").first.click()
    data.get_by_label("They stay, written by “deleted user”").check()
    data.get_by_role("button", name="Erase me").click()
    expect(data.get_by_role("heading", name="You will be erased")).to_be_visible()
    for site in (blog, magazine):

        def is_nobodys(address: str = site) -> bool:
            stranger.visit(address)
            text = stranger.page.frames[1].locator("body").inner_text()
            return "Ines Journey" not in text and "@Ines" not in text

        wait_until(is_nobodys, f"her name to be gone from {site}", PATIENCE)
    expect(stranger.comment("Written as a guest.")).to_be_visible()
    assert ines.complaints + omar.complaints + stranger.complaints == []
