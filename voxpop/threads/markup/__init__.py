"""From what was typed to what is shown: Markdown, then links and mentions, then the sanitiser.

The sanitiser is last and nothing rewrites after it (SAFETY R20, T01). `SANITIZER` is stored with
every row; raise it when the allow-list changes, so that older rows can be rendered again.
"""

from collections.abc import Mapping

from voxpop.errors import Problem
from voxpop.plaintext import visible
from voxpop.threads.markup.imported import to_our_tags
from voxpop.threads.markup.markdown import to_html
from voxpop.threads.markup.plain import is_plain, paragraphs
from voxpop.threads.markup.sanitise import is_empty, sanitise
from voxpop.words import say

SANITIZER = 1
MAX_CHARACTERS = 10_000
MAX_BYTES = 20 * 1024
MAX_IMPORTED = 64 * 1024
# A parser's time grows with the square of the tags that are open at once.
MOST_TAGS = 2000

_NOBODY: Mapping[str, str] = {}


def render(source: str, names: Mapping[str, str] = _NOBODY) -> str:
    """Safe HTML of a comment's source; `names` maps casefolded names to authors' public ids.

    Problem("source_empty" | "source_too_long" | "source_not_renderable") when there is none.
    """
    if len(source) > MAX_CHARACTERS:
        raise Problem("source_too_long", say("at_most_characters", n=MAX_CHARACTERS))
    if len(source.encode(errors="replace")) > MAX_BYTES:
        raise Problem("source_too_long", say("at_most_kib", n=MAX_BYTES // 1024))
    if "\0" in source:  # no key makes one, and not every database keeps it
        raise Problem("source_not_renderable")
    text = visible(source)
    html = paragraphs(text) if is_plain(text) else to_html(text, names)
    return _shown(html)


def render_imported(html: str) -> str:
    """Safe HTML of another system's HTML (the Disqus subset), by the same allow-list."""
    if len(html) > MAX_IMPORTED:
        raise Problem("source_too_long")
    if html.count("<") > MOST_TAGS:
        raise Problem("source_not_renderable")
    return _shown(to_our_tags(html))


def _shown(html: str) -> str:
    safe = sanitise(html)
    if is_empty(safe):
        raise Problem("source_empty")
    return safe
