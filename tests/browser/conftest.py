"""The stage of every browser test: Chromium, the product over TLS, and sites of other domains."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.harness.certificates import Certificates, make_certificates, trust
from tests.browser.harness.chromium import chromium
from tests.browser.harness.person import Person
from tests.browser.harness.product import (
    FORUM,
    HOST,
    OWNER,
    SNIPPET,
    Product,
    serve_product,
)
from tests.browser.harness.sites import Sites, serve_sites
from tests.providers.openid import OpenID, running_openid
from voxpop.stack.ports import free_port

# Registrable domains of their own: two ports of one host would be the same site to a browser.
PRODUCT_HOST = "comments.test"
SITE_HOSTS = ["magazine.test", "blog.test", "evil.test", "tracker.test"]
# Milliseconds: three browsers at once on two cores were seen to need ten seconds for a first page.
PATIENCE = 20_000

HOST_PAGE = (
    '<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width">'
    "<title>A page</title></head><body><main><h1>A page</h1>{snippet}<p id=below>The end.</p>"
    "</main></body></html>"
)
# A publisher with the strictest policy that INTERFACES 1 promises to work under.
HOST_HEADERS = {
    "Content-Security-Policy": f"script-src {HOST}; frame-src {HOST}; connect-src {HOST}"
}


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stage")


@pytest.fixture(scope="session")
def certificates(stage: Path) -> Certificates:
    return make_certificates(stage, [PRODUCT_HOST, *SITE_HOSTS])


@pytest.fixture(scope="session")
def sites(certificates: Certificates) -> Iterator[Sites]:
    with serve_sites(certificates) as running:
        yield running


@pytest.fixture(scope="session")
def product_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def openid() -> Iterator[OpenID]:
    """A real provider, where people have accounts that open one here."""
    with running_openid("house", HOST) as running:
        yield running


@pytest.fixture(scope="session")
def product(
    stage: Path, certificates: Certificates, product_port: int, openid: OpenID
) -> Iterator[Product]:
    with serve_product(stage, certificates, product_port, openid.environment) as running:
        running.create_forum(FORUM, "https://magazine.test", "https://blog.test", owner=OWNER)
        yield running


@pytest.fixture(scope="session")
def browser(
    stage: Path, certificates: Certificates, sites: Sites, product_port: int
) -> Iterator[Browser]:
    home = stage / "home"
    home.mkdir()
    trust(certificates.authority, home)
    ports = {PRODUCT_HOST: product_port, **dict.fromkeys(SITE_HOSTS, sites.port)}
    with chromium(home, ports) as address, sync_playwright() as playwright:
        running = playwright.chromium.connect_over_cdp(address)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser: nothing in it is shared with another context."""
    made = browser.new_context()
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def people(browser: Browser, product: Product) -> Iterator[Callable[..., Person]]:
    """Makes people, each with a browser of his own; options are Playwright's of a context."""
    made: list[Person] = []

    def person(**options: Any) -> Person:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        made.append(Person(context))
        return made[-1]

    yield person
    for each in made:
        each.context.close()


@pytest.fixture
def host_page(sites: Sites, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Puts a page with the snippet on a site; its address is this test's own."""

    def put(site: str = "magazine.test", snippet: str = SNIPPET, headers: Any = None) -> str:
        address = f"https://{site}/{request.node.name}"
        body = HOST_PAGE.format(snippet=snippet)
        return sites.put(address, body, {**HOST_HEADERS, **(headers or {})})

    return put
