"""JSON that everybody may have: each answer is a snapshot, each is listed in `READS`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from django.http import HttpResponse
from ninja import Schema

from voxpop import __version__, cache, ids
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.policy import COUNTS_BUSY_WITHIN, quietness
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Sort
from voxpop.forums.reading import find_forum
from voxpop.threads import addresses, keys, listing, reading, schemas, tail
from voxpop.threads.log import one_snapshot
from voxpop.threads.models import Thread
from voxpop.threads.shapes import STORED, joined_shape

MOST_COUNTS = 50


@dataclass(frozen=True)
class Read:
    """One shared JSON route: where it is, who makes it, what it answers (for OpenAPI)."""

    path: str
    view: Callable[..., HttpResponse]
    answer: type[Schema]
    summary: str


@shared("forum_json")
def forum(asked: Asked, forum: str) -> Snapshot:
    found = find_forum(forum)
    return Snapshot(
        orjson.dumps(listing.forum_shape(found)), keys=[keys.settings_key(found.shortname)]
    )


@shared("thread_lookup_json")
def thread_lookup(asked: Asked, forum: str) -> Snapshot:
    """The thread of a page; before its first comment its computed id and nothing in it."""
    found = find_forum(forum)
    known = asked.known
    kind, value = addresses.alias_of(known.get("identifier"), known.get("url"))
    thread = reading.thread_by_alias(found.id, kind, value)
    public_id = (
        thread.public_id if thread else addresses.thread_public_id(found.shortname, kind, value)
    )
    return _of_thread(listing.thread_shape(thread, public_id, found), thread, public_id, found)


@shared("thread_json")
def thread(asked: Asked, thread: str) -> Snapshot:
    found = reading.thread_by_public_id(thread)
    if found is None:
        return _missing(thread)
    return _of_thread(listing.thread_shape(found, thread, found.forum), found, thread, found.forum)


@shared("comments_json")
def comments(asked: Asked, thread: str) -> Snapshot:
    known = asked.known
    limit = _limit(known.get("limit"))
    with one_snapshot():
        found = reading.thread_by_public_id(thread)
        if found is None:
            return _missing(thread)
        sort = sort_of(known.get("sort"), found.forum_sort)
        key = f"json {thread} {found.seq} {sort} {limit} {known.get('after', '')}"
        body = cache.get(key)
        if body is None:
            body = cache.set(key, _page_body(found, sort, known.get("after"), limit))
    return Snapshot(
        body,
        keys=keys.worn_by_thread(thread, found.forum_shortname),
        seq=found.seq,
        quietness=quietness(reading.quietness(found)),
        version=f"{found.seq}-{__version__}",
    )


def _page_body(thread: Thread, sort: Sort, after: str | None, limit: int) -> bytes:
    page = reading.read_thread(thread, sort=sort, after=after, limit=limit, columns=STORED)
    public_id = thread.public_id.encode()
    gaps = [
        {"root": ids.public(row.root_id), "more": row.more, "after": row.more_after}
        for row in page.rows
        if row.more
    ]
    return b'{"comments":[%s],"gaps":%s,"next":%s,"seq":%d}' % (
        b",".join([joined_shape(row, public_id) for row in page.rows]),
        orjson.dumps(gaps),
        orjson.dumps(page.next),
        page.seq,
    )


@shared("comment_json")
def comment(asked: Asked, comment: str) -> Snapshot:
    found = listing.shown_comment(ids.private(comment))
    if found is None:
        raise Missing(keys.worn_by_missing_comment(comment))
    place = found.thread
    return _of_thread(listing.comment_shape(found), place, place.public_id, place.forum)


@shared("recent_json")
def recent(asked: Asked, forum: str) -> Snapshot:
    found = find_forum(forum)
    body = {"comments": listing.read_recent(found)}
    return Snapshot(orjson.dumps(body), keys=[keys.forum_key(forum)], quietness=0)


@shared("counts_json")
def counts(asked: Asked, forum: str) -> Snapshot:
    """Counts of many pages at once.

    Where people talk at this moment they may be a minute old; elsewhere a comment purges them.
    """
    found = find_forum(forum)
    known = asked.known
    identifiers, urls = _list(known.get("identifiers")), _list(known.get("urls"))
    if len(identifiers) + len(urls) > MOST_COUNTS:
        raise Problem("bad_request", f"Ask for at most {MOST_COUNTS} counts at once.")
    body = orjson.dumps(listing.read_counts(found, identifiers, urls))
    if listing.is_commented_within(found, COUNTS_BUSY_WITHIN):
        return Snapshot(body, quietness=0)
    return Snapshot(body, keys=[keys.forum_key(forum)], quietness=2)


@shared("tail")
def events(asked: Asked, thread: str) -> Snapshot:
    """The tail (DESIGN 1). `hold=1` is the holder's business; here no news is an answer."""
    known = asked.known
    after = known.get("after", "")
    if not after.isdecimal() or len(after) > 18:
        raise Problem("bad_request", "`after` is the place to go on from: a whole number.")
    found = reading.thread_by_public_id(thread)
    if found is None and not keys.is_thread_id(thread):
        raise Problem("not_found")
    answer = tail.read_tail(found, int(after))
    mode = tail.mode(found)
    body: dict[str, Any] = {
        "events": answer.events,
        "seq": answer.seq,
        "count": answer.count,
        "mode": mode,
        "wait": tail.WAIT[mode],
    }
    if answer.is_reset:
        body["reset"] = True
    return Snapshot(
        orjson.dumps(body),
        keys=[keys.tail_key(thread)],
        seq=answer.seq,
        quietness=quietness(reading.quietness(found)),
        # A copy that says `live` of a thread that no longer is would send its readers to be held.
        ttl=tail.stays_live_for(found),
    )


