"""Whoever has written never sees the thread as it was before; whoever waits says what is old."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, Request, Route, expect

from voxpop.edge import floor
from voxpop.embed.tests.conftest import Post
from voxpop.embed.tests.reader_frame import HOST, Tab, answers, tab, thread_path
from voxpop.embed.tests.test_reader import news_since, seq_now
from voxpop.threads.models import Thread

__all__ = ["tab"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db]

KEEP = "([thread, floor]) => localStorage.setItem(`voxpop:floor:${thread}`, JSON.stringify(floor))"
ROWS = (200, {"Content-Type": "text/html"}, b"")


def public_id() -> str:
    return Thread.objects.get().public_id


def has_written(page: Page, thread: str, seq: int, ends: float = 50) -> None:
    """This browser has written in the thread, whose log reached `seq` by it."""
    page.goto(f"{HOST}/count.js")
    until = (time.time() + ends) * 1000
    kept = {"token": floor.token(thread, seq), "seq": seq, "until": until}
    page.evaluate(KEEP, [thread, kept])


def visit(page: Page) -> None:
    page.goto(HOST + thread_path())


def on_tail(page: Page, answer: Callable[[Route], object]) -> list[Request]:
    """Answer the tail like this from now on; the requests as they come."""
    asked: list[Request] = []

    def handle(route: Route) -> None:
        asked.append(route.request)
        answer(route)

    page.route("**/events?**", handle)
    return asked


def floor_of(request: Request) -> str | None:
    return request.headers.get("voxpop-floor")


def nothing(seq: int, wait: float = 60) -> dict[str, Any]:
    return {"events": [], "seq": seq, "mode": "poll", "wait": wait}


def refuse(route: Route, **headers: str) -> None:
    route.fulfill(status=503, json={"code": "unavailable"}, headers=headers)


def test_a_page_from_before_ones_own_comment_is_brought_up_to_it_unseen(
    client: Client, tab: Tab, post: Post
) -> None:
    for _ in range(12):
        post()
    said, place, thread = answers(client, thread_path()), seq_now(), public_id()
    mine = post("My own words").public_id
    news, now = news_since(client, place)[1][2], seq_now()
    waiting: list[Route] = []
    with tab(said, {}) as page:
        asked = on_tail(page, waiting.append)
        visit(page)
        expect(page.locator("#comments")).to_be_visible()  # who has not written sees it at once
        assert floor_of(asked[0]) is None
        has_written(page, thread, now)
        waiting.clear()
        visit(page)
        expect(page.locator("#comments")).to_be_hidden()
        assert floor_of(asked[-1]) is not None
        waiting.pop().fulfill(body=news, content_type="application/json")

        expect(page.locator(f"#c-{mine}")).to_be_visible()
        expect(page.locator(".pill")).to_have_count(0)
        expect(page.locator("#count")).to_have_text("13")


def test_a_page_that_cannot_be_brought_up_is_shown_as_it_is(
    client: Client, tab: Tab, post: Post
) -> None:
    comment = post("Old").public_id
    said, seq, thread = answers(client, thread_path()), seq_now(), public_id()
    failing = [refuse, lambda route: route.fulfill(json=nothing(seq)), lambda route: None]
    with tab(said, {}) as page:
        has_written(page, thread, seq + 1)
        for answer in failing:
            on_tail(page, answer)
            visit(page)
            expect(page.locator(f"#c-{comment}")).to_be_visible()


def test_for_a_minute_it_goes_along_with_whatever_is_asked_for(
    client: Client, tab: Tab, post: Post
) -> None:
    post()
    said, seq, thread = answers(client, thread_path()), seq_now(), public_id()
    said[f"/embed/magazine/thread/{thread}/more?sort=oldest"] = ROWS
    sent = []
    with tab(said, {}) as page:
        for ends in (50, -1, 4000):  # the last: by a clock that was an hour ahead
            has_written(page, thread, seq, ends)
            visit(page)
            with page.expect_request("**/more?**") as asked:
                page.click("[data-sort=oldest]")
            sent.append(bool(floor_of(asked.value)))
    assert sent == [True, False, False]


def test_rows_from_before_the_pages_place_are_followed_up(
    client: Client, tab: Tab, post: Post
) -> None:
    post()
    said, thread, seq = answers(client, thread_path()), public_id(), seq_now()
    old = {"Content-Type": "text/html", "Voxpop-Seq": str(seq - 1)}
    said[f"/embed/magazine/thread/{thread}/more?sort=oldest"] = (200, old, b"")
    with tab(said, {}) as page:
        asked = on_tail(page, lambda route: route.fulfill(json=nothing(seq)))
        visit(page)
        with page.expect_request(lambda request: f"after={seq - 1}" in request.url):
            page.click("[data-sort=oldest]")
        assert f"after={seq}" in asked[0].url


def test_what_is_old_says_so_until_it_is_not(client: Client, tab: Tab, post: Post) -> None:
    comment = post().public_id
    said, seq = answers(client, thread_path()), seq_now()
    state: dict[str, Any] = {"status": 503, "json": {"code": "unavailable"}}
    with tab(said, {}) as page:
        on_tail(page, lambda route: route.fulfill(**state))
        visit(page)
        banner = page.get_by_text("The server is not answering just now.")
        expect(banner).to_be_visible()
        expect(page.locator(f"#c-{comment}")).to_be_visible()
        state |= {"status": 200, "json": nothing(seq, wait=0.2)}
        expect(banner).to_be_hidden()
        state["headers"] = {"Voxpop-Stale": "1"}
        expect(banner).to_be_visible()


def test_who_was_cut_off_comes_back_later_each_time_and_not_before_he_is_told(
    client: Client, tab: Tab, post: Post
) -> None:
    post()
    said, times = answers(client, thread_path()), list[float]()

    def cut_off(route: Route) -> None:
        times.append(time.monotonic())
        refuse(route, **({"Retry-After": "3"} if len(times) == 3 else {}))

    with tab(said, {}) as page:
        page.add_init_script("Math.random = () => 0.99")
        on_tail(page, cut_off)
        visit(page)
        ends = time.monotonic() + 40
        while len(times) < 4 and time.monotonic() < ends:
            page.wait_for_timeout(50)
    first, second, told = [after - before for before, after in pairwise(times[:4])]
    assert first > 0.45
    assert second > 0.9
    assert told > 3 + 1.9
