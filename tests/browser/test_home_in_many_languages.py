"""Who chose German reads Home in German, on a phone; who chose Arabic reads it from the right."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_accounts import sign_up
from tests.browser.test_being_told import fits_and_is_accessible
from voxpop.words import words

pytestmark = pytest.mark.browser
# By the word that is their heading.
PAGES = {
    "home/": "home",
    "home/comments/": "my_comments",
    "home/feed/": "my_feed",
    "home/people/?list=muted": "people",
    "home/inbox/": "inbox",
    "home/settings/notices/": "notices",
    "home/profile/": "my_profile",
    "home/signed-in/": "where_signed_in",
    "home/privacy/": "my_data",
    "home/merge/": "merge_two",
    "accounts/2fa/": "signing_in",
    "home/account/": "settings",
}


@pytest.mark.parametrize(
    ("language", "direction"),
    [("ar", "rtl"), pytest.param("de", "ltr", marks=pytest.mark.long)],
)
def test_home_is_in_the_language_that_somebody_chose(
    people: Callable[..., Person],
    host_page: Callable[..., str],
    product: Product,
    language: str,
    direction: str,
) -> None:
    uma = people(viewport={"width": 360, "height": 740}, bypass_csp=True)
    uma.visit(host_page())
    sign_up(uma, product, f"uma.{language}@reader.test", f"Uma Reader {language}")
    uma.write("The comet was grand.")
    expect(uma.comment("The comet was grand.")).to_be_visible()

    page = uma.page.context.new_page()
    page.goto(f"{HOST}/home/account/")
    page.locator("select[name=language]").select_option(language)
    page.locator("form.card button").click()
    expect(page.get_by_text(words(language)["name_saved"])).to_be_visible()
    for path, heading in PAGES.items():
        page.goto(f"{HOST}/{path}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("html")).to_have_attribute("dir", direction)
        expect(page.locator("h1")).to_have_text(words(language)[heading])
        fits_and_is_accessible(page)
    # Where the ways are short, none of them lies below the button beside the name.
    page.goto(f"{HOST}/home/account/")
    page.locator("select[name=language]").select_option("ja")
    page.locator("form.card button").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    button, way = (page.locator(f".bar nav {each}").last.bounding_box() for each in ("button", "a"))
    assert button is not None
    assert way is not None
    assert button["y"] + button["height"] <= way["y"] + 1
    assert uma.complaints == []