READS = (
    Read("threads/<thread>/events", events, schemas.TailOut, "What happened after a place"),
    Read("threads/<thread>/comments", comments, schemas.CommentsOut, "A page of comments"),
    Read("threads/<thread>", thread, schemas.ThreadOut, "A thread"),
    Read("comments/<comment>", comment, schemas.CommentOut, "A comment"),
    Read("forums/<forum>/counts", counts, schemas.CountsOut, "Counts of many pages"),
    Read("forums/<forum>/threads", thread_lookup, schemas.ThreadOut, "The thread of a page"),
    Read("forums/<forum>/comments", recent, schemas.RecentOut, "The newest comments of a forum"),
    Read("forums/<forum>", forum, schemas.ForumOut, "A forum"),
)


def sort_of(text: str | None, default: str) -> Sort:
    """The asked order, else the forum's own. An unknown one is refused (SAFETY R23)."""
    if text is None:
        return Sort(default)
    if text not in Sort.values:
        raise Problem("bad_request", f"`sort` is one of {', '.join(Sort.values)}.")
    return Sort(text)


def _limit(text: str | None) -> int:
    if text is None:
        return reading.PAGE
    if not text.isdecimal() or not 1 <= int(text[:4]) <= reading.LARGEST_PAGE:
        raise Problem("bad_request", f"`limit` is a whole number up to {reading.LARGEST_PAGE}.")
    return int(text)


def _list(text: str | None) -> list[str]:
    return [unquote(part) for part in text.split(",") if part] if text else []


def _missing(public_id: str) -> Snapshot:
    """There is no such thread yet; whoever writes its first comment is not told so again."""
    return Snapshot(
        orjson.dumps(Problem("not_found").body()),
        keys=keys.worn_by_missing_thread(public_id),
        seq=0,
        content_type="application/problem+json",
        status=404,
    )


def _of_thread(
    body: dict[str, Any],
    thread: Thread | None,
    public_id: str,
    forum: Forum,
) -> Snapshot:
    return Snapshot(
        orjson.dumps(body),
        keys=keys.worn_by_thread(public_id, forum.shortname),
        seq=thread.seq if thread else 0,
        quietness=quietness(reading.quietness(thread)),
    )
