"""SAFETY R20: WordPress rewrote quotes inside attributes after its filter (CVE-2026-93485)."""

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpora import RENDERERS, hostile, rendered
from voxpop.accounts.models import Author, AuthorKind
from voxpop.threads import markup
from voxpop.threads.fragments import comment_fragment
from voxpop.threads.markup.sanitise import sanitise
from voxpop.threads.models import Comment, Status

PIECES = [
    *"<>\"'&;=/` *_~[]()!@#-+.:\n\tab1",
    *("    ", "```", "http://a.example", "www.a.example", "](http://a.example)", "![", "<p>"),
    *("<pre>\n\n", "<a href=http://a.example>", "</a>", "<b>", "<q>", "<spoiler>", "<svg>"),
    *("<style>", "<table>", "<math>", "&#12;", "&#1;", "&#x301;", "&#x202e;", "&lt;", "\u0338"),
    *("@ada:disqus", "https://disq.us/url?url=", "%22", "%3Aabcdefghijkl"),
]


@pytest.mark.broad
@pytest.mark.parametrize("way", RENDERERS)
def test_what_is_stored_is_what_the_sanitiser_makes_of_it(way):
    for text in hostile():
        html = rendered(text, way)
        assert html is None or sanitise(html) == html


@pytest.mark.parametrize("way", RENDERERS)
@given(text=st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_is_typed_the_sanitiser_changes_nothing_more(way, text):
    html = rendered(text, way)
    assert html is None or sanitise(html) == html


@pytest.mark.parametrize("render", [markup.render, markup.render_imported])
def test_the_sanitisers_answer_is_handed_on_as_it_is(render, monkeypatch):
    answer = "<p>the very answer</p>"
    monkeypatch.setattr(markup, "sanitise", lambda html: answer)
    assert render("some **text** <b>x</b> http://a.example") is answer


def test_a_fragment_holds_the_html_as_it_is():
    html = "<p>“Quoted” &lt;b&gt; 'x' -- ... (c)</p>\n<p><a href=\"http://a.example/\">x</a></p>"
    author = Author(kind=AuthorKind.GUEST, name="Ada")
    comment = Comment(author=author, html=html, status=Status.PUBLISHED, root_id=1, path=b"")
    assert html.encode() in comment_fragment(comment, author)


def test_the_sanitiser_is_not_a_formality():
    """The control: HTML that the check above would catch if it were stored as it came."""
    assert nh3.clean('<p onclick="x">') != '<p onclick="x">'
    assert sanitise("<p>x</p><script>y</script>") == "<p>x</p>"
