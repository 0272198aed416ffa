"""The magazine's HTML."""

from html import escape

from demo.articles import ARTICLES, Article
from demo.product import FORUM


def front(host: str) -> str:
    cards = "".join(_card(article) for article in ARTICLES)
    return _page(
        "Lantern, a magazine for evenings",
        f"""
<section class="doors" aria-labelledby="doors"><h2 id="doors">Three doors into Voxpop</h2>
<a class="door" href="/side-by-side/"><span class="key">1</span><strong>Reader</strong>
 <span>One article, two people side by side. Write as one, see it as the other.</span></a>
<a class="door" href="/moderator/"><span class="key">2</span><strong>Moderator</strong>
 <span>The desk of this magazine, with work waiting on it.</span></a>
<a class="door" href="/publisher/"><span class="key">3</span><strong>Publisher</strong>
 <span>Put comments on a page of yours, or bring home those you have.</span></a>
</section>
<section class="cards" aria-label="Articles">{cards}</section>
<aside class="lately" aria-label="Lately said">
<div class="voxpop-widget" data-forum="{FORUM}" data-kind="recent" \
data-loading="eager"></div></aside>
<script async src="{host}/embed.js"></script>
<script async src="{host}/count.js" data-forum="{FORUM}"></script>""",
        is_front=True,
    )


def _card(article: Article) -> str:
    return f"""<a class="card" href="/{article.slug}/" lang="{article.language}" \
dir="{article.direction}">{_art(article)}
<h3>{article.title}</h3><p>{article.lead}</p>
<p class="by"><span>{article.by}</span> · <span lang="en" dir="ltr">
<span data-voxpop-count data-identifier="{article.slug}">…</span> comments</span></p></a>"""


def article(article: Article, host: str, *, is_window: bool = False) -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in article.paragraphs)
    if is_window:
        paragraphs = ""
    loading = "eager" if is_window else "lazy"
    # The forum speaks English; an option that says what holds anyway would only split the cache.
    tongue = "" if article.language == "en" else f' data-lang="{article.language}"'
    return _page(
        article.title,
        f"""
<article lang="{article.language}" dir="{article.direction}">
{"" if is_window else _art(article)}
<h1>{article.title}</h1>
<p class="lead">{article.lead}</p>
<p class="by">{article.by}</p>
{paragraphs}
</article>
<section class="comments" aria-label="Comments">
<div class="voxpop" data-forum="{FORUM}" data-identifier="{article.slug}" \
data-title="{escape(article.title)}" data-accent="#a4550f"{tongue} data-loading="{loading}"></div>
<script async src="{host}/embed.js"></script>
</section>
{'<script src="/static/window.js"></script>' if is_window else ""}""",
        slug=article.slug,
        kind="window" if is_window else "reading",
        language=article.language,
    )


def side_by_side(left: str, right: str) -> str:
    return _page(
        "Two readers of one article",
        f"""
<div class="bar"><div><h1>Two readers of one article</h1>
<p>Two people, one thread. Write on one side, under any name.</p></div>
<div class="controls"><button id="writes" data-writes="on">Stop the server’s writes</button>
<p id="state" role="status">The server takes comments.</p></div></div>
<div class="windows">
{_window("Left reader", left, "left")}
{_window("Right reader", right, "right")}
</div>
<section class="cost" aria-labelledby="cost"><h2 id="cost">What it cost this reader</h2>
<dl>
<div><dt>requests</dt><dd data-cost="requests">…</dd></div>
<div><dt>of them to third parties</dt><dd data-cost="third_party">…</dd></div>
<div><dt>cookies set</dt><dd data-cost="cookies">…</dd></div>
<div><dt>kilobytes</dt><dd data-cost="kilobytes">…</dd></div>
<div><dt>milliseconds until readable</dt><dd data-cost="milliseconds">…</dd></div>
</dl>
<p class="small">Requests, cookies and bytes are counted by the magazine’s server: it fetches
what a browser fetches before the first comment is there. The milliseconds are your browser’s own,
from the opening of the left window to the loader’s <code>voxpop:ready</code>. Whoever makes an
account here finds its code among the <a href="/letters/">letters</a>.</p>
<details><summary>Every request</summary><ol id="addresses"></ol></details></section>
<script src="/static/side-by-side.js"></script>""",
        kind="wide",
    )


def _window(person: str, host: str, side: str) -> str:
    return f"""<figure class="pane"><figcaption><i></i><i></i><i></i>
<strong>{person}</strong><code>{host.removeprefix("http://")}</code></figcaption>
<iframe src="/ferry/?as={side}" title="The article as the {person.lower()} sees it"></iframe>
</figure>"""


