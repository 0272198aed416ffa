"""The feed: what those whom somebody follows wrote, on whatever site, newest first.

A comment is put into the feeds of its author's followers when it is published, up to so many of
them. What somebody writes who has more is put nowhere: whoever reads his feed asks for it then. So
it costs the worker no more to publish for a hundred thousand than for ten.

What stands in a feed is a hint, as in every timeline. Of it is shown what can be read where it was
written, by people who are followed still, show it on a public profile and are not banned there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

from voxpop import ids
from voxpop.accounts.faces import Face, Wearer, face_of
from voxpop.accounts.models import Author, AuthorKind, Persona
from voxpop.people.events import PersonFollowed
from voxpop.people.models import Follow, WidelyFollowed
from voxpop.rows import look_up, select
from voxpop.threads.events import CommentPublished
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry, Owner, OwnerKind, Timelines

PAGE = 25
# Whoever has more followers is widely followed, and remains so: what he wrote since is nowhere.
MOST_FED = 1000
# So many of the newest comments of somebody come into the feed of whoever begins to follow him.
FILLED = 25
# A page goes on looking when nothing that it found may be shown; not for ever.
LOOKS = 4


@dataclass(frozen=True)
class Said:
    """A comment as the feed shows it; `face` is its author's on that site."""

    id: int
    html: str
    is_reply: bool
    title: str  # of its thread; may be empty
    forum: str
    face: Face

    @property
    def public_id(self) -> str:
        return ids.public(self.id)

    @property
    def created(self) -> datetime:
        return datetime.fromtimestamp(ids.moment(self.id) / 1000, UTC)


@dataclass(frozen=True)
class Feed:
    """A page of it; `next` is the place to go on from."""

    said: Sequence[Said]
    next: int | None


def feed_of(author_id: int) -> Owner:
    return Owner(OwnerKind.FEED, author_id)


def feed_followers(event: CommentPublished) -> None:
    """A consequence: the comment is in the feeds of its author's followers. Raises StoreAway."""
    feed(timelines(), [event.comment_id])


def fill_feed(event: PersonFollowed) -> None:
    """A consequence: what somebody wrote lately is in the feed of his new follower too. Raises
    StoreAway."""
    lately = Comment.objects.filter(author=event.of).order_by("-id").values_list("id", flat=True)
    timelines().append((feed_of(event.by), Entry(id)) for id in lately[:FILLED])


def feed(store: Timelines, comment_ids: Collection[int]) -> None:
    """Put the published ones of these comments into the feeds of those who follow their authors.
    Raises StoreAway."""
    rows = Comment.objects.filter(
        id__in=comment_ids, status=Status.PUBLISHED, author__kind=AuthorKind.USER
    )
    by_author: dict[int, list[int]] = defaultdict(list)
    for id, author_id in rows.values_list("id", "author_id"):
        by_author[author_id].append(id)
    for author_id, found in by_author.items():
        followers = followers_to_feed(author_id)
        store.append((feed_of(each), Entry(id)) for each in followers for id in found)


def followers_to_feed(author_id: int) -> list[int]:
    """Who follows him; nobody, where he is followed so widely that they ask themselves."""
    if WidelyFollowed.objects.filter(author=author_id).exists():
        return []
    followers = Follow.objects.filter(of=author_id).order_by("id").values_list("by_id", flat=True)
    found = list(followers[: MOST_FED + 1])
    if len(found) > MOST_FED:
        WidelyFollowed.objects.get_or_create(author_id=author_id)
        return []
    return found


def read_feed(author: Author, *, after: int | None = None, limit: int = PAGE) -> Feed:
    """One page: five queries at most, whomever he follows; more only where none of what was found
    may be shown. Raises StoreAway."""
    wide = _widely_followed_by(author)
    found: list[Said] = []
    for _ in range(LOOKS):
        newest = _newest(author, wide, after, limit + 1)
        is_more = len(newest) > limit
        found = _shown(author, newest[:limit])
        after = newest[limit - 1] if is_more else None
        if found or not is_more:
            break
    return Feed(found, after)


