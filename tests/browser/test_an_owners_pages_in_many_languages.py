"""Who chose Arabic sets a forum up from the right, on a phone; a long language fits there too."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.harness.product import HOST, Product
from tests.browser.test_being_told import fits_and_is_accessible
from voxpop.words import words

pytestmark = [pytest.mark.browser, pytest.mark.long]
# By a word that stands on them.
TABS = {
    "install/": "paste_hint",
    "settings/": "set_depth_hint",
    "sites/": "sites_shown_lede",
    "sso/": "own_users_lede",
    "people/": "invite_lede",
    "import/": "export_lede",
    "figures/": "figures_counted",
    "wipe/": "wipe_for_good",
}


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ru", "ltr")])
def test_a_forum_is_set_up_in_the_language_that_its_owner_chose(
    browser: Browser, product: Product, language: str, direction: str
) -> None:
    name = f"setting-up-{language}"
    site = f"https://{name}.test"
    made = product.create_forum(name, site, owner=f"{name}@magazine.test")
    context = browser.new_context(viewport={"width": 360, "height": 740}, bypass_csp=True)
    page = context.new_page()
    page.goto(made["sign_in"])
    page.locator("main button").click()
    page.wait_for_url("**/home/**")
    page.goto(f"{HOST}/home/account/")
    page.locator("select[name=language]").select_option(language)
    page.locator("form.card button").click()
    own = words(language)
    for tab, word in TABS.items():
        page.goto(f"{HOST}/home/forums/{name}/{tab}")
        expect(page.locator("html")).to_have_attribute("dir", direction)
        assert own[word].split("<")[0].strip() in page.locator("main").inner_text()
        fits_and_is_accessible(page)
    # What the script says is in it as well.
    page.goto(f"{HOST}/home/forums/{name}/install/")
    expect(page.get_by_role("button", name=own["copy"], exact=True)).to_be_visible()
    page.locator("#check input[name=url]").fill("http://127.0.0.1/a-page")
    page.locator("#check button").click()
    expect(page.locator("#steps li.bad").first).to_contain_text(own["page_private"])
    context.close()
