"""Whoever presses "Anmelden" reads German in the window that opens, to the code in his mail."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import SNIPPET, Product
from tests.browser.test_accounts import posting_as
from tests.browser.test_being_told import fits_and_is_accessible
from tests.browser.test_doors import code_in
from voxpop import embed
from voxpop.words import words

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]
PHONE = {"width": 360, "height": 740}


def read(folder: Path, language: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return words


@pytest.mark.parametrize(
    ("language", "direction", "letter"),
    [
        pytest.param("ar", "rtl", "مرحبا من موقع", id="arabic"),
        pytest.param("de", "ltr", "Hallo von", id="german", marks=pytest.mark.long),
    ],
)
def test_signing_up_from_a_site_in_another_language(
    people: People,
    host_page: HostPage,
    product: Product,
    language: str,
    direction: str,
    letter: str,
) -> None:
    says = words(language)
    embedded = read(Path(embed.__file__).parent / "static/embed/write/words", language)
    nora = people(viewport=PHONE, bypass_csp=True)
    nora.visit(
        host_page(snippet=SNIPPET.replace("data-forum", f'data-lang="{language}" data-forum'))
    )
    nora.embed.locator("#composer [data-act=write]").click()
    with nora.page.expect_popup() as opened:
        nora.embed.get_by_role("button", name=embedded["write_sign_in"], exact=True).click()
    popup = opened.value
    popup.set_viewport_size(PHONE)

    def is_spoken(title: str) -> None:
        expect(popup.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        expect(popup.locator("html")).to_have_attribute("lang", language)
        expect(popup.locator("html")).to_have_attribute("dir", direction)
        fits_and_is_accessible(popup)

    is_spoken(says["sign_in"])
    popup.locator("a[href^='/accounts/signup/']").click()
    is_spoken(says["create_account"])
    # What is refused is refused in words of the same language.
    popup.locator("input[name=name]").fill("owner")
    popup.locator("input[name=email]").fill(f"nora-{language}@reader.test")
    popup.get_by_role("button", name=says["create_the_account"]).click()
    expect(popup.get_by_text(says["no_name_worn"])).to_be_visible()
    fits_and_is_accessible(popup)
    popup.locator("input[name=name]").fill(f"Nora {language}")
    popup.get_by_role("button", name=says["create_the_account"]).click()
    popup.wait_for_url("**/confirm-email/")
    is_spoken(says["enter_email_code"])
    told = product.letter_to(f"nora-{language}@reader.test")
    assert letter in told
    popup.locator("input[name=code]").fill(code_in(told))
    with popup.expect_event("close"):
        popup.get_by_role("button", name=says["confirm"]).click()
    expect(posting_as(nora)).to_have_text(f"Nora {language}")
    assert nora.complaints == []
