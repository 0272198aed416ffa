"""oEmbed: what another's page shows in the place of a link to a comment or a thread of ours."""

import re
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.policy import quietness
from voxpop.errors import Problem
from voxpop.forums.rules import is_known_origin
from voxpop.pages.comment import (
    FRAME_WIDTH,
    Shared,
    find_shared,
    frame_code,
    frame_height,
)
from voxpop.pages.drawing.card import HEIGHT, WIDTH
from voxpop.pages.pictures import has_picture
from voxpop.pages.thread_shared import FRAME_HEIGHT
from voxpop.pages.thread_shared import frame_code as thread_code
from voxpop.plaintext import visible
from voxpop.threads import keys, reading
from voxpop.threads.addresses import MAX_URL
from voxpop.threads.models import Thread

# A comment by our own addresses of it, or by its place on the publisher's page.
_COMMENT = re.compile(r"/c/(\w{1,20})/?")
_THREAD = re.compile(r"/t/(\w{1,40})/?")
_PLACE = re.compile(r"voxpop-(\w{1,20})")
NARROWEST = 220
# Seconds for which whoever embeds may keep it; the frame itself is as it is now.
CACHE_AGE = 3600


@shared("oembed")
def oembed(asked: Asked) -> Snapshot:
    """The answer for `url`, which is an address of ours, or a publisher's with our mark in it."""
    known = asked.known
    if known.get("format", "json") != "json":
        raise Problem("bad_request", "Only format=json is made here.")
    most = _most(known.get("maxwidth"), FRAME_WIDTH), _most(known.get("maxheight"), 10_000)
    kind, name = _named(known.get("url", ""))
    if kind == "thread":
        return _of_thread(name, *most)
    found = find_shared(name)
    if found is None or not _is_its_page(found, known["url"]):
        raise Missing(keys.worn_by_missing_comment(name))
    return Snapshot(orjson.dumps(_of_comment(found, *most)), **found.worn())


def _named(url: str) -> tuple[str, str]:
    """Which comment or thread an address names. Raises Problem where it is none of ours."""
    if not url or len(url) > MAX_URL:
        raise Problem("bad_request", "`url` is the address of a comment or of a thread.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Problem("not_found") from None
    if f"{parts.scheme}://{parts.netloc}" == settings.HOST:
        if found := _COMMENT.fullmatch(parts.path):
            return "comment", found[1]
        if found := _THREAD.fullmatch(parts.path):
            return "thread", found[1]
    if found := _PLACE.fullmatch(parts.fragment):
        return "comment", found[1]
    raise Problem("not_found")


def _is_its_page(found: Shared, url: str) -> bool:
    return url.startswith(f"{settings.HOST}/") or is_known_origin(found.forum, url)


def _of_comment(found: Shared, most_wide: int, most_high: int) -> dict[str, Any]:
    width = max(NARROWEST, min(FRAME_WIDTH, most_wide))
    height = min(frame_height(found, width), most_high)
    said: dict[str, Any] = {
        **_about(found.title),
        "type": "rich",
        "author_name": found.face.name,
        "width": width,
        "height": height,
        "html": frame_code(found, width, height),
    }
    if found.face.profile:
        said["author_url"] = f"{settings.HOST}{found.face.profile}"
    if found.has_picture:
        said["thumbnail_url"] = f"{settings.HOST}{found.path}/picture.png"
        said |= {"thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return said


def _of_thread(name: str, most_wide: int, most_high: int) -> Snapshot:
    """What is discussed, in a frame where nothing acts: a whole thread stands on its forum's sites
    only (T09)."""
    thread: Thread | None = reading.thread_by_public_id(name)
    if thread is None:
        raise Missing(keys.worn_by_missing_thread(name))
    width, height = max(NARROWEST, min(FRAME_WIDTH, most_wide)), min(FRAME_HEIGHT, most_high)
    said: dict[str, Any] = {
        **_about(visible(str(thread))),
        "type": "rich",
        "author_name": thread.forum.name,
        "author_url": f"{settings.HOST}/f/{thread.forum.shortname}/",
        "width": width,
        "height": height,
        "html": thread_code(thread, width, height),
    }
    if has_picture(thread):
        said["thumbnail_url"] = f"{settings.HOST}/t/{name}/picture.png"
        said |= {"thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return Snapshot(
        orjson.dumps(said),
        keys=keys.worn_by_thread(thread.public_id, thread.forum.shortname),
        seq=thread.seq,
        quietness=quietness(reading.quietness(thread)),
    )


def _about(title: str) -> dict[str, Any]:
    return {
        "version": "1.0",
        "title": title,
        "provider_name": "Voxpop",
        "provider_url": f"{settings.HOST}/",
        "cache_age": CACHE_AGE,
    }


def _most(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdecimal() or int(text[:6]) == 0:
        raise Problem("bad_request", "maxwidth and maxheight are whole numbers of pixels.")
    return int(text[:6])
