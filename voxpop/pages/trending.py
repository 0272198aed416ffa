"""What people talk in now, of one forum and of all that are listed: shared pages and feeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import override

from voxpop.edge.cached import Asked, Snapshot, shared
from voxpop.forums.models import Forum
from voxpop.forums.reading import find_forum
from voxpop.plaintext import drop_unseen
from voxpop.threads import keys
from voxpop.threads.shapes import rfc3339
from voxpop.trending.reading import Warm, warm_of_forum, warm_of_network
from voxpop.words import words
from voxpop.words.languages import direction, language_of


@dataclass(frozen=True)
class Listing:
    """Warm threads and what they are warm in, before they are written in one form or another."""

    title: str
    path: str  # of the page
    feed: str  # of its feeds, without the ending
    language: str
    threads: Sequence[Warm]
    worn: tuple[str, ...]
    forum: Forum | None = None


@shared("forum_page")
def forum_page(asked: Asked, forum: str) -> Snapshot:
    """A forum's warmest threads, and where its feeds are."""
    return _page(_of_forum(forum))


@shared("forum_trending_atom")
def forum_trending_atom(asked: Asked, forum: str) -> Snapshot:
    return _atom(_of_forum(forum))


@shared("forum_trending_json_feed")
def forum_trending_json_feed(asked: Asked, forum: str) -> Snapshot:
    return _json_feed(_of_forum(forum))


@shared("network_page")
def network_page(asked: Asked) -> Snapshot:
    """The warmest threads of all listed forums."""
    return _page(_of_network())


@shared("network_atom")
def network_atom(asked: Asked) -> Snapshot:
    return _atom(_of_network())


@shared("network_json_feed")
def network_json_feed(asked: Asked) -> Snapshot:
    return _json_feed(_of_network())


def _of_forum(shortname: str) -> Listing:
    forum = find_forum(shortname)
    language = language_of(forum.language)
    return Listing(
        title=f"{words(language)['discussed_now']} · {forum.name}",
        path=f"/f/{shortname}/",
        feed=f"/f/{shortname}/trending",
        language=language,
        threads=warm_of_forum(forum),
        worn=(keys.forum_key(shortname), keys.settings_key(shortname)),
        forum=forum,
    )


def _of_network() -> Listing:
    return Listing(
        title=words("en")["discussed_now"],
        path="/trending/",
        feed="/trending/feed",
        language="en",
        threads=warm_of_network(),
        worn=(keys.NETWORK_KEY,),
    )


def _page(listing: Listing) -> Snapshot:
    context = {
        "listing": listing,
        "direction": direction(listing.language),
        "w": words(listing.language),
    }
    body = render_to_string("pages/trending.html", context)
    return Snapshot(
        body.encode(),
        keys=listing.worn,
        quietness=0,
        headers={"Content-Language": listing.language},
    )


class _Atom(Atom1Feed):
    """Django's takes the time of day for that of an empty feed."""

    def latest_post_date(self) -> datetime:
        updated: datetime = self.feed["updated"]
        return updated


def _atom(listing: Listing) -> Snapshot:
    begun = listing.forum.created if listing.forum else datetime.fromisoformat("2026-01-01T00:00Z")
    atom = _Atom(
        title=drop_unseen(listing.title),
        link=f"{settings.HOST}{listing.path}",
        description=None,
        language=listing.language,
        feed_url=f"{settings.HOST}{listing.feed}.atom",
        updated=max([begun, *(warm.newest for warm in listing.threads)]),
    )
    for warm in listing.threads:
        atom.add_item(
            title=drop_unseen(str(warm.thread)),
            link=warm.url,
            description=_told(warm, listing),
            author_name=drop_unseen(warm.thread.forum.name),
            pubdate=warm.thread.created,
            updateddate=warm.newest,
            unique_id=_id(warm),
        )
    with override(None):  # the language of who asks first is nobody's
        return Snapshot(atom.writeString("utf-8").encode(), keys=listing.worn, quietness=0)


def _json_feed(listing: Listing) -> Snapshot:
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": drop_unseen(listing.title),
        "home_page_url": f"{settings.HOST}{listing.path}",
        "feed_url": f"{settings.HOST}{listing.feed}.json",
        "language": listing.language,
        "items": [
            {
                "id": _id(warm),
                "url": warm.url,
                "title": drop_unseen(str(warm.thread)),
                "content_text": _told(warm, listing),
                "date_published": rfc3339(warm.thread.created),
                "date_modified": rfc3339(warm.newest),
                "authors": [{"name": drop_unseen(warm.thread.forum.name)}],
            }
            for warm in listing.threads
        ],
    }
    return Snapshot(orjson.dumps(feed), keys=listing.worn, quietness=0)


def _id(warm: Warm) -> str:
    """Lasting, whatever becomes of the page; a thread that is warm again is the same entry."""
    return f"{settings.HOST}/t/{warm.thread.public_id}/"


def _told(warm: Warm, listing: Listing) -> str:
    return f"{words(listing.language)['taking_part']}: {warm.people}"
