"""What the iframe shows: the same bytes for every reader, joined from stored fragments."""

import functools
import re
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import rjsmin
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.text import Truncator

from voxpop import cache, ids
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.headers import CONTENT_SECURITY
from voxpop.edge.policy import quietness
from voxpop.errors import Problem
from voxpop.forums.reading import find_forum, frame_ancestors, origins_of
from voxpop.threads import addresses, keys, labels, listing, reading, rules
from voxpop.threads.log import one_snapshot
from voxpop.threads.models import Comment, Thread
from voxpop.threads.reading import ThreadPage
from voxpop.trending.reading import read_trending
from voxpop.words.languages import direction, language_of

from .shell import Shell, script_json, shell_of
from .words import page_words

SCRIPTS = Path(__file__).parent / "static" / "embed"
_AVATAR = re.compile(r"((?:[0-9a-f]{1,5}-){0,2})(\d{1,3})")


@shared("thread_page")
def thread_page(asked: Asked, forum: str) -> Snapshot:
    """The iframe's first page. A thread that nobody has written in has a page too, and no row."""
    known = asked.known
    try:
        shell = shell_of(forum, known.get("lang"), known.get("sort"))
    except Problem as problem:
        if problem.code != "forum_unknown":
            raise
        return _nothing_here(known.get("lang"))
    if "i" in known and "u" in known:
        raise Problem("bad_request", "Name the thread by `i` or by `u`, not by both.")
    kind, value = addresses.alias_of(known.get("i"), known.get("u"))
    name = {"i": value} if kind == "i" else {"u": known["u"]}
    with one_snapshot():
        thread = reading.thread_by_alias(shell.forum.id, kind, value)
        public_id = thread.public_id if thread else addresses.thread_public_id(forum, kind, value)
        version = _version(shell, thread)
        key = f"page {public_id} {version} {name}"
        body = cache.get(key) or cache.set(key, _page(shell, thread, public_id, name))
    return _snapshot(body, shell, thread, public_id, version)


def _page(shell: Shell, thread: Thread | None, public_id: str, name: dict[str, str]) -> bytes:
    page = reading.read_thread(thread, sort=shell.sort) if thread else None
    return shell.filled(**_holes(shell, thread, public_id, page, name))


@shared("thread_more")
def more(asked: Asked, forum: str, thread: str) -> Snapshot:
    """The next page of a thread."""
    known = asked.known
    shell = shell_of(forum, known.get("lang"), known.get("sort"))
    with one_snapshot():
        found = _thread_of(shell, thread)
        page = reading.read_thread(found, sort=shell.sort, after=known.get("after"))
    return _snapshot(rows_of(page, shell), shell, found, thread, _version(shell, found))


@shared("thread_branch")
def branch(asked: Asked, forum: str, thread: str) -> Snapshot:
    """More replies under one comment."""
    known = asked.known
    shell = shell_of(forum, known.get("lang"), None)
    with one_snapshot():
        found = _thread_of(shell, thread)
        comment = reading.shown_comment(found, ids.private(known.get("comment", "")))
        if comment is None:
            raise Missing(keys.worn_by_missing_thread(thread), found.seq)
        page = reading.read_branch(found, comment, after=known.get("after"))
    rest = _gap(shell, comment.id, page.next, 0) if page.next else b""
    return _snapshot(rows_of(page, shell, rest), shell, found, thread, _version(shell, found))


@shared("thread_around")
def around(asked: Asked, forum: str, thread: str) -> Snapshot:
    """The page that holds one comment, named by its id or by the one it was imported with."""
    known = asked.known
    shell = shell_of(forum, known.get("lang"), None)
    with one_snapshot():
        found = _thread_of(shell, thread)
        comment = _comment_of(found, known.get("comment", ""))
        page = reading.read_around(found, comment)
    rest = _gap(shell, comment.root_id, page.next, 0) if page.next else b""
    target = b'<a id="target" data-id="%s" hidden></a>' % ids.public(comment.id).encode()
    body = target + rows_of(page, shell, rest)
    return _snapshot(body, shell, found, thread, _version(shell, found))


@shared("widget")
def widget(asked: Asked, forum: str) -> Snapshot:
    """A forum's newest comments, or the threads that people talk in."""
    known = asked.known
    found = find_forum(forum)
    language = language_of(known.get("lang"), found.language)
    is_trending = known.get("kind") == "trending"
    context = {
        "language": language,
        "direction": direction(language),
        "w": page_words(language),
        "is_trending": is_trending,
        "threads": read_trending(found) if is_trending else [],
        "comments": [] if is_trending else [_said(c) for c in listing.read_recent(found)[:8]],
        "facts": script_json(
            {"forum": forum, "language": language, "origins": origins_of(found)}
        ).decode(),
    }
    return Snapshot(
        render_to_string("embed/widget.html", context).encode(),
        keys=[keys.forum_key(forum), keys.settings_key(forum)],
        quietness=0,
        headers={"Content-Security-Policy": f"{CONTENT_SECURITY}; {frame_ancestors(found)}"},
    )


