"""Signing in: clicks, fields and round trips on the first site, on the second, and on return.

On the stage of the browser tests: a Chromium that refuses third-party cookies and partitions
storage, the product over TLS, two sites of other domains. A round trip is a request to the product
that is no static file, from the first click until the frame says who he is. How long it all takes
says more of the machine, which runs the browser as well; that is kept among the raw results only.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.report import Report, arguments
from tests.browser.harness.certificates import make_certificates, trust
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
from voxpop.stack.ports import free_port

HOSTS = ["magazine.test", "blog.test"]
TIMES = {"small": 3, "full": 20}
PAGE = f"<!doctype html><title>A page</title><main><h1>A page</h1>{SNIPPET}</main>"
BLOCKED = "window.open = () => null"


class Count:
    """What one way in takes of somebody, and of the network."""

    def __init__(self, person: Person) -> None:
        self.clicks = self.fields = 0
        self.trips: list[str] = []
        self.began = time.monotonic()
        person.context.on("request", lambda request: self._note(request.method, request.url))

    def _note(self, method: str, url: str) -> None:
        path = url.removeprefix(HOST)
        if url.startswith(HOST) and not path.startswith(("/static/", "/embed.js")):
            self.trips.append(f"{method} {re.split('[?#]', path)[0]}")

    def click(self, place: Any) -> None:
        if not self.clicks:
            self.trips.clear()
            self.began = time.monotonic()
        self.clicks += 1
        place.click()

    def fill(self, page: Page, name: str, text: str) -> None:
        self.fields += 1
        page.locator(f"input[name={name}]").fill(text)

    def done(self) -> dict[str, Any]:
        taken = time.monotonic() - self.began
        told = {"clicks": self.clicks, "fields": self.fields, "round trips": len(self.trips)}
        return {**told, "milliseconds": round(taken * 1000), "requests": list(self.trips)}


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("sign-in", options.size)
    ways: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as (browser, product, sites):
        for site in HOSTS:
            sites.put(f"https://{site}/page", PAGE)
        for number in range(TIMES[options.size]):
            for way, taken in one_person(browser, product, number):
                ways.setdefault(way, []).append(taken)
    tell(report, ways)
    report.finish(as_json=options.json)


def one_person(
    browser: Browser, product: Product, number: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Signs up on one site, goes on to another, comes back, and has windows blocked."""
    context = browser.new_context()
    person = Person(context)
    name, email = f"Reader {number}", f"reader{number}@reader.test"
    yield "first site, a new account", sign_up(person, product, name, email)
    yield "second site", arrive(person, "blog.test", name, lambda count: open_popup(person, count))
    yield "return to the first site", come_back(person, name)
    person.page.frames[1].evaluate("localStorage.clear()")
    blocked = arrive(person, "blog.test", name, lambda count: leave(person, count), forgets=True)
    yield "second site, window blocked", blocked
    context.close()


def sign_up(person: Person, product: Product, name: str, email: str) -> dict[str, Any]:
    open_editor(person, "magazine.test")
    count = Count(person)
    with person.page.expect_popup() as opened:
        count.click(person.embed.get_by_role("button", name="create an account"))
    popup = opened.value
    count.fill(popup, "name", name)
    count.fill(popup, "email", email)
    count.click(popup.get_by_role("button", name="Create the account"))
    popup.wait_for_url("**/confirm-email/**")
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", product.letter_to(email), re.MULTILINE)
    assert code
    count.fill(popup, "code", code.group())
    count.click(popup.get_by_role("button", name="Confirm"))
    return known(person, name, count)


def arrive(
    person: Person,
    site: str,
    name: str,
    enter: Callable[[Count], None],
    *,
    forgets: bool = False,
) -> dict[str, Any]:
    open_editor(person, site, forgets=forgets)
    count = Count(person)
    enter(count)
    return known(person, name, count)


def open_popup(person: Person, count: Count) -> None:
    count.click(person.embed.get_by_role("button", name="Sign in", exact=True))


def leave(person: Person, count: Count) -> None:
    person.page.frames[1].evaluate(BLOCKED)
    count.click(person.embed.get_by_role("button", name="Sign in", exact=True))
    count.click(person.embed.get_by_role("button", name="Sign in on a full page"))
    person.page.wait_for_url("**/page#voxpop-write")


def come_back(person: Person, name: str) -> dict[str, Any]:
    count = Count(person)
    person.visit("https://magazine.test/page")
    person.embed.locator("#composer [data-act=write]").click()
    return known(person, name, count)


def open_editor(person: Person, site: str, *, forgets: bool = False) -> None:
    person.visit(f"https://{site}/page")
    if forgets:
        person.page.frames[1].evaluate("localStorage.clear()")
        person.visit(f"https://{site}/page")
    person.embed.locator("#composer [data-act=write]").click()
    expect(person.embed.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def known(person: Person, name: str, count: Count) -> dict[str, Any]:
    expect(person.embed.locator("#composer .v-me")).to_have_text(name, timeout=20_000)
    return count.done()


def tell(report: Report, ways: dict[str, list[dict[str, Any]]]) -> None:
    report.raw_results = [{"way": way, "taken": taken} for way, taken in ways.items()]
    most = {
        way: {
            what: max(each[what] for each in taken) for what in ("clicks", "fields", "round trips")
        }
        for way, taken in ways.items()
    }
    report.figures.update(most)
    second, back = most["second site"], most["return to the first site"]
    blocked = most["second site, window blocked"]
    goals = [
        ("clicks on the second site", 1, second["clicks"]),
        ("fields on the second site", 0, second["fields"]),
        ("round trips on the second site", 3, second["round trips"]),
        ("clicks on return", 0, back["clicks"]),
        ("clicks on the second site, window blocked", 2, blocked["clicks"]),
    ]
    for name, goal, got in goals:
        report.goal(name, goal=f"≤ {goal}", got=got, met=got <= goal)


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Browser, Product, Sites]]:
    certificates = make_certificates(folder, ["comments.test", *HOSTS])
    home = folder / "home"
    home.mkdir()
    trust(certificates.authority, home)
    port = free_port()
    with (
        serve_sites(certificates) as sites,
        serve_product(folder, certificates, port) as product,
        chromium(home, {"comments.test": port, **dict.fromkeys(HOSTS, sites.port)}) as address,
        sync_playwright() as playwright,
    ):
        product.create_forum(FORUM, *(f"https://{site}" for site in HOSTS), owner=OWNER)
        yield playwright.chromium.connect_over_cdp(address), product, sites


if __name__ == "__main__":
    main()
