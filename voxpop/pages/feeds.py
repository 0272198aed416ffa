"""The newest comments of a forum, a thread, a person: Atom (RFC 4287) and JSON Feed 1.1.

Both say the same. Every address in them is ours and lasting: `/c/…` leads to where the comment
stands, also after its page has moved.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import override

from voxpop.accounts.faces import face_of
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.policy import quietness
from voxpop.forums.reading import find_forum
from voxpop.plaintext import drop_unseen
from voxpop.profiles.keys import worn_by
from voxpop.profiles.reading import find_profile, read_written
from voxpop.threads import keys, reading
from voxpop.threads.log import one_snapshot
from voxpop.threads.models import Comment, Status, Thread, ThreadEvent
from voxpop.threads.shapes import rfc3339
from voxpop.words.languages import language_of

NEWEST = 25
LOOKED_AT = 200  # entries of a log, votes and edits among them


@dataclass(frozen=True)
class Feed:
    """What a feed says, before it is written in either form."""

    title: str
    path: str  # its own, without the ending
    home: str  # the page that it is about
    language: str
    begun: datetime
    comments: list[Comment]

    @property
    def updated(self) -> datetime:
        return max([self.begun, *(changed(comment) for comment in self.comments)])


def changed(comment: Comment) -> datetime:
    """When its text became what it is."""
    return comment.edited or comment.created


@shared("forum_atom")
def forum_atom(asked: Asked, forum: str) -> Snapshot:
    return _of_forum(forum, in_atom)


@shared("forum_json_feed")
def forum_json_feed(asked: Asked, forum: str) -> Snapshot:
    return _of_forum(forum, in_json)


@shared("person_atom")
def person_atom(asked: Asked, handle: str) -> Snapshot:
    return _of_person(handle, in_atom)


@shared("person_json_feed")
def person_json_feed(asked: Asked, handle: str) -> Snapshot:
    return _of_person(handle, in_json)


@shared("thread_atom")
def thread_atom(asked: Asked, thread: str) -> Snapshot:
    return _of_thread(thread, in_atom)


@shared("thread_json_feed")
def thread_json_feed(asked: Asked, thread: str) -> Snapshot:
    return _of_thread(thread, in_json)


def _of_forum(shortname: str, write: Any) -> Snapshot:
    forum = find_forum(shortname)
    newest = _newest(Comment.objects.filter(forum=forum, status=Status.PUBLISHED))
    feed = Feed(
        title=forum.name,
        path=f"/f/{forum.shortname}/feed",
        home=f"{settings.HOST}/",
        language=language_of(forum.language),
        begun=forum.created,
        comments=newest,
    )
    # Cheap for one who polls, and never old: every comment of the forum purges it.
    return Snapshot(
        write(feed),
        keys=[keys.forum_key(forum.shortname), keys.settings_key(forum.shortname)],
        quietness=quietness(None),
    )


def _of_thread(public_id: str, write: Any) -> Snapshot:
    with one_snapshot():
        thread = reading.thread_by_public_id(public_id)
        if thread is None:
            raise Missing(keys.worn_by_missing_thread(public_id))
        newest = _newest(Comment.objects.filter(id__in=_newest_in(thread), status=Status.PUBLISHED))
    feed = Feed(
        title=f"{thread} · {thread.forum.name}",
        path=f"/t/{thread.public_id}/feed",
        home=f"{settings.HOST}/t/{thread.public_id}/",
        language=language_of(thread.forum.language),
        begun=thread.created,
        comments=newest,
    )
    return Snapshot(
        write(feed),
        keys=keys.worn_by_thread(thread.public_id, thread.forum.shortname),
        seq=thread.seq,
        quietness=quietness(reading.quietness(thread)),
    )


def _of_person(handle: str, write: Any) -> Snapshot:
    """What a public profile shows; without one as without anybody (SAFETY T24)."""
    profile = find_profile(handle)
    if profile is None or profile.handle != handle:
        raise Missing(worn_by(handle))
    author = profile.author
    feed = Feed(
        title=f"{author.name} (@{handle})",
        path=f"/u/{handle}/feed",
        home=f"{settings.HOST}/u/{handle}/",
        language="en",
        begun=author.created,
        comments=list(read_written(author, limit=NEWEST).comments),
    )
    return Snapshot(write(feed), keys=worn_by(handle))


def _newest_in(thread: Thread) -> list[int]:
    """The newest comments of a thread of any size, by indexes that other reads need anyway: what
    the log published last, and the newest roots, since an import writes no log."""
    roots = Comment.objects.filter(thread=thread, is_shown=True, parent__isnull=True)
    found = set(roots.order_by("-id").values_list("id", flat=True)[:NEWEST])
    logged = ThreadEvent.objects.filter(thread=thread).order_by("-seq")
    for kind, comments in logged.values_list("kind", "comments")[:LOOKED_AT]:
        if kind == "published":
            found.update(comments)
    # Some of them are not published any more.
    return sorted(found, reverse=True)[: 4 * NEWEST]


def _newest(comments: QuerySet[Comment]) -> list[Comment]:
    return list(comments.select_related("author", "thread").order_by("-id")[:NEWEST])


class _Atom(Atom1Feed):
    """Django's, which knows only summaries and takes the time of day for that of an empty feed."""

    def latest_post_date(self) -> datetime:
        updated: datetime = self.feed["updated"]
        return updated

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": None})
        handler.addQuickElement("content", item["content"], {"type": "html"})


def in_atom(feed: Feed) -> bytes:
    """The feed as an Atom document."""
    atom = _Atom(
        title=drop_unseen(feed.title),
        link=feed.home,
        description=None,
        language=feed.language,
        feed_url=f"{settings.HOST}{feed.path}.atom",
        updated=feed.updated,
    )
    for comment, link in _linked(feed.comments):
        atom.add_item(
            title=_title(comment),
            link=link,
            description="",
            content=drop_unseen(comment.html),
            author_name=_name(comment),
            pubdate=comment.created,
            updateddate=changed(comment),
            unique_id=link,
        )
    with override(None):  # the language of who asks first is nobody's
        return atom.writeString("utf-8").encode()


def in_json(feed: Feed) -> bytes:
    """The feed as a JSON Feed."""
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": drop_unseen(feed.title),
            "home_page_url": feed.home,
            "feed_url": f"{settings.HOST}{feed.path}.json",
            "language": feed.language,
            "items": [
                {
                    "id": link,
                    "url": link,
                    "title": _title(comment),
                    "content_html": drop_unseen(comment.html),
                    "date_published": rfc3339(comment.created),
                    "date_modified": rfc3339(changed(comment)),
                    "authors": [{"name": _name(comment)}],
                }
                for comment, link in _linked(feed.comments)
            ],
        }
    )


def _linked(comments: Iterable[Comment]) -> Iterable[tuple[Comment, str]]:
    return ((comment, f"{settings.HOST}/c/{comment.public_id}") for comment in comments)


def _name(comment: Comment) -> str:
    return drop_unseen(face_of(comment.author, comment.forum_id).name)


def _title(comment: Comment) -> str:
    # A name and a page, as mail programs and readers list them; no words to be translated.
    return f"{_name(comment)}: {drop_unseen(str(comment.thread))}"