@shared("avatar")
def avatar(asked: Asked, key: str) -> Snapshot:
    """An author's picture, drawn from its own address: letters and a hue."""
    match = _AVATAR.fullmatch(key)
    if match is None:
        raise Problem("not_found")
    points = [int(letter, 16) for letter in match[1].split("-") if letter]
    letters = "".join(chr(point) for point in points if chr(point).isalnum())
    return Snapshot(
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
            f'<rect width="40" height="40" fill="hsl({int(match[2]) % 360} 45% 42%)"/>'
            '<text x="20" y="20" dy=".36em" fill="#fff" font-family="system-ui,sans-serif"'
            f' font-size="16" font-weight="600" text-anchor="middle">{escape(letters)}</text></svg>'
        ).encode()
    )


@shared("embed_script")
def embed_script(asked: Asked) -> Snapshot:
    """The loader itself: a stub that loads it would cost every first visit a round trip."""
    return Snapshot(minified("loader.js"))


@shared("count_script")
def count_script(asked: Asked) -> Snapshot:
    return Snapshot(minified("count.js"))


@functools.cache
def minified(name: str) -> bytes:
    """One of our scripts as it is sent."""
    return str(rjsmin.jsmin((SCRIPTS / name).read_text(encoding="utf-8"))).encode()


def rows_of(page: ThreadPage, shell: Shell, rest: bytes = b"") -> bytes:
    """The page's fragments in the shell's language, with the gaps between them marked."""
    pieces: list[bytes] = []
    for row in page.rows:
        pieces.append(row.content)
        if row.more:
            pieces.append(_gap(shell, row.root_id, row.more_after, row.more))
    pieces.append(rest)
    if page.next and not rest:
        pieces.append(
            b'<nav class="more" data-after="%s"><a href="/t/%s/?sort=%s&amp;after=%s"'
            b' target="_blank" data-act="more">%s</a></nav>'
            % (
                after := page.next.encode(),
                page.thread.public_id.encode(),
                page.sort.encode(),
                after,
                shell.more,
            )
        )
    return labels.worded(b"".join(pieces), shell.labels)


def _gap(shell: Shell, root_id: int, after: str, count: int) -> bytes:
    """Where replies are left out: a button that fetches them."""
    return (
        b'<div class="gap" data-root="%s" data-after="%s"><button data-act="branch">%s%s</button>'
        b"</div>"
        % (
            ids.public(root_id).encode(),
            after.encode(),
            shell.more_replies,
            b" <span>%d</span>" % count if count else b"",
        )
    )


def _holes(
    shell: Shell,
    thread: Thread | None,
    public_id: str,
    page: ThreadPage | None,
    name: dict[str, str],
) -> dict[str, bytes]:
    """What differs from thread to thread, ready to stand in the page."""
    query = escape(urlencode(name)).encode()
    is_locked = thread is not None and (thread.is_locked or rules.is_closed(shell.forum, thread))
    count = thread.comment_count if thread else 0
    facts = {
        "thread": public_id,
        "query": name,
        "seq": page.seq if page else 0,
        "count": count,
        "locked": is_locked,
        "pinned": ids.public(thread.pinned_id) if thread and thread.pinned_id else None,
        "next": page.next if page else None,
    }
    return {
        "thread": public_id.encode(),
        "query": b"?" + query,
        "query_and": b"?" + query + b"&amp;sort=",
        "facts": script_json(facts),
        "comments": rows_of(page, shell) if page else b"",
        "count": str(count).encode(),
        "locked": b"locked" if is_locked else b"",
    }


def _version(shell: Shell, thread: Thread | None) -> str:
    """Names the bytes of a page among all that its address ever showed."""
    is_open = thread is None or not rules.is_closed(shell.forum, thread)
    return f"{thread.seq if thread else 0}-{shell.version}-{shell.sort}-{int(is_open)}"


def _snapshot(
    body: bytes, shell: Shell, thread: Thread | None, public_id: str, version: str
) -> Snapshot:
    return Snapshot(
        body,
        keys=keys.worn_by_thread(public_id, shell.forum.shortname),
        seq=thread.seq if thread else 0,
        quietness=quietness(reading.quietness(thread)),
        version=version,
        headers={"Content-Security-Policy": shell.security, "Content-Language": shell.language},
    )


def _thread_of(shell: Shell, public_id: str) -> Thread:
    thread = reading.thread_by_public_id(public_id, shell.forum.id)
    if thread is None:
        raise Missing(keys.worn_by_missing_thread(public_id))
    return thread


def _comment_of(thread: Thread, name: str) -> Comment:
    """The comment of this id, ours or the one it had before it was imported."""
    comment = reading.shown_comment(thread, ids.private(name))
    if comment is None and name:
        imported = Comment.objects.filter(forum_id=thread.forum_id, imported_id=name)
        comment = imported.filter(thread=thread, is_shown=True).first()
    if comment is None:
        raise Missing(keys.worn_by_missing_thread(thread.public_id), thread.seq)
    return comment


def _said(comment: dict[str, Any]) -> dict[str, Any]:
    """A recent comment and the beginning of what it says, as plain text."""
    return {**comment, "said": Truncator(unescape(strip_tags(comment["html"]))).chars(140)}


def _nothing_here(language: str | None) -> Snapshot:
    """The page for a forum that is not there: it says what to do and can do nothing."""
    code = language_of(language)
    context = {
        "language": code,
        "direction": direction(code),
        "w": page_words(code),
    }
    return Snapshot(
        render_to_string("embed/unknown.html", context).encode(),
        status=404,
        headers={"Content-Security-Policy": f"{CONTENT_SECURITY}; frame-ancestors *"},
    )