def moderator() -> str:
    return _page(
        "The moderator’s door",
        """
<article><h1>The moderator’s door</h1>
<p class="lead">You are about to be the moderator of <em>Lantern</em>. Some comments wait for a
word from you: links from people nobody knows yet, an advertisement, and three that readers have
flagged.</p>
<p>The button asks the product for a sign-in link that works once, and follows it. After it, the
desk is at <code>/moderate/</code>; on the magazine’s own pages, sign in within the comments and
every comment has a moderator’s menu.</p>
<form method="post" action="/moderator/"><button class="big">Sign in as the moderator</button>
</form></article>""",
        kind="reading",
    )


def letters(texts: list[str]) -> str:
    shown = "".join(f"<pre>{escape(text)}</pre>" for text in texts)
    return _page(
        "Letters",
        f"""
<article><h1>Letters</h1><p class="lead">Whatever the product mails in this demo lands here: codes
for new accounts, for example.</p>{shown or "<p>None so far.</p>"}</article>""",
        kind="reading",
    )


def publisher(host: str, home: str, old: int) -> str:
    snippet = escape(
        f'<div class="voxpop" data-forum="{FORUM}"></div>\n'
        f'<script async src="{host}/embed.js"></script>'
    )
    return _page(
        "The publisher’s door",
        f"""
<article><h1>The publisher’s door</h1>
<p class="lead">Two lines on a page, and it has comments. A file from somewhere else, and it has a
past.</p>
<h2>1. The snippet</h2>
<p>Every page of this magazine carries these two lines:</p>
<pre><code>{snippet}</code></pre>
<p>For a forum of your own, <a href="{host}/accounts/signup/">make an account</a> (its code comes by
<a href="/letters/">letter</a>), create a forum,
name the site that may show it; the wizard gives you the lines and looks at your page to see
whether they work. Or <a href="/moderator/">sign in as this magazine’s owner</a> and open
<a href="{host}/home/">{host.removeprefix("http://")}/home/</a>.</p>
<h2>2. The past</h2>
<p><a href="/archive/">One page of this magazine</a> is of 2013, and its discussion still lies in
an export of Disqus.</p>
<ol><li><a href="/archive-export.xml" download="lantern-archive.xml">Take the export</a> (or use
one of your own).</li>
<li><a href="/moderator/">Sign in as the owner</a>, open
<a href="{host}/home/forums/{FORUM}/import/">the forum’s import page</a> and drop the file
there.</li>
<li>See what would happen, start it, read its report.</li>
<li>Open <a href="/archive/">the page of 2013</a>: the discussion is home. An old link,
<a href="/archive/#comment-{old}">{home.removeprefix("http://")}/archive/#comment-{old}</a>, still
finds its comment.</li></ol></article>""",
        kind="reading",
    )


def _page(
    title: str,
    body: str,
    *,
    slug: str = "",
    kind: str = "",
    language: str = "en",
    is_front: bool = False,
) -> str:
    name = '<h1 class="name">Lantern</h1>' if is_front else '<a class="name" href="/">Lantern</a>'
    head = f"""<header class="mast">{name}<p>a magazine for evenings</p>
<nav aria-label="Doors"><a href="/side-by-side/">Reader</a><a href="/moderator/">Moderator</a>
<a href="/publisher/">Publisher</a></nav></header>"""
    foot = """<footer class="foot"><p>Lantern is made up; so are its readers. The comments are
Voxpop.</p></footer>"""
    canonical = f'<link rel="canonical" href="/{slug}/">' if slug else ""
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{canonical}
<link rel="icon" href="/static/lantern.svg"><link rel="stylesheet" href="/static/magazine.css">
</head><body class="{kind or "front"}">{"" if kind == "window" else head}
<main>{body}</main>{"" if kind == "window" else foot}</body></html>"""


def _art(article: Article) -> str:
    """A night, a light and a land: each article has its three colours."""
    sky, glow, land = article.art.split()
    shift = sum(map(ord, article.slug)) % 120
    return f"""<svg class="art" viewBox="0 0 640 280" preserveAspectRatio="xMidYMid slice"
 aria-hidden="true"><defs><radialGradient id="g-{article.slug}">
<stop offset="0" stop-color="{glow}"/><stop offset="1" stop-color="{glow}" stop-opacity="0"/>
</radialGradient></defs><rect width="640" height="280" fill="{sky}"/>
<circle cx="{220 + shift}" cy="120" r="150" fill="url(#g-{article.slug})" opacity=".75"/>
<circle cx="{220 + shift}" cy="120" r="26" fill="{glow}"/>
<path d="M0 {196 + shift // 6}c110-46 190 22 300 2s190-64 340-8v92H0z" fill="{land}" opacity=".7"/>
<path d="M0 {228 - shift // 8}c140-30 220 30 350 6s190-28 290 4v60H0z" fill="{land}"/></svg>"""
