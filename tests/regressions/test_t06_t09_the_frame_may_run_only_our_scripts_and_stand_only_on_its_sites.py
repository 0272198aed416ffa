"""SAFETY T06, T09: a cached page has no nonce in its policy; only the forum's sites frame it."""

import re

import pytest
from django.test import Client

from voxpop.embed.tests.conftest import PAGE, Post, ann, forum, post
from voxpop.embed.tests.reader_frame import Tab, answers, host_page, tab, thread_path
from voxpop.forums.models import Forum, Site

__all__ = ["ann", "forum", "post", "tab"]
pytestmark = pytest.mark.django_db


def policy(client: Client, path: str) -> dict[str, str]:
    text = client.get(path)["Content-Security-Policy"]
    return {
        name: value for name, _, value in (part.strip().partition(" ") for part in text.split(";"))
    }


@pytest.mark.parametrize("path", [thread_path(), "/embed/magazine/widget", "/embed/no/thread?i=1"])
def test_only_our_own_scripts_run_in_it(client: Client, forum: Forum, path: str) -> None:
    rules = policy(client, path)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    html = client.get(path).content.decode()
    assert "nonce" not in html
    assert not re.search(r"<[^>]+\son\w+=|<script>|javascript:", html)


def test_only_the_forums_own_sites_may_frame_it(client: Client, forum: Forum) -> None:
    other = Forum.objects.create(shortname="other", name="Other")
    Site.objects.create(forum=other, origin="https://evil.test")
    for path in (thread_path(), "/embed/magazine/widget"):
        assert policy(client, path)["frame-ancestors"] == "https://magazine.test"


def test_a_forum_without_a_site_is_framed_by_nobody(client: Client) -> None:
    Forum.objects.create(shortname="bare", name="Bare")
    path = thread_path().replace("magazine/", "bare/", 1)
    assert policy(client, path)["frame-ancestors"] == "'none'"


def test_the_list_of_sites_fits_into_a_header(client: Client, forum: Forum) -> None:
    Site.objects.bulk_create(
        Site(forum=forum, origin=f"https://{number:03}.a-long-name-of-a-site.test")
        for number in range(300)
    )
    ancestors = policy(client, thread_path())["frame-ancestors"]
    assert "*" not in ancestors
    assert len(ancestors) <= 4096


@pytest.mark.browser
def test_chromium_refuses_the_frame_on_another_site(client: Client, tab: Tab, post: Post) -> None:
    post()
    said = answers(client, thread_path())
    pages = {
        PAGE: host_page(),
        "https://evil.test/elm": host_page(
            f'<div class="voxpop" data-forum="magazine" data-url="{PAGE}"></div>'
        ),
    }
    with tab(said, pages) as page:
        page.goto(PAGE)
        page.wait_for_selector("iframe").content_frame().wait_for_selector("article")  # type: ignore[union-attr]
        page.goto("https://evil.test/elm")
        page.wait_for_selector("iframe")
        page.wait_for_timeout(1000)
        assert [frame.url for frame in page.frames if "/embed/" in frame.url] == []
