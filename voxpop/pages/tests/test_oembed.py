"""oEmbed: a link of ours becomes the comment itself on whoever's page it stands."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from voxpop.threads import actions
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def said(cast: Cast) -> Comment:
    return cast.comment("The map is wrong.")


def ask(url: str, **more):
    return Client().get("/oembed", {"url": url, **more})


def test_a_comment_is_a_frame_with_its_picture(said):
    found = ask(f"{settings.HOST}/c/{said.public_id}", format="json").json()
    assert (found["version"], found["type"]) == ("1.0", "rich")
    assert found["author_name"] == "Ann Reader magazine"
    frame = re.search(r'<iframe src="([^"]+)"', found["html"])
    assert frame
    assert Client().get(urlsplit(unescape(frame[1])).path).status_code == 200
    assert Client().get(urlsplit(found["thumbnail_url"]).path).status_code == 200
    assert f'width="{found["width"]}" height="{found["height"]}"' in found["html"]
    assert "<script" not in found["html"]


@pytest.mark.parametrize(
    "address", ["{host}/c/{id}/", "{host}/c/{id}?from=x", "{page}#voxpop-{id}"]
)
def test_a_comment_has_several_addresses(said, address):
    url = address.format(host=settings.HOST, id=said.public_id, page=PAGE)
    assert ask(url).json()["title"].endswith("Story")


def test_it_fits_into_what_is_asked_for(said):
    url = f"{settings.HOST}/c/{said.public_id}"
    found = ask(url, maxwidth="300", maxheight="160").json()
    assert (found["width"], found["height"]) == (300, 160)
    for wrong in ("0", "-1", "x", "1e3", "٣"):
        assert ask(url, maxwidth=wrong).status_code == 400


def test_a_longer_comment_gets_a_higher_frame(cast, said):
    long = cast.comment(
        "\n\n".join("A paragraph of some length, said at leisure." for _ in range(9))
    )
    heights = [ask(f"{settings.HOST}/c/{each.public_id}").json()["height"] for each in (said, long)]
    assert heights[0] < heights[1] <= 640


def test_a_thread_is_a_frame_that_says_what_is_discussed(said):
    found = ask(f"{settings.HOST}/t/{said.thread.public_id}/", maxwidth="400").json()
    assert (found["type"], found["title"], found["width"]) == ("rich", "Story", 400)
    frame = re.search(r'<iframe src="([^"]+)"', found["html"])
    assert frame
    for address in (frame[1], found["thumbnail_url"]):
        assert Client().get(urlsplit(unescape(address)).path).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/c/{id}",
        "https://evil.example/#voxpop-{id}",
        "{host}.evil.example/c/{id}",
        "{host}/c/0123456789abc",
        "{host}/t/00000000000000000000/",
        "{host}/u/ann/",
        "http://[bad/c/{id}",
        "nonsense",
    ],
)
def test_what_is_not_ours_is_not_found(said, url):
    assert ask(url.format(host=settings.HOST, id=said.public_id)).status_code == 404


def test_no_address_and_no_xml_are_refused():
    assert Client().get("/oembed").status_code == 400
    assert ask(f"{settings.HOST}/c/0123456789abc", format="xml").status_code == 400


def test_what_is_removed_is_not_found_and_comes_back_when_it_is_shown_again(said):
    url = f"{settings.HOST}/c/{said.public_id}"
    actions.hold_comment(said)
    gone = ask(url)
    assert gone.status_code == 404
    assert gone["Surrogate-Key"] == f"c:{said.public_id}"


def test_a_name_cannot_leave_the_code(cast, said):
    Comment.objects.filter(id=said.id)
    said.thread.title = 'T" onload="alert(1)'
    said.thread.save()
    code = ask(f"{settings.HOST}/c/{said.public_id}").json()["html"]
    assert 'onload="' not in code
