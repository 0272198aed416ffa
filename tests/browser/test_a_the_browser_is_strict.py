"""First of all: this browser refuses third-party cookies and partitions storage.

Were it not so, every journey below would prove nothing about a reader of today.
"""

import pytest
from playwright.sync_api import BrowserContext, Frame

from tests.browser.harness.sites import Sites

pytestmark = pytest.mark.browser

TRACKER = "https://tracker.test/frame"
WRITES = """<!doctype html><title>tracker</title><script>
document.cookie = "plain=1; Secure; SameSite=None; Path=/";
localStorage.setItem("mark", localStorage.getItem("mark") || location.hash.slice(1));
</script>"""


def open_frame(context: BrowserContext, sites: Sites, host: str) -> Frame:
    address = sites.put(f"https://{host}/strict", f'<iframe src="{TRACKER}#{host}"></iframe>')
    page = context.new_page()
    page.goto(address)
    frame = page.frame(url=f"{TRACKER}#{host}")
    assert frame is not None
    frame.wait_for_load_state()
    return frame


@pytest.fixture(autouse=True)
def tracker(sites: Sites) -> None:
    sites.put(TRACKER, WRITES, {"Set-Cookie": "server=1; Secure; SameSite=None; Path=/"})


def test_a_third_party_cookie_is_refused(context: BrowserContext, sites: Sites) -> None:
    frame = open_frame(context, sites, "magazine.test")

    assert frame.evaluate("document.cookie") == ""
    frame.goto(TRACKER)
    assert sites.asked[-1] == (TRACKER, "")


def test_the_same_cookie_is_kept_for_its_own_site(context: BrowserContext, sites: Sites) -> None:
    """The control: it is the third-party place that refuses it, not the cookie that is wrong."""
    page = context.new_page()
    page.goto(TRACKER)

    assert sorted(page.evaluate("document.cookie").split("; ")) == ["plain=1", "server=1"]


def test_storage_is_partitioned_by_the_site_on_top(context: BrowserContext, sites: Sites) -> None:
    in_magazine = open_frame(context, sites, "magazine.test")
    in_blog = open_frame(context, sites, "blog.test")

    assert in_magazine.evaluate("localStorage.mark") == "magazine.test"
    assert in_blog.evaluate("localStorage.mark") == "blog.test"


def test_storage_is_kept_for_the_next_visit_of_the_same_site(
    context: BrowserContext, sites: Sites
) -> None:
    open_frame(context, sites, "magazine.test").page.close()
    again = open_frame(context, sites, "magazine.test")
    again.evaluate("localStorage.setItem('again', '1')")

    assert again.evaluate("localStorage.mark") == "magazine.test"
