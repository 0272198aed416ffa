"""What Markdown, links, mentions and imported HTML become."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voxpop.errors import Problem
from voxpop.plaintext import visible
from voxpop.threads.markup import MAX_CHARACTERS, render, render_imported
from voxpop.threads.markup.links import show_address
from voxpop.threads.markup.markdown import to_html
from voxpop.threads.markup.mentions import MOST_TRIED
from voxpop.threads.markup.plain import is_plain, paragraphs
from voxpop.threads.markup.sanitise import sanitise

REL = 'rel="nofollow ugc noopener noreferrer"'
ADA, BO = "0000000000001", "0000000000002"
NAMES = {"ada": ADA, "ada lovelace": BO, "strasse": ADA, "j. p.": BO, "🐸": ADA}


def link(href: str, words: str) -> str:
    return f'<a href="{href}" {REL}>{words}</a>'


def mention(author: str, name: str) -> str:
    return f'<span class="mention" data-author="{author}">@{name}</span>'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>\n"),
        (
            "*a* **b** ~~c~~ `d`",
            "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n",
        ),
        (
            "> a\n>> b",
            "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>\n",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("5. a\n6. b", '<ol start="5">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("```python\nx < 1\n```", '<pre><code class="language-python">x &lt; 1\n</code></pre>\n'),
        ("```madeup\nx\n```", "<pre><code>x\n</code></pre>\n"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n"),
        ("# Title\ntext", "<p><strong>Title</strong></p>\n<p>text</p>\n"),
        ("Title\n=====", "<p><strong>Title</strong></p>\n"),
        ("<b>x</b> & y", "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>\n"),
        ('[a](https://b.example/c "title")', f"<p>{link('https://b.example/c', 'a')}</p>\n"),
        ("[a][1]\n\n[1]: https://b.example/", f"<p>{link('https://b.example/', 'a')}</p>\n"),
        ("[a]() b", "<p>a b</p>\n"),
        ("[a](/relative)", "<p>[a](/relative)</p>\n"),
        ("<ada@example.com>", f"<p>{link('mailto:ada@example.com', 'ada@example.com')}</p>\n"),
        ("![cat](https://b.example/c.png)", f"<p>{link('https://b.example/c.png', 'cat')}</p>\n"),
        (
            "![](https://b.example/c.png)",
            f"<p>{link('https://b.example/c.png', 'https://b.example/c.png')}</p>\n",
        ),
        (
            "[![cat](https://b.example/c.png)](https://d.example/)",
            f"<p>{link('https://d.example/', 'cat')}</p>\n",
        ),
    ],
)
def test_markdown(source, html):
    assert render(source) == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("see https://a.example/b.", f"see {link('https://a.example/b', 'https://a.example/b')}."),
        ("(https://a.example/b)", f"({link('https://a.example/b', 'https://a.example/b')})"),
        (
            "https://a.example/b_(c)!",
            f"{link('https://a.example/b_(c)', 'https://a.example/b_(c)')}!",
        ),
        ("www.a.example?", f"{link('https://www.a.example/', 'www.a.example')}?"),
        ("HTTP://A.example", link("http://a.example/", "HTTP://A.example")),
        ("“https://a.example/”", f"“{link('https://a.example/', 'https://a.example/')}”"),
        ("看https://a.example/。好", f"看{link('https://a.example/', 'https://a.example/')}。好"),
        (
            "看 https://a.example/b。好",
            f"看 {link('https://a.example/b', 'https://a.example/b')}。好",
        ),
        (
            "https://a.example/?b=1&c=2",
            link("https://a.example/?b=1&amp;c=2", "https://a.example/?b=1&amp;c=2"),
        ),
        ("xhttps://a.example", "xhttps://a.example"),
        ("`https://a.example`", "<code>https://a.example</code>"),
        ("https://", "https://"),
        ("www.", "www."),
        ("ada@example.com", "ada@example.com"),
    ],
)
def test_addresses_in_running_text(source, html):
    assert render(source) == f"<p>{html}</p>\n"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("@Ada hello", f"{mention(ADA, 'Ada')} hello"),
        ("hello @ADA!", f"hello {mention(ADA, 'ADA')}!"),
        ("@Ada Lovelace, yes", f"{mention(BO, 'Ada Lovelace')}, yes"),
        ("@Ada Lovelaces", f"{mention(ADA, 'Ada')} Lovelaces"),
        ("@Adam", "@Adam"),
        ("@Straße", mention(ADA, "Straße")),
        ("@J. P. said", f"{mention(BO, 'J. P.')} said"),
        ("@🐸", mention(ADA, "🐸")),
        ("x@ada y", "x@ada y"),
        ("@@ada", "@@ada"),
        ("`@ada`", "<code>@ada</code>"),
        ("**@ada**", f"<strong>{mention(ADA, 'ada')}</strong>"),
        ("[@ada](https://b.example/)", link("https://b.example/", "@ada")),
        ("https://b.example/@ada", link("https://b.example/@ada", "https://b.example/@ada")),
        ("@nobody", "@nobody"),
    ],
)
def test_mentions(source, html):
    assert render(source, NAMES) == f"<p>{html}</p>\n"


def test_calling_everybody_calls_some():
    assert render("@ada " * 200, NAMES).count("<span") == MOST_TRIED


@pytest.mark.parametrize(
    ("imported", "html"),
    [
        ("<p>Hello <b>all</b></p>", "<p>Hello <strong>all</strong></p>"),
        (
            "<i>a</i> <s>b</s> <strike>c</strike> <cite>d</cite>",
            "<p><em>a</em> <del>b</del> <del>c</del> <em>d</em></p>",
        ),
        ("<p><q>a</q></p>", "<p>“a”</p>"),
        ("<p><spoiler>he dies</spoiler></p>", '<p><span class="spoiler">he dies</span></p>'),
        ("<h2>Title</h2><p>a</p>", "<p><strong>Title</strong></p><p>a</p>"),
        ("<p>@ada_l:disqus yes</p>", "<p>@ada_l yes</p>"),
        ("<p>@facebook-123:disqus</p>", "<p>@facebook-123</p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("one & two < three", "<p>one &amp; two &lt; three</p>"),
        (
            '<p><a href="https://disq.us/url?url=https%3A%2F%2Fa.example%2Fb%3Fc%3D1%26d%3D2'
            '%3AhWVf3Xf9_abcdef&amp;cuid=1" rel="nofollow">z</a></p>',
            f"<p>{link('https://a.example/b?c=1&amp;d=2', 'z')}</p>",
        ),
        (
            '<p><a href="http://disq.us/url?url=http%3A%2F%2Fa.example%3A8080%2F">z</a></p>',
            f"<p>{link('http://a.example:8080/', 'z')}</p>",
        ),
        (
            '<p><img src="https://uploads.disquscdn.com/images/a.jpg" alt="A cat"></p>',
            f"<p>{link('https://uploads.disquscdn.com/images/a.jpg', 'A cat')}</p>",
        ),
        ("<p>a</p><iframe src=https://b.example></iframe><object>c</object>", "<p>a</p>c"),
        ("<p>a</p><script>b</script><style>c</style>", "<p>a</p>"),
        ("<div>a</div>", "<p>a</p>"),
    ],
)
def test_imported_html(imported, html):
    assert render_imported(imported) == html


@pytest.mark.parametrize("text", ["", " \n", "<p></p>", "<p>&nbsp;</p>", "<script>x</script>"])
def test_an_imported_text_that_shows_nothing_is_refused(text):
    with pytest.raises(Problem) as refusal:
        render_imported(text)
    assert refusal.value.code == "source_empty"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "source_empty"),
        (" \n\t", "source_empty"),
        ("x" * (MAX_CHARACTERS + 1), "source_too_long"),
    ],
)
def test_refusals(source, code):
    with pytest.raises(Problem) as refusal:
        render(source)
    assert refusal.value.code == code


@given(st.text("ab c1.)#+-='\"\n  \u00a0|{}!?é:/^$(%;,\u0301wW"))
@example("1) a\n- b")
@example("a\n===")
@example("a  \nb")
@example("WWW.a.example")
def test_the_short_way_is_the_long_way(text):
    text = visible(text)
    if is_plain(text):
        assert sanitise(paragraphs(text)) == sanitise(to_html(text, {}))


@pytest.mark.parametrize(
    "text", ["Hello, world!", "It's “fine” (I think); 50% sure: yes/no?\n\nBye."]
)
def test_words_take_the_short_way(text):
    assert is_plain(text)


@pytest.mark.parametrize("text", ["ä/b", "münchen.de:80/x", "https://münchen.de?a#b", "", "://"])
def test_an_address_is_shown_whole(text):
    assert show_address(text) == text
