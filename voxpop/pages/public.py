"""A thread's public page: shared, and whole without JavaScript."""

from html import escape
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from voxpop import ids
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.policy import quietness
from voxpop.errors import Problem
from voxpop.forums.models import Sort
from voxpop.forums.rules import is_known_origin
from voxpop.pages.pictures import has_picture
from voxpop.threads import cursors, keys, labels, reading, rules
from voxpop.threads.log import one_snapshot
from voxpop.threads.models import Thread
from voxpop.threads.reading import ThreadPage
from voxpop.words import words
from voxpop.words.languages import direction, language_of

# Besides the sorts of a forum: the rest of one branch (after a place in it), and the page that
# holds one comment (after its id).
BRANCH = "branch"
AROUND = "around"
_END = b"</footer></article>"
_SCHEMA = b' itemscope itemtype="https://schema.org/'
# What a fragment's elements are called in schema.org. A comment's own HTML has none of them: the
# sanitiser leaves neither classes nor these elements.
MICRODATA = (
    (b'<article class="c', b'<article itemprop="comment"' + _SCHEMA + b'Comment" class="c'),
    (
        b'<span class="who"><bdi>',
        b'<span class="who" itemprop="author"' + _SCHEMA + b'Person"><bdi itemprop="name">',
    ),
    (b'<a class="when"', b'<a class="when" itemprop="url"'),
    (b"<time ", b'<time itemprop="dateCreated" '),
    (b'<div class="body" dir="auto">', b'<div class="body" dir="auto" itemprop="text">'),
    (b'<span class="n up">', b'<span class="n up" itemprop="upvoteCount">'),
    (b'<span class="n down">', b'<span class="n down" itemprop="downvoteCount">'),
)


@shared("public_page")
def public_page(asked: Asked, thread: str) -> Snapshot:
    """The discussion by itself; the reply buttons belong to a form that leads to writing."""
    known = asked.known
    with one_snapshot():
        found = reading.thread_by_public_id(thread)
        if found is None:
            # Its first comment purges it, and whoever wrote that is not shown this page again.
            told = "Nobody has written in this discussion yet."
            return missing(told, keys=keys.worn_by_missing_thread(thread), seq=0)
        sort = known.get("sort") or found.forum.sort
        page = _page(found, sort, known.get("after"))
    body = render_to_string("pages/public.html", _context(found, page, sort))
    return Snapshot(
        body.encode(),
        keys=keys.worn_by_thread(thread, found.forum.shortname),
        seq=page.seq,
        quietness=quietness(reading.quietness(found)),
        headers={"Content-Language": language_of(found.forum.language)},
    )


def missing(told: str, **worn: Any) -> Snapshot:
    """The page that says that there is nothing here, and nothing of why."""
    body = render_to_string("pages/missing.html", {"told": told})
    return Snapshot(body.encode(), status=404, **worn)


def _page(thread: Thread, sort: str, after: str | None) -> ThreadPage:
    if sort in Sort.values:
        return reading.read_thread(thread, sort=sort, after=after)
    if sort == AROUND:
        comment = reading.shown_comment(thread, ids.private(after or ""))
        if comment is None:
            worn = keys.worn_by_missing_thread(thread.public_id)
            raise Missing(worn, thread.seq, "This comment is not here any more.")
        return reading.read_around(thread, comment)
    if sort != BRANCH or after is None:
        raise Problem("bad_request", f"`sort` is one of {', '.join(Sort.values)}.")
    place = cursors.unpack(f"{thread.id} branch", after)
    root = reading.shown_comment(thread, int.from_bytes(place[:8], "big"))
    if root is None:
        raise Problem("bad_cursor")
    return reading.read_branch(thread, root, after=after)


def _context(thread: Thread, page: ThreadPage, sort: str) -> dict[str, Any]:
    forum = thread.forum
    language = language_of(forum.language)
    w = words(language)
    is_part = sort in {AROUND, BRANCH}
    return {
        "host": settings.HOST,
        "thread": thread,
        "forum": forum,
        "page_url": thread.url if is_known_origin(forum, thread.url) else "",
        "language": language,
        "direction": direction(language),
        "w": w,
        "sort": sort,
        "sorts": [(name, w[f"sort_{name}"]) for name in Sort.values],
        "is_part": is_part,
        "picture": f"/t/{thread.public_id}/picture.png" if has_picture(thread) else "",
        "is_locked": thread.is_locked or rules.is_closed(forum, thread),
        "next_sort": BRANCH if is_part else sort,
        "next": page.next,
        "comments": mark_safe(_joined(page, language, forum.reply_label, w)),  # noqa: S308
    }


def _joined(page: ThreadPage, language: str, reply: str, w: dict[str, str]) -> str:
    """The stored fragments with a button to answer each, and with their schema.org properties."""
    pieces: list[bytes] = []
    for row in page.rows:
        pieces.append(_answerable(row.content, ids.public(row.id), w["share"]))
        if row.more:
            pieces.append(_gap(page.thread, row.more_after, row.more, w["more_replies"]))
    joined = b"".join(pieces)
    for plain, named in MICRODATA:
        joined = joined.replace(plain, named)
    return labels.worded(joined, labels.escaped_labels(language, reply)).decode()


def _answerable(fragment: bytes, comment: str, share: str) -> bytes:
    if not fragment.endswith(_END):
        return fragment  # a removed comment's place
    acts = (
        f'<button class="b" name="parent" value="{comment}">{labels.REPLY}</button>'
        f'<a class="s" href="/c/{comment}/">{escape(share)}</a>'
    )
    return fragment.removesuffix(_END) + acts.encode() + _END


def _gap(thread: Thread, after: str, count: int, word: str) -> bytes:
    return (
        f'<p class="gap"><a href="/t/{thread.public_id}/?sort={BRANCH}&amp;after={after}">'
        f"{escape(word)} <span>{count}</span></a></p>"
    ).encode()
