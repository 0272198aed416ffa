"""R15 (Coral, 2025): a thread for any address would make us link and redirect to it."""

import pytest

from voxpop.forums.origins import origin_of
from voxpop.forums.rules import is_known_origin
from voxpop.threads.models import Thread
from voxpop.threads.tests.cast import ORIGIN, Cast

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/story",
    "http://magazine.test/story",  # another scheme is another origin
    "https://magazine.test:8443/story",
    "https://sub.magazine.test/story",
    "https://magazine.test.evil.example/story",
    "https://evilmagazine.test/story",
    "https://magazine.test@evil.example/story",
    "https://evil.example/https://magazine.test/story",
    "https://evil.example\\@magazine.test/story",
    "https://evil.example#@magazine.test/story",
    "https://user:secret@magazine.test/story",
    "javascript:alert(1)//https://magazine.test/",
    "data:text/html,<script>alert(1)</script>",
    "//magazine.test/story",
    "/story",
    "",
    "https://",
    "https://mаgazine.test/story",  # a Cyrillic a
]
OURS = [
    "https://magazine.test/story",
    "HTTPS://MAGAZINE.TEST/story",
    "https://magazine.test:443/story",
    "https://magazine.test/story?utm_source=x#top",
]


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.mark.broad
@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_thread_is_made_for_a_page_elsewhere(cast, url):
    for name in ({"url": url}, {"url": url, "identifier": "story-7"}):
        answer = cast.ann.send(
            "POST",
            f"/forums/{cast.forum.shortname}/comments",
            {"thread": name, "source": "First!"},
        )
        assert answer.status_code in {400, 403}, answer.content
    assert not Thread.objects.exists()


@pytest.mark.parametrize("url", OURS)
def test_a_page_of_the_forum_gets_its_thread(cast, url):
    assert cast.ann.post(cast.forum, "First!", url=url).status_code == 201
    assert Thread.objects.get().forum == cast.forum


def test_another_forum_s_site_is_elsewhere(cast):
    other = Cast("elsewhere")
    other.forum.sites.create(origin="https://other.test")
    assert cast.ann.post(cast.forum, "x", url="https://other.test/a").status_code == 403
    assert other.ann.post(other.forum, "x", url="https://other.test/a").status_code == 201


def test_a_site_that_is_removed_is_elsewhere_at_once(cast):
    assert is_known_origin(cast.forum, f"{ORIGIN}/a")
    cast.forum.sites.all().delete()
    assert cast.ann.post(cast.forum, "x").status_code == 403


def test_origins_are_what_a_browser_says():
    assert origin_of("https://EXAMPLE.org:443/a?b#c") == "https://example.org"
    assert origin_of("http://[::1]:8001/") == "http://[::1]:8001"
    assert origin_of("https://bücher.example/") == "https://xn--bcher-kva.example"
    assert origin_of("blob:https://magazine.test/x") is None
