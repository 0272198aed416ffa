"""The magazine's comments as a Disqus export: what the demo shows comes in through the importer."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from demo.articles import ARTICLES, Article
from demo.debate import Said, debate

HERE = Path(__file__).parent
_LINE = re.compile(r"(>*) ?(.+?): (.+)")
LONG = 5000
FIRST_COMMENT = 5001
MOST_COMMENTS = 10_000
STARTS = {"archive": datetime(2013, 2, 3, 9, 0, tzinfo=UTC)}
# Whenever the demo is first started, its readers have talked until the day before.
DEFAULT_START = datetime.now(UTC) - timedelta(days=49)
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">\n'
    '<category dsq:id="1"><forum>lantern</forum><title>General</title>'
    "<isDefault>true</isDefault></category>\n"
)


def read_thread(slug: str) -> list[Said]:
    """A conversation written by hand: `Name: text`, one `>` for each step down the tree."""
    said: list[Said] = []
    above: list[int] = []
    for line in (HERE / "threads" / f"{slug}.txt").read_text().splitlines():
        arrows, name, text = _LINE.fullmatch(line).groups()  # type: ignore[union-attr]
        depth = len(arrows)
        said.append(Said(name, text, above[depth - 1] if depth else None))
        above[depth:] = [len(said) - 1]
    return said


def conversation(article: Article) -> list[Said]:
    return debate(LONG) if article.slug == "ring-road" else read_thread(article.slug)


def thread_xml(number: int, article: Article, link: str) -> str:
    return (
        f'<thread dsq:id="{number}"><id>{article.slug}</id><forum>lantern</forum>'
        f'<category dsq:id="1"/><link>{escape(link)}</link><title>{escape(article.title)}</title>'
        f"<message/><createdAt>{stamp(STARTS.get(article.slug, DEFAULT_START))}</createdAt>"
        "<author><name>Lantern editors</name><isAnonymous>false</isAnonymous>"
        "<username>lantern</username></author>"
        "<isClosed>false</isClosed><isDeleted>false</isDeleted></thread>\n"
    )


def posts_xml(first: int, thread: int, start: datetime, said: list[Said]) -> Iterator[str]:
    # Spread over seven weeks, however many there are; answers come after what they answer.
    step = timedelta(days=48) / max(len(said), 60)
    for place, each in enumerate(said):
        username = "".join(char for char in each.name.lower() if char.isalnum())
        parent = "" if each.parent is None else f'<parent dsq:id="{first + each.parent}"/>'
        paragraphs = "".join(f"<p>{_inline(part)}</p>" for part in each.text.split("\n\n"))
        yield (
            f'<post dsq:id="{first + place}"><id/><message><![CDATA[{paragraphs}]]></message>'
            f"<createdAt>{stamp(start + step * (place + 1))}</createdAt>"
            f"<isDeleted>{str(each.is_deleted).lower()}</isDeleted><isSpam>false</isSpam>"
            f"<author><name>{escape(each.name)}</name><isAnonymous>false</isAnonymous>"
            f"<username>{username}</username></author>"
            f'<thread dsq:id="{thread}"/>{parent}</post>\n'
        )


def _inline(text: str) -> str:
    """The two marks of the written conversations, as Disqus exports have them: as HTML."""
    text = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", escape(text, quote=False))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def export(home: str, articles: Iterable[Article]) -> Iterator[str]:
    """The whole file, for these articles of a magazine at `home`."""
    yield HEAD
    # An article's ids are its own, whichever others the file holds: files do not collide.
    chosen = [(place, each) for place, each in enumerate(ARTICLES) if each in set(articles)]
    for place, article in chosen:
        yield thread_xml(100 + place, article, f"{home}/{article.slug}/")
    for place, article in chosen:
        start = STARTS.get(article.slug, DEFAULT_START)
        first = FIRST_COMMENT + place * MOST_COMMENTS
        yield from posts_xml(first, 100 + place, start, conversation(article))
    yield "</disqus>\n"
