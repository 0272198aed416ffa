"""The stage of every browser test: Chromium, the product over TLS, and sites of other domains."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.harness.certificates import Certificates, make_certificates, trust
from tests.browser.harness.chromium import chromium
from tests.browser.harness.product import Product, free_port, serve_product
from tests.browser.harness.sites import Sites, serve_sites

# Registrable domains of their own: two ports of one host would be the same site to a browser.
PRODUCT_HOST = "comments.test"
SITE_HOSTS = ["magazine.test", "blog.test", "evil.test", "tracker.test"]


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
def product(stage: Path, certificates: Certificates, product_port: int) -> Iterator[Product]:
    with serve_product(stage, certificates, product_port) as running:
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
    made.set_default_timeout(10_000)
    yield made
    made.close()
