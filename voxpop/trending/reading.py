"""The warmest threads of a forum, and of all forums that are listed in the network."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from voxpop.forums.models import Forum
from voxpop.forums.origins import origin_of
from voxpop.forums.reading import origins_of
from voxpop.threads.listing import thread_shape
from voxpop.threads.models import Thread
from voxpop.trending.heat import WINDOW, heat_at
from voxpop.trending.models import Heat

OF_FORUM = 10
OF_NETWORK = 20
# The network's page is seen by those who know none of the sites: what a few say to each other is
# not for it. One site fills at most so much of it.
NETWORK_PEOPLE = 3
NETWORK_SCORE = 1.0
OF_ONE_FORUM = 5
LOOKED_AT = 200


@dataclass(frozen=True)
class Warm:
    """A thread that people take part in, and where it is read."""

    thread: Thread
    url: str
    people: int
    voters: int
    newest: datetime


def warm_of_forum(forum: Forum) -> list[Warm]:
    """The forum's warmest threads, warmest first; none that moderators marked as sensitive."""
    origins = origins_of(forum)
    rows = _offered().filter(forum=forum).select_related("thread").order_by("-heat")[:OF_FORUM]
    for row in rows:
        row.thread.forum = forum
    return [_warm(row, origins) for row in rows]


def warm_of_network() -> list[Warm]:
    """The warmest threads of all listed forums."""
    rows = (
        _offered()
        .filter(forum__is_listed=True, people__gte=NETWORK_PEOPLE)
        .filter(heat__gte=heat_at(NETWORK_SCORE, timezone.now()))
        .select_related("thread__forum")
        .prefetch_related("thread__forum__sites")
        .order_by("-heat")[:LOOKED_AT]
    )
    shown: list[Warm] = []
    of_forum: dict[int, int] = {}
    for row in rows:
        of_forum[row.forum_id] = of_forum.get(row.forum_id, 0) + 1
        if of_forum[row.forum_id] <= OF_ONE_FORUM and len(shown) < OF_NETWORK:
            shown.append(_warm(row, [site.origin for site in row.thread.forum.sites.all()]))
    return shown


def read_trending(forum: Forum) -> list[dict[str, Any]]:
    """The same of a forum as JSON."""
    return [
        {
            **thread_shape(warm.thread, warm.thread.public_id, forum),
            "url": warm.url,
            "people": warm.people,
            "voters": warm.voters,
        }
        for warm in warm_of_forum(forum)
    ]


def read_network() -> list[dict[str, Any]]:
    """The same of the network. How many comments a thread has is not told: nothing but time makes
    this list old (docs/decisions/0190)."""
    return [
        {
            "id": warm.thread.public_id,
            "title": warm.thread.title,
            "url": warm.url,
            "forum": warm.thread.forum.shortname,
            "forum_name": warm.thread.forum.name,
            "people": warm.people,
            "voters": warm.voters,
        }
        for warm in warm_of_network()
    ]


def page_of(thread: Thread, origins: Collection[str]) -> str:
    """Where people read it: the publisher's page, or ours where its site is not known (T14)."""
    if origin_of(thread.url) in origins:
        return thread.url
    return f"{settings.HOST}/t/{thread.public_id}/"


def _offered() -> QuerySet[Heat]:
    """What may be offered to those who did not ask for it."""
    return Heat.objects.filter(thread__is_sensitive=False, newest__gte=timezone.now() - WINDOW)


def _warm(row: Heat, origins: Collection[str]) -> Warm:
    return Warm(row.thread, page_of(row.thread, origins), row.people, row.voters, row.newest)