_WIDELY_FOLLOWED = (
    "SELECT w.author_id FROM people_widelyfollowed w"
    " JOIN people_follow f ON f.of_id = w.author_id WHERE f.by_id = %s"
)


def _widely_followed_by(author: Author) -> list[int]:
    return [id for (id,) in select(_WIDELY_FOLLOWED, [author.id])]


def _newest(author: Author, wide: Sequence[int], after: int | None, limit: int) -> list[int]:
    """Ids of what may be in the feed, from both places, the newest first."""
    kept = timelines().page(feed_of(author.id), after=after, limit=limit)
    found = {entry.id for entry in kept}
    if wide:
        found.update(_newest_by(wide, after, limit))
    return sorted(found, reverse=True)[:limit]


def _newest_by(authors: Sequence[int], after: int | None, limit: int) -> Iterable[int]:
    """The newest comments of all of these together: a few index entries of each."""
    below = "" if after is None else " AND id < %s"
    parameters = [limit] if after is None else [after, limit]
    few = f"{below} ORDER BY id DESC LIMIT %s"
    if connection.vendor == "sqlite":
        each = f"SELECT id FROM threads_comment WHERE author_id = %s{few}"  # noqa: S608
        rows = [row for one in authors for row in select(each, [one, *parameters])]
    else:
        rows = select(
            "SELECT c.id FROM unnest(%s::bigint[]) a(id) CROSS JOIN LATERAL"  # noqa: S608
            f" (SELECT id FROM threads_comment WHERE author_id = a.id{few}) c"
            " ORDER BY c.id DESC LIMIT %s",
            [list(authors), *parameters, limit],
        )
    return (id for (id,) in rows)


# As rows, and only what is shown: as models with all of their columns a page takes three times as
# long. In parts, since finding an order for six tables takes PostgreSQL longer than reading them.
_SHOWN = """
WITH c AS MATERIALIZED (
    SELECT id, html, parent_id, thread_id, forum_id, author_id FROM threads_comment
    WHERE id IN ({}) AND status = 'published' AND NOT EXISTS (
        SELECT 1 FROM screening_ban b WHERE b.forum_id = threads_comment.forum_id
        AND b.author_id = threads_comment.author_id AND b.lifted IS NULL
        AND (b.ends IS NULL OR b.ends > %s))
), a AS MATERIALIZED (
    SELECT a.id, a.name, a.handle, a.avatar, a.has_personas
    FROM people_follow p
    JOIN accounts_author a ON a.id = p.of_id
    JOIN accounts_user u ON u.id = a.user_id
    WHERE p.by_id = %s AND p.of_id IN (SELECT author_id FROM c)
        AND a.handle <> '' AND a.is_active AND u.is_active
)
SELECT c.id, c.html, c.parent_id, t.title, f.name, c.forum_id,
    a.id, a.name, a.handle, a.avatar, a.has_personas
FROM c
JOIN a ON a.id = c.author_id
JOIN threads_thread t ON t.id = c.thread_id
JOIN forums_forum f ON f.id = c.forum_id
ORDER BY c.id DESC
"""


def _shown(author: Author, ids: Sequence[int]) -> list[Said]:
    """Those of these comments that he may be shown, in this order."""
    if not ids:
        return []
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = look_up(_SHOWN.format(", ".join(["%s"] * len(ids))), [*ids, now, author.id])
    personas = _personas({row[6] for row in rows if row[10]})
    found = []
    for id, html, parent, title, forum, forum_id, *who in rows:
        face = face_of(Wearer(*who), forum_id, personas.get(who[0], {}))
        if face.handle:  # on this site he is whom his profile shows
            found.append(Said(id, html, parent is not None, title, forum, face))
    return found


def _personas(authors: Collection[int]) -> dict[int, dict[int, Persona]]:
    found: dict[int, dict[int, Persona]] = defaultdict(dict)
    for each in Persona.objects.filter(author__in=authors) if authors else ():
        found[each.author_id][each.forum_id] = each
    return found
