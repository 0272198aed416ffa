"""SSO in a browser that blocks third-party cookies: silently, by the window, and out again."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.harness.sites import Sites
from tests.browser.harness.waiting import until

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
FORUM = "club"
SITE = "https://magazine.test"


def load_snippet() -> Any:
    """The function that a publisher copies: these tests are his site."""
    file = ROOT / "integrations/sso/voxpop_sso.py"
    spec = importlib.util.spec_from_file_location("voxpop_sso", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.voxpop_token


voxpop_token = load_snippet()


# The sign-in page: its server, which a test plays, says where the reader goes on.
SIGN_IN = (
    "<script>fetch('/signed-in' + location.search).then((answer) => answer.text())"
    ".then((on) => location.replace(on))</script>"
)


class Club:
    """The site: it has a key of its forum, pages, and a sign-in page."""

    def __init__(self, secret: str, kid: str, host_page: HostPage, sites: Sites) -> None:
        self.secret, self.kid, self.host_page = secret, kid, host_page
        sites.put(f"{SITE}/sign-in", SIGN_IN)

    def token(self, sub: str = "u-1", name: str = "Ada Site", **more: Any) -> str:
        made: str = voxpop_token(
            self.secret, kid=self.kid, forum=FORUM, host=HOST, site=SITE, sub=sub, name=name, **more
        )
        return made

    def page(self, sso: str | None) -> str:
        """A page that says who its reader is; None says nothing."""
        said = "" if sso is None else f' data-sso="{sso}"'
        snippet = (
            f'<div class="voxpop" data-forum="{FORUM}"{said}></div>'
            f'<script async src="{HOST}/embed.js"></script>'
        )
        return self.host_page(snippet=snippet)

    def sign_in_page(
        self, person: Person, go_on: Callable[[str, str], str]
    ) -> list[dict[str, list[str]]]:
        """Its reader signs in there at once, and goes on to `go_on(return_to, nonce)`; with what
        the page was opened is in the answer."""
        opened: list[dict[str, list[str]]] = []

        def answer(route: Route) -> None:
            asked = parse_qs(urlsplit(route.request.url).query)
            opened.append(asked)
            route.fulfill(body=go_on(asked["return_to"][0], asked.get("nonce", [""])[0]))

        person.context.route(f"{SITE}/signed-in*", answer)
        return opened


@pytest.fixture(scope="module")
def keys(product: Product, browser: Any) -> tuple[str, str]:
    """The owner makes a key and switches it on, as owners do; the secret and its name."""
    made = product.create_forum(FORUM, SITE, owner="owner@club.test")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(made["sign_in"])
    page.locator("form button").last.click()
    page.wait_for_url("**/home/**")
    page.goto(f"{HOST}/home/forums/{FORUM}/sso/")
    page.get_by_role("button", name="Make a shared secret").click()
    secret = page.locator("#snippet code").inner_text().strip()
    kid = page.locator("[aria-labelledby=made] p code").last.inner_text().strip()
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))")
    page.get_by_label("Beside accounts and guests").check()
    page.get_by_label("Your sign-in page").fill(f"{SITE}/sign-in")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert secret not in page.content()
    assert found == []
    context.close()
    return secret, kid


@pytest.fixture
def club(keys: tuple[str, str], host_page: HostPage, sites: Sites) -> Club:
    return Club(*keys, host_page, sites)


def posting_as(person: Person, name: str) -> None:
    person.embed.locator("#composer [data-act=write], #composer textarea").first.click()
    expect(person.embed.locator(".v-identity")).to_contain_text(name)


def test_the_sites_reader_writes_without_a_click_and_without_a_cookie(
    people: People, club: Club
) -> None:
    token = club.token()
    ada = people()
    asked: list[str] = []
    ada.context.on("request", lambda request: asked.append(request.url))
    with ada.page.expect_response("**/sso") as exchanged:
        ada.visit(club.page(token))
    assert exchanged.value.status == 201
    posting_as(ada, "Ada Site")
    ada.write("Said by the site's own user.")
    comment = ada.comment("Said by the site's own user.")
    expect(comment.locator(".who")).to_have_text("Ada Site")

    assert [url for url in asked if token in url or token.split(".")[2] in url] == []
    assert ada.context.cookies() == []
    assert ada.complaints == []

    # The next page has another token that says the same: nobody is asked.
    del asked[:]
    ada.visit(club.page(club.token()))
    posting_as(ada, "Ada Site")
    assert [url for url in asked if url.endswith("/sso")] == []

    # Signed out there: signed out here, on the server too.
    with ada.page.expect_request(lambda request: request.method == "DELETE"):
        ada.visit(club.page(""))
    posting_as(ada, "Sign in with club")


def test_a_page_that_lives_long_hands_over_who_came(people: People, club: Club) -> None:
    ada = people()
    ada.visit(club.page(None))
    ada.page.evaluate("window.kept = document.querySelector('iframe')")
    hand = "(sso) => Voxpop.reset(document.querySelector('.voxpop'), { sso })"
    ada.page.evaluate(hand, club.token("u-7", "Grace Site"))
    posting_as(ada, "Grace Site")
    ada.page.evaluate(hand, club.token("u-8", "Hedy Site"))
    posting_as(ada, "Hedy Site")
    assert ada.page.evaluate("window.kept === document.querySelector('iframe')")

    # What the site got wrong is told to the page, and to nobody else.
    ada.page.evaluate(
        "document.addEventListener('voxpop:error', (event) => { window.told = event.detail.code })"
    )
    ada.page.evaluate(hand, club.token("u-9", "Eve", now=1_000_000_000))
    until(ada.page, "window.told === 'sso_expired'")
    posting_as(ada, "Sign in with club")  # Hedy has left, and Eve is nobody yet


def test_signed_out_here_the_next_page_does_not_sign_him_in(people: People, club: Club) -> None:
    ada = people()
    ada.visit(club.page(club.token()))
    posting_as(ada, "Ada Site")
    ada.embed.get_by_role("button", name="Sign out").click()
    expect(ada.embed.locator(".v-identity")).to_contain_text("Sign in with club")
    ada.visit(club.page(club.token()))
    posting_as(ada, "Sign in with club")
    # What the page has in hand is enough to come back: no window is needed.
    ada.embed.get_by_role("button", name="Sign in with club").click()
    expect(ada.embed.locator(".v-identity")).to_contain_text("Ada Site")


def test_the_sites_own_sign_in_in_a_window(people: People, club: Club, sites: Sites) -> None:
    ada = people()
    opened = club.sign_in_page(
        ada, lambda back, nonce: f"{back}#{club.token('u-2', 'Ada Window', nonce=nonce)}"
    )
    ada.visit(club.page(None))
    ada.embed.locator("#composer [data-act=write]").click()
    ada.embed.locator("textarea").fill("Typed before.")
    with ada.page.expect_popup() as popup:
        ada.embed.get_by_role("button", name="Sign in with club").click()
    expect(ada.embed.locator(".v-identity")).to_contain_text("Ada Window")
    assert popup.value.is_closed()
    assert opened[0]["return_to"] == [f"{HOST}/accounts/sso/{FORUM}/back/"]
    expect(ada.embed.locator("textarea")).to_have_value("Typed before.")
    ada.embed.locator("#composer form button[type=submit]").click()
    ada.sees("Typed before.")
    # The server that answers for the site saw no token go by.
    assert [address for address, _ in sites.asked if "eyJ" in address] == []
    assert "session" not in str(ada.context.cookies(HOST))  # nobody has an account here


def test_a_blocked_window_is_the_whole_page_which_comes_back(people: People, club: Club) -> None:
    ada = people()
    ada.context.add_init_script(
        "{ const there = open; window.open = (url, name, ...more) =>"
        " name === '_top' ? there(url, name, ...more) : null }"
    )

    def go_on(back: str, nonce: str) -> str:
        club.page(club.token("u-3", "Ada Whole"))  # from now on the page carries who came
        return back

    opened = club.sign_in_page(ada, go_on)
    address = club.page(None)
    ada.visit(address)
    ada.embed.locator("#composer [data-act=write]").click()
    ada.embed.locator("textarea").fill("Typed before.")
    ada.embed.get_by_role("button", name="Sign in with club").click()
    ada.page.wait_for_url(address)
    posting_as(ada, "Ada Whole")
    expect(ada.embed.locator("textarea")).to_have_value("Typed before.")
    assert opened == [{"return_to": [address]}]


def test_nobody_elses_page_hands_a_token_over(people: People, club: Club, sites: Sites) -> None:
    """T11: a frame hears the page around it only where that is a site of the forum."""
    frame = f"{HOST}/embed/{FORUM}/thread?u={SITE}/x#origin=https://evil.test"
    evil = sites.put("https://evil.test/sso", f'<iframe src="{frame}"></iframe>')
    eve = people()
    eve.page.goto(evil)
    asked: list[str] = []
    eve.context.on("request", lambda request: asked.append(request.url))
    eve.page.evaluate(
        "(sso) => frames[0].postMessage({ type: 'voxpop:sso', sso }, '*')", club.token()
    )
    eve.page.wait_for_timeout(500)
    assert [url for url in asked if url.endswith("/sso")] == []
