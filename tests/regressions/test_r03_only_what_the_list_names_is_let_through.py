"""SAFETY R03: Isso let <style> and frames pass by a misused flag. Unknown tags are refused."""

import pytest

from tests.corpora import ALLOWED, RENDERERS
from voxpop.threads.markup.sanitise import TAGS, sanitise

# Every element of the HTML standard that is not ours, obsolete and foreign ones, and inventions.
REFUSED = """
abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big
blink body button canvas caption center cite col colgroup command content data datalist dd
details dfn dialog dir div dl dt element embed fieldset figcaption figure font footer form
frame frameset h1 h6 head header hgroup html i iframe image img input ins isindex kbd
keygen label legend link listing main map mark marquee math menu menuitem meta meter nav
nobr noembed noframes noscript object optgroup option output param picture plaintext
portal progress q rb rp rt rtc ruby s samp script search section select shadow slot small
source spacer spoiler strike style sub summary sup svg table tbody td template textarea
tfoot th thead time title tr track tt u var video wbr xmp x-evil anything
"""


def test_the_list_is_the_one_agreed_on():
    assert set(ALLOWED) == TAGS


@pytest.mark.parametrize("tag", REFUSED.split())
def test_a_tag_that_is_not_named_is_not_there(tag):
    for html in (f"<{tag}>x</{tag}>", f"<{tag} class=mention>", f"<p>a<{tag}/>b</p>"):
        assert f"<{tag}" not in sanitise(html)


@pytest.mark.parametrize("way", RENDERERS)
@pytest.mark.parametrize(
    "attribute",
    ["style", "id", "name", "class", "onclick", "title", "target", "dir", "slot", "is", "ping"],
)
def test_an_attribute_that_is_not_named_is_not_there(way, attribute):
    for tag in ALLOWED:
        assert f"{attribute}=" not in sanitise(f'<{tag} {attribute}="x">x</{tag}>')
    shown = RENDERERS[way](f'before <b {attribute}="x">x</b> after')
    assert f"<b {attribute}" not in shown
    assert f"<strong {attribute}" not in shown


def test_classes_are_named_one_by_one():
    assert sanitise('<code class="language-python evil">x</code>') == (
        '<code class="language-python">x</code>'
    )
    assert "vp-" not in sanitise('<span class="vp-own mention">x</span>')


def test_comments_and_instructions_are_not_there():
    assert sanitise("a<!-- b --><?php c ?><![CDATA[d]]>e") == "ae"


@pytest.mark.parametrize("tag", ["script", "style", "iframe", "svg", "form", "input", "x-evil"])
def test_an_imported_comment_passes_the_same_list(tag):
    assert f"<{tag}" not in RENDERERS["imported"](f"<p>a</p><{tag}>b</{tag}><p>c</p>")
