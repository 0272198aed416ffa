"""A thread that is shared: the ways to share it, and where a shared link leads."""

from django.conf import settings
from django.template.loader import render_to_string

from voxpop.edge.cached import Asked, Snapshot, shared
from voxpop.edge.policy import quietness
from voxpop.forums.rules import is_known_origin
from voxpop.pages.networks import share_links
from voxpop.pages.public import missing
from voxpop.pages.words import words
from voxpop.plaintext import visible
from voxpop.threads import keys, labels, reading
from voxpop.threads.models import Thread


@shared("thread_share")
def thread_share(asked: Asked, thread: str) -> Snapshot:
    """The ways to share a discussion, without any script."""
    found = reading.thread_by_public_id(thread)
    if found is None:
        return _nothing(thread)
    language = labels.language_of(found.forum.language)
    w = words(language)
    context = {
        "thread": found,
        "host": settings.HOST,
        "language": language,
        "direction": "rtl" if language in labels.RIGHT_TO_LEFT else "ltr",
        "w": w,
        "path": f"/t/{thread}/",
        "links": share_links(f"/t/{thread}/visit", visible(str(found)), w["mail"]),
    }
    return Snapshot(
        render_to_string("pages/thread_share.html", context).encode(),
        keys=keys.worn_by_thread(thread, found.forum.shortname),
        seq=found.seq,
        quietness=quietness(reading.quietness(found)),
        headers={"Content-Language": language},
    )


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


def _place(thread: Thread) -> str:
    is_on_site = is_known_origin(thread.forum, thread.url)
    return thread.url if is_on_site else f"/t/{thread.public_id}/"


def _nothing(thread: str) -> Snapshot:
    told = "Nobody has written in this discussion yet."
    return missing(told, keys=keys.worn_by_missing_thread(thread), seq=0)
