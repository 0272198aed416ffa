"""SAFETY R01, R04: fields of an imported file meet the same walls as what is typed here."""

import html
import unicodedata

import pytest

from tests.corpora import faults, hostile
from voxpop.accounts.models import Author
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment, Thread
from voxpop.transfer.tests.making import bring, post, thread

pytestmark = pytest.mark.broad

# All but the tokens of our own words (threads/labels.py), tabs and line ends.
CONTROLS = set(range(0x20)) - {1, 2, 3, 4, 5, 6, 9, 10}
NOT_PAGES = [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)//https://blog.example",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//blog.example/a",
    "/a",
    "https://",
    "http://[::1",
    "x" * 3000,
]


@pytest.fixture
def forum(db, settings, tmp_path) -> Forum:
    settings.DATA = tmp_path
    return Forum.objects.create(shortname="demo", name="Demo")


def test_no_address_but_a_pages_is_kept(forum):
    records = [thread(n, link=link) for n, link in enumerate(NOT_PAGES)]
    bring(forum, *records, *(post(100 + n, n) for n in range(len(NOT_PAGES))))
    assert Comment.objects.filter(forum=forum).count() == len(NOT_PAGES)
    assert set(Thread.objects.filter(forum=forum).values_list("url", flat=True)) == {""}


def test_hostile_texts_names_and_titles_come_out_tame(forum):
    payloads = [text.replace("]]>", "]]&gt;") for text in hostile()]
    records = [
        post(n, 1, text=text, name=html.escape(text[:200]), username=f"u{n}")
        for n, text in enumerate(payloads)
    ]
    bring(forum, thread(1, title=payloads[0]), *records)
    comments = Comment.objects.filter(forum=forum)
    assert comments.count() > len(payloads) * 0.9
    for comment in comments:
        assert not faults(comment.html), comment.source
        assert not CONTROLS & set(bytes(comment.fragment)), comment.source
    for name in Author.objects.values_list("name", flat=True):
        assert 0 < len(name) <= 60
        assert not any(unicodedata.category(letter) == "Cc" for letter in name)
        assert not set(name) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
