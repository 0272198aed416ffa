"""The one table of cache policy: every shared surface, how long it is kept, its parameters.

The views declare a surface with `@shared(NAME)`; nothing else in the product sets a cache header.
Edge TTLs are caps: an answer is kept until a purge, and at most this long (DESIGN 4).
"""

from dataclasses import dataclass, field

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Surface:
    name: str
    # Edge TTL caps in seconds for a thread that is busy, warm, quiet (see `quietness`).
    edge: tuple[int, int, int]
    browser: int = 0
    # Seconds that a stale copy may be handed out while the backend is sick; healthy grace is 0.2.
    grace: int = DAY
    parameters: frozenset[str] = field(default_factory=frozenset)
    is_json: bool = False
    content_type: str = "text/html; charset=utf-8"


def _surface(
    name: str,
    edge: int | tuple[int, int, int],
    *,
    browser: int = 0,
    grace: int = DAY,
    parameters: str = "",
    content_type: str = "text/html; charset=utf-8",
) -> Surface:
    caps = edge if isinstance(edge, tuple) else (edge, edge, edge)
    return Surface(
        name=name,
        edge=caps,
        browser=browser,
        grace=grace,
        parameters=frozenset(parameters.split()),
        is_json="json" in content_type,
        content_type=content_type,
    )


JSON = "application/json"
ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json"
SCRIPT = "text/javascript; charset=utf-8"
# Any change purges, and a node that missed a purge trusts nothing older than ten seconds (the
# lease): the caps guard only against what neither knows of. What expires and has not changed is
# read in vain, and most threads are read less than once a day (docs/decisions/0056).
THREAD_TTLS = (HOUR, 7 * DAY, 30 * DAY)

SURFACES: dict[str, Surface] = {
    surface.name: surface
    for surface in (
        _surface("embed_script", 300, browser=300, content_type=SCRIPT),
        _surface("count_script", 300, browser=300, content_type=SCRIPT),
        _surface("thread_page", THREAD_TTLS, parameters="i u sort lang"),
        _surface("thread_more", THREAD_TTLS, parameters="sort after lang"),
        _surface("thread_branch", THREAD_TTLS, parameters="comment after lang"),
        _surface("thread_around", THREAD_TTLS, parameters="comment lang"),
        _surface("widget", 60, parameters="kind lang"),
        # A browser takes off what a copy has aged at an edge, and must keep it for a whole day.
        _surface("reader_mark", DAY, browser=7 * DAY, content_type="text/plain; charset=utf-8"),
        _surface("public_page", THREAD_TTLS, parameters="sort after"),
        _surface("comment_link", 600, parameters="from"),
        _surface("comment_page", THREAD_TTLS, parameters="from"),
        _surface("comment_frame", THREAD_TTLS),
        _surface("comment_picture", THREAD_TTLS, browser=300, content_type="image/png"),
        _surface("thread_share", THREAD_TTLS),
        _surface("thread_frame", THREAD_TTLS),
        _surface("thread_picture", THREAD_TTLS, browser=300, content_type="image/png"),
        _surface("thread_link", 600, parameters="from"),
        _surface(
            "oembed", THREAD_TTLS, parameters="url format maxwidth maxheight", content_type=JSON
        ),
        _surface("forum_atom", THREAD_TTLS, content_type=ATOM),
        _surface("forum_json_feed", THREAD_TTLS, content_type=JSON_FEED),
        _surface("thread_atom", THREAD_TTLS, content_type=ATOM),
        _surface("thread_json_feed", THREAD_TTLS, content_type=JSON_FEED),
        # What changes in it purges it, but for the numbers of people; and names of others stand in
        # the lists, who may have become private.
        _surface("profile_page", 60, parameters="after"),
        _surface("profile_people", 10, grace=0, parameters="after"),
        _surface("profile_followed", 10, grace=0, parameters="after"),
        _surface("person_atom", HOUR, content_type=ATOM),
        _surface("person_json_feed", HOUR, content_type=JSON_FEED),
        # A browser forgets within a day what its owner took away.
        _surface("uploaded_avatar", 30 * DAY, browser=DAY, content_type="image/webp"),
        _surface("avatar", DAY, browser=DAY, content_type="image/svg+xml"),
        _surface("forum_json", HOUR, content_type=JSON),
        _surface("thread_lookup_json", THREAD_TTLS, parameters="identifier url", content_type=JSON),
        _surface("recent_json", 60, content_type=JSON),
        _surface("trending_json", 60, content_type=JSON),
        # What people talk in moves with time as well as by what is written: a minute at most.
        _surface("network_json", 60, content_type=JSON),
        _surface("forum_page", 60),
        _surface("forum_trending_atom", 60, content_type=ATOM),
        _surface("forum_trending_json_feed", 60, content_type=JSON_FEED),
        _surface("network_page", 60),
        _surface("network_atom", 60, content_type=ATOM),
        _surface("network_json_feed", 60, content_type=JSON_FEED),
        # Busy: somebody commented in the forum within COUNTS_BUSY_WITHIN; else they wear its key.
        _surface(
            "counts_json",
            (60, DAY, DAY),
            browser=60,
            parameters="identifiers urls",
            content_type=JSON,
        ),
        _surface("thread_json", THREAD_TTLS, content_type=JSON),
        _surface("comments_json", THREAD_TTLS, parameters="sort after limit", content_type=JSON),
        _surface("comment_json", THREAD_TTLS, content_type=JSON),
        # A held one is kept for a second, whatever this says (route.vcl).
        _surface("tail", THREAD_TTLS, grace=0, parameters="after hold", content_type=JSON),
        _surface("openapi", 300, browser=300, content_type=JSON),
    )
}

ERROR_TTL = 1
UNKNOWN_TTL = 10
FLOOR_PARAMETER = "floor"


# Each comment of a forum purges its counts, unless the one before it is as young as this.
COUNTS_BUSY_WITHIN = 60

# How readers follow a thread, by the age of its last comment: held requests, polls, nothing. Alone,
# a held reader costs Django 30 KB and no request. Behind an edge each thread that anybody reads
# would be held there by a request every 25 seconds, and a poll is answered from the edge's copy.
LIVE_WITHIN_ALONE = 30 * DAY
LIVE_WITHIN_BEHIND_AN_EDGE = 600
POLL_WITHIN = 365 * DAY


def follow(seconds_since_last_comment: float | None, *, is_behind_an_edge: bool) -> str:
    """`live`, `poll` or `none`: how a reader should follow the thread now."""
    if seconds_since_last_comment is None:
        return "poll" if is_behind_an_edge else "live"
    if seconds_since_last_comment < live_within(is_behind_an_edge=is_behind_an_edge):
        return "live"
    return "poll" if seconds_since_last_comment < POLL_WITHIN else "none"


def live_within(*, is_behind_an_edge: bool) -> int:
    """Seconds after its last comment for which a thread is followed by held requests."""
    return LIVE_WITHIN_BEHIND_AN_EDGE if is_behind_an_edge else LIVE_WITHIN_ALONE


def quietness(seconds_since_last_comment: float | None) -> int:
    """0 busy (under 10 minutes), 1 warm (under 2 days), 2 quiet: the column of `Surface.edge`."""
    if seconds_since_last_comment is None:
        return 2
    if seconds_since_last_comment < 600:
        return 0
    return 1 if seconds_since_last_comment < 2 * DAY else 2
