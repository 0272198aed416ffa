"""What stands here in place of the session's own: `product` is the whole stack, and `browser` finds
it where the load balancer listens."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PRODUCT_HOST, SITE_HOSTS
from tests.browser.harness.certificates import Certificates, trust
from tests.browser.harness.chromium import chromium
from tests.browser.harness.product import FORUM, HOST, OWNER
from tests.browser.harness.sites import Sites
from tests.browser.harness.stack import Stack
from tests.engines.postgres import passable_folder
from voxpop.stack.ports import free_port


@pytest.fixture(scope="package")
def edge_port() -> int:
    return free_port()


@pytest.fixture(scope="package")
def product(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, edge_port: int
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("edge")
    both = folder / "certificate.pem"
    both.write_bytes(certificates.key.read_bytes() + certificates.chain.read_bytes())
    with passable_folder() as passable:
        data = passable / "data"
        environment = {
            **os.environ,
            "VOXPOP_DATA": str(data),
            "VOXPOP_HOST": HOST,
            "VOXPOP_EMAIL_URL": f"file:{passable / 'mail'}",
            "VOXPOP_LIMITS": "off",
            "VOXPOP_ERASURE_DAYS": "0",
        }
        stack = Stack(data, edge_port, environment, certificates)
        try:
            stack.command("stack", "up", "--port", str(edge_port), "--certificate", str(both))
            stack.create_forum(FORUM, "https://magazine.test", "https://blog.test", owner=OWNER)
            yield stack
        finally:
            stack.command("stack", "down")


@pytest.fixture(scope="package")
def browser(
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    sites: Sites,
    edge_port: int,
) -> Iterator[Browser]:
    """Another browser, which finds the product's host where the load balancer listens."""
    home: Path = tmp_path_factory.mktemp("home")
    trust(certificates.authority, home)
    ports = {PRODUCT_HOST: edge_port, **dict.fromkeys(SITE_HOSTS, sites.port)}
    with chromium(home, ports) as address:
        running = browser.browser_type.connect_over_cdp(address)
        yield running
        running.close()
