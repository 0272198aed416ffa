"""The journeys through HAProxy and Varnish, and what readers see when a part of it is gone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Response, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, HOST
from tests.browser.harness.stack import PATIENCE, Stack
from tests.browser.harness.waiting import wait_until

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]

PAGES = f"**/embed/{FORUM}/thread?*"
BANNER = "The server is not answering just now."


def listen(person: Person) -> list[Response]:
    """The answers that this person's frames get, as they come."""
    heard: list[Response] = []
    person.page.on("response", lambda answer: heard.append(answer) if HOST in answer.url else None)
    return heard


def page_of(heard: list[Response]) -> Response:
    """The newest page of a thread."""
    return next(each for each in reversed(heard) if "/thread?" in each.url)


def status_of(page: Response) -> str:
    """What the edge says of it (RFC 9211)."""
    return page.all_headers()["cache-status"]


def said(stack: Stack, address: str, text: str) -> int:
    """How often somebody has said this on the page, as the log tells it."""
    thread = stack.ask("GET", f"/forums/{FORUM}/threads?url={address}")["id"]
    comments = stack.ask("GET", f"/threads/{thread}/comments")["comments"]
    return sum(text in comment["html"] for comment in comments)


@pytest.mark.long
def test_two_readers_side_by_side(people: People, host_page: HostPage) -> None:
    ada, ben = people(), people()
    heard = listen(ben)
    address = host_page()
    ada.visit(address)
    ben.visit(address)
    ada.write("Through two caches.", name="Ada")
    # Where nobody has talked yet readers ask every twenty seconds; from now on they are held.
    ben.sees("Through two caches.", PATIENCE)
    ben.reply("Through two caches.", "And back.", name="Ben")
    ada.sees("And back.")

    ada.visit(address)
    expect(ada.comment("Through two caches.")).to_be_visible()

    def is_hit() -> bool:
        ben.visit(address)
        expect(ben.comment("And back.")).to_be_visible()
        return status_of(page_of(heard)).startswith("edge1; hit")

    wait_until(is_hit, "a page out of the cache", PATIENCE)
    leaked = {"surrogate-key", "surrogate-control", "voxpop-fence", "xkey", "set-cookie"}
    assert not leaked & set(page_of(heard).all_headers())
    assert ada.complaints == ben.complaints == []


def test_ones_own_comment_is_there_whatever_copy_the_page_comes_from(
    people: People, host_page: HostPage, product: Stack
) -> None:
    ada = people()
    heard = listen(ada)
    address = host_page()
    for number in range(8):
        product.post(address, f"Before, {number}.", token=product.owner)
    ada.visit(address)
    expect(ada.comment("Before, 7.")).to_be_visible()
    page = page_of(heard)
    dressed = {
        name: value
        for name, value in page.all_headers().items()
        if name not in {"content-encoding", "content-length"}
    }
    old = {"status": 200, "headers": dressed, "body": page.text()}
    ada.write("Mine, in any case.", name="Ada")
    expect(ada.comment("Mine, in any case.")).to_be_visible()

    ada.page.route(PAGES, lambda route: route.fulfill(**old))
    ada.visit(address)
    expect(ada.comment("Mine, in any case.")).to_be_visible()
    expect(ada.embed.locator(".pill")).to_have_count(0)  # it is not news to him


def test_without_script_the_way_back_shows_ones_comment_and_the_floor_ends_there(
    people: People, host_page: HostPage, product: Stack
) -> None:
    address = host_page()
    product.post(address, "The first.", token=product.owner)
    thread = product.ask("GET", f"/forums/{FORUM}/threads?url={address}")["id"]
    ada = people(java_script_enabled=False)
    ada.page.goto(f"{HOST}/t/{thread}/")
    ada.page.goto(f"{HOST}/t/{thread}/write")
    ada.page.locator("textarea").fill("Without any script.")
    ada.page.locator("input[name=name]").fill("Ada")
    ada.page.locator("main form button:not([name=preview])").click()

    expect(ada.page.get_by_text("Without any script.")).to_be_visible()
    assert "floor=" in ada.page.url
    ada.page.locator(f"p.note a[href='/t/{thread}/']").click()
    expect(ada.page.get_by_text("Without any script.")).to_be_visible()
    assert "floor=" not in ada.page.url


@pytest.mark.long
def test_while_django_hangs_one_reads_and_what_is_typed_waits(
    people: People, host_page: HostPage, product: Stack
) -> None:
    ada, ben = people(), people()
    heard = listen(ben)
    address = host_page()
    ada.visit(address)
    ada.write("While all is well.", name="Ada")
    expect(ada.comment("While all is well.")).to_be_visible()
    ben.visit(address)
    ben.visit(address)
    expect(ben.embed.get_by_text(BANNER)).to_be_hidden()
    with product.paused("django"):
        ben.visit(address)
        expect(ben.comment("While all is well.")).to_be_visible()
        expect(ben.embed.get_by_text(BANNER)).to_be_visible(timeout=PATIENCE * 1000)
        ben.visit(address)  # by now the edge knows
        expect(ben.comment("While all is well.")).to_be_visible()
        assert status_of(page_of(heard)).startswith("edge1; hit")

        ada.write("Typed into the silence.")
        waiting = ada.embed.locator(".v-waiting")
        expect(waiting).to_contain_text("Typed into the silence.", timeout=PATIENCE * 1000)

    expect(ada.comment("Typed into the silence.")).to_be_visible(timeout=PATIENCE * 1000)
    expect(waiting).to_have_count(0)
    ben.sees("Typed into the silence.", PATIENCE)
    expect(ben.embed.get_by_text(BANNER)).to_be_hidden()
    assert said(product, address, "silence") == 1


@pytest.mark.long
def test_whoever_follows_goes_on_when_any_part_was_started_again(
    people: People, host_page: HostPage, product: Stack
) -> None:
    ben = people()
    address = host_page()
    product.post(address, "From the beginning.", token=product.owner)
    ben.visit(address)
    expect(ben.comment("From the beginning.")).to_be_visible()
    for name in ("django1", "django2", "worker", "edge1", "haproxy"):
        product.kill(name)
        product.post(address, f"After {name}.", token=product.owner)
        ben.sees(f"After {name}.", PATIENCE)
    expect(ben.embed.locator("article.c")).to_have_count(6)
    expect(ben.embed.locator(".pill.hint")).to_have_count(0)
