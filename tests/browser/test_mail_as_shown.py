"""A mail as a program that shows HTML does: in its reader's colours, written the way of its
language, and asking nobody for anything."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.browser.harness.looks import picture
from tests.browser.harness.person import Person
from tests.browser.harness.product import Product
from tests.browser.test_being_told import fits_and_is_accessible, letter

pytestmark = pytest.mark.browser
People = Callable[..., Person]

# Somebody is answered in a forum of the language; the product's own worker makes the mail of it.
ANSWERED = """
import django
django.setup()
from voxpop.threads.tests.cast import Cast
cast = Cast("{language}mag", language="{language}")
first = cast.comment({before!r})
answer = cast.comment({after!r}, author=cast.owner.author, parent=first)
assert answer.status == "published", answer.verdict
"""
PICTURE = " ![](https://tracker.test/x.png)"
HEBREW = ("מי ראה את כוכב השביט?", "אני, לפנות בוקר.")
GROUND = {"light": "rgb(246, 247, 249)", "dark": "rgb(18, 21, 26)"}
INK = {"light": "rgb(27, 31, 36)", "dark": "rgb(230, 233, 238)"}
STYLE = "(each, name) => getComputedStyle(each)[name]"


@pytest.fixture
def mail(product: Product) -> str:
    """The HTML of a Hebrew mail about a comment with a picture in it."""
    before, after = HEBREW
    code = ANSWERED.format(language="he", before=before, after=after + PICTURE)
    environment = product.environment | {"DJANGO_SETTINGS_MODULE": "voxpop.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (product.data.parent / "mail").mkdir(exist_ok=True)  # the first mail makes it
    _, html = letter(product, "ann@hemag.test", after)
    return html


def test_a_mail_takes_its_readers_colours_and_its_languages_way(people: People, mail: str) -> None:
    page = people(viewport={"width": 360, "height": 740}, bypass_csp=True).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def style(selector: str, name: str) -> str:
        return str(page.locator(selector).first.evaluate(STYLE, name))

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_content(mail)
        page.wait_for_load_state("networkidle")
        assert asked == []
        assert style("body", "backgroundColor") == GROUND[scheme]
        assert style("h1", "color") == INK[scheme]
        assert style("html", "colorScheme") == "light dark"
        for selector in ("html", "h1", "a.m-link", ".m-quote div"):
            assert style(selector, "direction") == "rtl", selector
        assert style("td.m-pad", "textAlign") == "right"
        # The line beside what somebody said is where his lines begin.
        assert (style(".m-quote", "borderRightWidth"), style(".m-quote", "borderLeftWidth")) == (
            "3px", "0px"
        )  # fmt: skip
        fits_and_is_accessible(page)
    picture(page, "told-mail-rtl-360-dark")
