"""One account on two sites, in Firefox and in WebKit: each has its own idea of what frames keep."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.harness.certificates import Certificates
from tests.browser.harness.doorway import doorway
from tests.browser.harness.driven import Driven, Hands, button, field
from tests.browser.harness.firefox import firefox
from tests.browser.harness.product import Product
from tests.browser.harness.sites import Sites
from tests.browser.harness.webkit import webkit

pytestmark = pytest.mark.browser
OPEN = "document.querySelector('#composer [data-act=write]')"
ME = "document.querySelector('#composer .v-me')?.textContent"


@contextlib.contextmanager
def started(kind: str, home: Path, proxy: int, certificates: Certificates) -> Iterator[Driven]:
    if kind == "firefox":
        with firefox(home, proxy, certificates.authority) as browser:
            yield browser
    else:
        with webkit(home, proxy) as other:
            yield other


@pytest.fixture(params=["firefox", "webkit"])
def somebody(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    certificates: Certificates,
    product: Product,
    sites: Sites,
) -> Iterator[Hands]:
    ports = {
        "comments.test": product.port,
        "magazine.test": sites.port,
        "blog.test": sites.port,
    }
    with (
        doorway(ports) as proxy,
        started(request.param, tmp_path / "home", proxy, certificates) as browser,
    ):
        yield Hands(browser)


@pytest.mark.long
def test_signed_up_in_the_window_then_one_click_on_the_second_site(
    somebody: Hands,
    host_page: Callable[..., str],
    product: Product,
    request: pytest.FixtureRequest,
) -> None:
    email = f"{request.node.callspec.id}@reader.test"
    name = f"Vera {request.node.callspec.id.title()}"
    somebody.visit(host_page("magazine.test"))
    somebody.press("frame", OPEN)
    somebody.press("frame", button("create an account"))
    somebody.type("popup", field("name"), name)
    somebody.type("popup", field("email"), email)
    somebody.type("popup", field("password1"), "correct horse battery")
    somebody.press("popup", button("Create the account"))
    somebody.sees("popup", field("code"))
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", product.letter_to(email), re.MULTILINE)
    assert code
    somebody.type("popup", field("code"), code.group())
    somebody.press("popup", button("Confirm"))
    somebody.is_left_alone()
    somebody.sees("frame", f"{ME} === {name!r}")

    somebody.visit(host_page("blog.test"))
    somebody.press("frame", OPEN)
    # Nobody is signed in here: what the frame keeps is kept for each site.
    somebody.sees("frame", button("Sign in"))
    somebody.press("frame", button("Sign in"))
    somebody.is_left_alone()
    somebody.sees("frame", f"{ME} === {name!r}")

    somebody.type(
        "frame", "document.querySelector('#composer textarea')", "From this browser, too."
    )
    somebody.press("frame", button("Post comment"))
    said = "[...document.querySelectorAll('article.c')].some((e) => e.textContent.includes("
    somebody.sees("frame", f"{said}'From this browser, too.'))")

    somebody.press("frame", button("Sign out"))
    somebody.sees("frame", button("Sign in"))
