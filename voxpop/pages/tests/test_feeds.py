"""Feeds: what a feed reader is told, in both forms."""

import json
from xml.etree import ElementTree

import pytest
from django.test import Client

from voxpop.threads.actions import delete_comment, edit_comment, post_comment
from voxpop.threads.models import Comment, ThreadEvent
from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    settings.HOST = "https://comments.test"
    return Cast.standing()


def paths(cast: Cast, ending: str) -> list[str]:
    thread, forum = cast.thread.public_id, cast.forum.shortname
    return [f"/t/{thread}/feed.{ending}", f"/f/{forum}/feed.{ending}"]


def read(path: str):
    answer = Client().get(path)
    assert answer.status_code == 200, answer.content
    return answer


def texts(path: str) -> list[str]:
    return [item["content_html"] for item in json.loads(read(path).content)["items"]]


def say(cast: Cast, source: str, parent: Comment | None = None) -> Comment:
    return post_comment(
        forum=cast.forum, thread=cast.thread, author=cast.ann.author, source=source, parent=parent
    )


def test_atom_has_what_the_standard_asks_for(cast):
    said = say(cast, "Bread & <b>salt</b>, 1 < 2 \U0001f35e")
    for path in paths(cast, "atom"):
        answer = read(path)
        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        feed = ElementTree.fromstring(answer.content)
        assert feed.find(f"{ATOM}title").text
        assert feed.find(f"{ATOM}id").text.startswith("https://comments.test/")
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert links["self"] == f"https://comments.test{path}"
        entry = feed.find(f"{ATOM}entry")
        lasting = f"https://comments.test/c/{said.public_id}"
        assert entry.find(f"{ATOM}id").text == lasting
        assert entry.find(f"{ATOM}link").get("href") == lasting
        assert entry.find(f"{ATOM}author/{ATOM}name").text == cast.ann.author.name
        assert entry.find(f"{ATOM}updated").text == entry.find(f"{ATOM}published").text
        assert feed.find(f"{ATOM}updated").text == entry.find(f"{ATOM}updated").text
        content = entry.find(f"{ATOM}content")
        assert content.get("type") == "html"
        assert content.text == said.html


def test_json_says_the_same(cast):
    said = say(cast, "Hello.")
    for path in paths(cast, "json"):
        answer = read(path)
        assert answer["Content-Type"] == "application/feed+json"
        feed = json.loads(answer.content)
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["feed_url"] == f"https://comments.test{path}"
        item = feed["items"][0]
        assert item["id"] == item["url"] == f"https://comments.test/c/{said.public_id}"
        assert item["content_html"] == said.html
        assert item["authors"] == [{"name": cast.ann.author.name}]


def test_newest_first_replies_among_them_and_none_that_is_held_or_removed(cast):
    first = say(cast, "first")
    say(cast, "second", first)
    gone = say(cast, "gone")
    delete_comment(comment=gone, author=cast.ann.author)
    for path in paths(cast, "json"):
        said = texts(path)
        assert [text for text in said if "first" in text or "second" in text] == said[:2]
        assert "second" in said[0]
        assert not [text for text in said if "gone" in text]


def test_an_edit_moves_the_time_of_the_feed(cast):
    said = say(cast, "teh")
    edit_comment(comment=said, author=cast.ann.author, source="the", revision=said.revision)
    said.refresh_from_db()
    for path in paths(cast, "atom"):
        feed = ElementTree.fromstring(read(path).content)
        entry = feed.find(f"{ATOM}entry")
        assert entry.find(f"{ATOM}updated").text > entry.find(f"{ATOM}published").text[:19]
        assert feed.find(f"{ATOM}updated").text == entry.find(f"{ATOM}updated").text
        assert "the" in entry.find(f"{ATOM}content").text


def test_an_imported_thread_has_a_feed_though_its_log_is_empty(cast):
    say(cast, "from long ago")
    ThreadEvent.objects.all().delete()
    assert "from long ago" in texts(paths(cast, "json")[0])[0]


def test_the_queries_are_as_many_whatever_is_in_it(cast, django_assert_num_queries):
    for number in range(30):
        say(cast, f"number {number}")
    thread, forum = paths(cast, "atom")
    with django_assert_num_queries(5):
        assert read(thread).content.count(b"<entry>") == 25
    with django_assert_num_queries(2):
        assert read(forum).content.count(b"<entry>") == 25


def test_a_feed_without_comments_is_the_same_bytes_each_time(cast):
    Comment.objects.all().delete()
    for path in paths(cast, "atom"):
        assert read(path).content == read(path).content


@pytest.mark.parametrize("path", ["/f/nobody/feed.atom", "/t/00000000000000000000/feed.json"])
def test_what_is_not_there_is_not_found(cast, path):
    assert Client().get(path).status_code == 404


def test_the_public_page_names_its_feeds(cast):
    page = Client().get(f"/t/{cast.thread.public_id}/").content.decode()
    for path in (paths(cast, "atom")[0], paths(cast, "json")[0]):
        assert f'href="{path}"' in page
    assert PAGE in page
