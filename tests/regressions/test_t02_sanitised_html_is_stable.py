"""SAFETY T02: HTML that changes when it is parsed again hides markup from the sanitiser."""

import pytest

from tests.corpora import RENDERERS, faults, hostile, rendered
from voxpop.errors import Problem
from voxpop.threads.markup import render_imported
from voxpop.threads.markup.sanitise import MOST_PASSES, sanitise

pytestmark = pytest.mark.broad


@pytest.mark.parametrize("way", RENDERERS)
def test_every_hostile_text_is_stable_and_within_the_list(way):
    refused = 0
    for text in hostile():
        html = rendered(text, way)
        if html is None:
            refused += 1
        else:
            assert sanitise(html) == html
            assert faults(html) == [], text
    assert refused < len(hostile()) / 2, "most texts must come through, or nothing was tested"


def test_what_a_parser_eats_piece_by_piece_is_cleaned_to_the_end():
    for html in (
        "<pre>\n\nx</pre>",
        "<a href=http://a.example><a href=http://b.example>x</a></a>",
        "<p>a\rb</p>",
        "<table><p>x<td>y</table>",
        "<ul><p><li>x</p></ul>",
    ):
        clean = sanitise(html)
        assert sanitise(clean) == clean


def test_an_imported_text_may_begin_with_any_number_of_newlines():
    assert render_imported("<pre>" + "\n" * 50 + "x</pre>") == "<pre>x</pre>"


def test_what_does_not_become_stable_is_refused(monkeypatch):
    class Growing:
        passes = 0

        def clean(self, html: str) -> str:
            self.passes += 1
            return html + "x"

    growing = Growing()
    monkeypatch.setitem(sanitise.__globals__, "_cleaner", growing)
    with pytest.raises(Problem) as refusal:
        sanitise("<p>x</p>")
    assert refusal.value.code == "source_not_renderable"
    assert growing.passes == MOST_PASSES


def test_the_second_opinion_sees_what_is_wrong():
    """The control: unclean HTML must not pass the check that clean HTML passes."""
    for html in (
        "<script>x</script>",
        "<p onclick=x>",
        "<a href=javascript:x rel='nofollow ugc noopener noreferrer'>",
        "<a href=http://a.example>",
        "<span class=vp-own>",
        "<p>\x01</p>",
    ):
        assert faults(html), html
