"""A shared thread: how, where its link leads, its frame on others' pages, its picture."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from voxpop import ids
from voxpop.analytics.referrals import Way
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.policy import quietness
from voxpop.forums.models import Sort
from voxpop.forums.rules import is_known_origin
from voxpop.pages.comment import FRAME_SECURITY, FRAME_WIDTH, Shared, find_shared
from voxpop.pages.networks import share_links
from voxpop.pages.pictures import drawn, of_thread
from voxpop.pages.public import missing
from voxpop.plaintext import visible
from voxpop.threads import keys, reading
from voxpop.threads.log import one_snapshot
from voxpop.threads.models import Thread
from voxpop.words import words
from voxpop.words.languages import direction, language_of

FRAME_HEIGHT = 320


@shared("thread_share")
def thread_share(asked: Asked, thread: str) -> Snapshot:
    """The ways to share a discussion, whole without the script that opens a device's own sheet."""
    found = reading.thread_by_public_id(thread)
    if found is None:
        return _nothing(thread)
    w = words(_language(found))
    context = {
        **_context(found),
        "path": f"/t/{thread}/",
        "sheet": f"{settings.HOST}/t/{thread}/visit?from={Way.SHEET}",
        "links": share_links(f"/t/{thread}/visit", visible(str(found)), w["email"]),
        "code": frame_code(found),
    }
    body = render_to_string("pages/thread_share.html", context)
    return Snapshot(body.encode(), **_worn(found))


@shared("thread_link")
def thread_link(asked: Asked, thread: str) -> Snapshot:
    """Leads to the publisher's page, or to ours where its site is not known. Networks follow it and
    read what that page says of itself. `from` is counted where views are (analytics)."""
    found = reading.thread_by_public_id(thread)
    if found is None:
        return _nothing(thread)
    return Snapshot(
        b"",
        status=302,
        keys=keys.worn_by_thread(thread, found.forum.shortname),
        seq=found.seq,
        headers={"Location": _place(found)},
    )


@shared("thread_frame")
def thread_frame(asked: Asked, thread: str) -> Snapshot:
    """What is discussed, and the best that was said of it, for a frame on anybody's page: as in the
    frame of a comment nothing acts, and the thread is a link."""
    with one_snapshot():
        found = reading.thread_by_public_id(thread)
        best = None if found is None else _best(found)
    if found is None:
        nothing = _nothing(thread)
        nothing.headers["Content-Security-Policy"] = FRAME_SECURITY
        return nothing
    context = {**_context(found), "shared": best, "way": Way.EMBED}
    if best is not None:
        context["html"] = mark_safe(best.comment.html)  # noqa: S308 - sanitised when written
    answer = Snapshot(render_to_string("pages/thread_frame.html", context).encode(), **_worn(found))
    answer.headers["Content-Security-Policy"] = FRAME_SECURITY
    return answer


@shared("thread_picture")
def thread_picture(asked: Asked, thread: str) -> Snapshot:
    """The thread drawn, where its letters can be."""
    found = reading.thread_by_public_id(thread)
    if found is None or found.is_sensitive:
        raise Missing(keys.worn_by_missing_thread(thread))
    body = drawn(of_thread(found))
    worn = _worn(found)
    if body is None:
        raise Missing(worn["keys"], found.seq)
    return Snapshot(body, content_type="image/png", **worn)


def frame_code(thread: Thread, width: int = FRAME_WIDTH, height: int = FRAME_HEIGHT) -> str:
    """What somebody pastes into his page to show that there is this discussion."""
    src = f"{settings.HOST}/t/{thread.public_id}/frame"
    context = {"src": src, "title": visible(str(thread)), "width": width, "height": height}
    return render_to_string("pages/frame_code.html", context).strip()


def _best(thread: Thread) -> Shared | None:
    """What stands first in it and is published. Nothing of a sensitive one is shown elsewhere."""
    if thread.is_sensitive:
        return None
    for row in reading.read_thread(thread, sort=Sort.BEST).rows:
        if found := find_shared(ids.public(row.id)):
            return found
    return None


def _context(thread: Thread) -> dict[str, Any]:
    language = _language(thread)
    return {
        "thread": thread,
        "host": settings.HOST,
        "language": language,
        "direction": direction(language),
        "w": words(language),
    }


def _worn(thread: Thread) -> dict[str, Any]:
    return {
        "keys": keys.worn_by_thread(thread.public_id, thread.forum.shortname),
        "seq": thread.seq,
        "quietness": quietness(reading.quietness(thread)),
        "headers": {"Content-Language": _language(thread)},
    }


def _language(thread: Thread) -> str:
    return language_of(thread.forum.language)


def _place(thread: Thread) -> str:
    is_on_site = is_known_origin(thread.forum, thread.url)
    return thread.url if is_on_site else f"/t/{thread.public_id}/"


def _nothing(thread: str) -> Snapshot:
    told = "Nobody has written in this discussion yet."
    return missing(told, keys=keys.worn_by_missing_thread(thread), seq=0)
