"""What networks show of a comment or a thread, drawn: each once for the same words."""

import re
from urllib.parse import urlsplit

from voxpop import cache
from voxpop.accounts import avatars
from voxpop.forums.models import Forum
from voxpop.forums.rules import is_known_origin
from voxpop.pages.drawing.card import Said, draw, is_drawable
from voxpop.plaintext import visible
from voxpop.threads.models import Thread
from voxpop.words import words
from voxpop.words.languages import language_of

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def drawn(said: Said) -> bytes | None:
    """The picture of it. The same words are the same picture, however often its thread moves."""
    key = f"picture {said}"
    body = cache.get(key) or draw(said)
    return None if body is None else cache.set(key, body)


def of_thread(thread: Thread) -> Said:
    """In the places of a comment's: the forum says its thread's title, and how much was said."""
    forum = thread.forum
    w = words(language_of(forum.language))
    is_on_site = is_known_origin(forum, thread.url)
    return Said(
        name=forum.name,
        initials=avatars.initials(forum.name),
        hue=avatars.hue(forum.id),
        text=visible(str(thread)),
        title=f"{w['comments']}: {thread.comment_count}",
        forum=(urlsplit(thread.url).hostname or "") if is_on_site else "",
        accent=accent_of(forum),
    )


def has_picture(thread: Thread) -> bool:
    """Not a sensitive one: others' pages would show it to who did not ask."""
    return not thread.is_sensitive and is_drawable(of_thread(thread))


def accent_of(forum: Forum) -> str:
    """The forum's colour, where a pen knows it."""
    return forum.accent if _COLOUR.fullmatch(forum.accent) else ""
