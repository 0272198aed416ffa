"""A moderator has removed a comment at the desk, in another storage: the frame is brought up to it
by his overlay, whatever copies lie on the way."""

import json
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Route, expect

from voxpop.edge import floor
from voxpop.embed.tests.conftest import Post
from voxpop.embed.tests.reader_frame import HOST, Tab, answers, tab, thread_path
from voxpop.embed.tests.test_floor import floor_of, nothing, on_tail, public_id, visit
from voxpop.embed.tests.test_reader import news_since, seq_now
from voxpop.threads.actions.stand import remove_comment
from voxpop.threads.models import Status

__all__ = ["tab"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db]

AUTHOR = {"id": "me", "name": "Olive", "avatar": "", "kind": "user"}


def test_the_overlay_brings_the_page_up_to_the_viewers_last_act(
    client: Client, tab: Tab, post: Post
) -> None:
    comment = post("To be removed")
    post("To stay")
    said, place, thread = answers(client, thread_path()), seq_now(), public_id()
    remove_comment(comment, Status.DELETED)
    news, now = news_since(client, place)[1][2], seq_now()
    overlays: list[Route] = []

    def tail(route: Route) -> None:
        # Who does not say what he has done is given the old copy, and told that nobody talks here.
        if floor_of(route.request) is None:
            route.fulfill(json={**nothing(place), "mode": "none"})
        else:
            route.fulfill(body=news, content_type="application/json")

    with tab(said, {}) as page:
        asked = on_tail(page, tail)
        page.route(f"**/me/threads/{thread}", lambda route: overlays.append(route))
        page.goto(f"{HOST}/count.js")
        kept: dict[str, Any] = {"token": "tok", "author": AUTHOR}
        page.evaluate("(kept) => localStorage.setItem('voxpop:account', kept)", json.dumps(kept))
        visit(page)
        gone = page.locator(f"#c-{comment.public_id}")
        expect(gone).to_be_visible()
        while not overlays:
            page.wait_for_timeout(50)
        overlay = {"viewer": AUTHOR, "votes": {}, "held": [], "own": [], "flags": [], "powers": []}
        headers = {floor.HEADER: floor.token(thread, now)}
        overlays[0].fulfill(json=overlay, headers=headers)
        expect(gone).to_be_hidden()
        assert floor_of(asked[-1]) is not None
