"""The shell of an embed page: everything but the thread, made once per forum, language and sort.

A Django template of a page costs milliseconds and says the same for every thread of a forum. So it
is rendered with holes, kept as bytes, and a request only fills the holes.
"""

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.template.loader import render_to_string

from voxpop.edge.headers import CONTENT_SECURITY
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Sort
from voxpop.forums.reading import find_forum, frame_ancestors, origins_of
from voxpop.rows import look_up
from voxpop.threads import labels
from voxpop.words.languages import direction, language_of

from .words import page_words, script_words

HOLES = ("thread", "query", "query_and", "facts", "comments", "count", "locked")
_MARK = "\x1e{}\x1e"


@dataclass(frozen=True)
class Shell:
    """A forum's page in one language, and what else its answers are dressed in."""

    forum: Forum
    language: str
    sort: str
    pieces: tuple[bytes, ...]  # bytes and names of holes by turns
    labels: Mapping[bytes, bytes]
    security: str
    more: bytes
    more_replies: bytes
    version: str  # changes with anything that the shell puts into a page

    def filled(self, **values: bytes) -> bytes:
        """The page."""
        pieces = list(self.pieces)
        pieces[1::2] = [values[name.decode()] for name in pieces[1::2]]
        return b"".join(pieces)


def shell_of(shortname: str, language: str | None, sort: str | None) -> Shell:
    """The forum's shell as it is now; one query. Raises Problem("forum_unknown", "bad_request")."""
    # Sites are counted as well: whoever adds one need not know of this cache.
    state = look_up(
        "SELECT f.id, f.revision, COUNT(s.id), MAX(s.id) FROM forums_forum f"
        " LEFT JOIN forums_site s ON s.forum_id = f.id WHERE f.shortname = %s GROUP BY f.id",
        [shortname],
    )
    if not state:
        raise Problem("forum_unknown")
    return _made(shortname, state[0], language, sort)


@functools.lru_cache(maxsize=512)
def _made(shortname: str, state: tuple[int, ...], language: str | None, sort: str | None) -> Shell:
    """`state` is not read: it makes a changed forum another entry of the cache."""
    forum = find_forum(shortname)
    code = language_of(language, forum.language)
    if sort is not None and sort not in Sort.values:
        raise Problem("bad_request", f"`sort` is one of {', '.join(Sort.values)}.")
    chosen = sort or forum.sort
    words = page_words(code)
    html = render_to_string("embed/thread.html", _context(forum, code, chosen, words))
    pieces = re.split("\x1e(\\w+)\x1e", re.sub(r"\s*\n\s*", "\n", html))
    worded = labels.escaped_labels(code, forum.reply_label)
    return Shell(
        forum=forum,
        language=code,
        sort=chosen,
        pieces=tuple(piece.encode() for piece in pieces),
        labels=worded,
        security=f"{CONTENT_SECURITY}; {frame_ancestors(forum)}",
        more=words["more"].encode(),
        more_replies=words["more_replies"].encode(),
        version=hashlib.blake2b(f"{forum.id}{html}{worded}".encode(), digest_size=6).hexdigest(),
    )


def _context(forum: Forum, language: str, sort: str, words: dict[str, str]) -> dict[str, Any]:
    facts = {
        "forum": forum.shortname,
        "sort": sort,
        "language": language,
        "defaults": {"sort": forum.sort, "language": language_of(forum.language)},
        "origins": origins_of(forum),
        "settings": {
            "votes": forum.vote_mode,
            "guest_proof": forum.guest_proof,
            "guests": forum.takes_guests,
            "name": forum.name,
            "sso": forum.sso,
            "sso_door": bool(forum.sso_address),
            "edit_minutes": forum.edit_minutes,
            "depth": forum.depth_shown,
            "placeholder": forum.placeholder or words["write"],
            "post_label": forum.post_label,
        },
        "labels": labels.labels(language, forum.reply_label),
        "words": script_words(language),
    }
    return {
        "forum": forum,
        "language": language,
        "direction": direction(language),
        "sort": sort,
        "sorts": [(name, words[name]) for name in Sort.values],
        "w": words,
        "write_words": f"embed/write/words/{language}.json",
        "buttons": labels.button_names(language),
        "reply": labels.labels(language, forum.reply_label)[labels.REPLY],
        "accent": forum.accent if re.fullmatch(r"#[0-9a-fA-F]{3,8}", forum.accent) else "",
        "facts": script_json(facts).decode(),
        "hole": {name: _MARK.format(name) for name in HOLES},
    }


def script_json(facts: Any) -> bytes:
    """JSON that can stand inside a script element."""
    return orjson.dumps(facts).replace(b"<", b"\\u003c")
