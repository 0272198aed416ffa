"""Reads across threads: one comment, a forum's newest, counts of many pages."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads import addresses, rules
from voxpop.threads.models import Comment, Status, Thread, ThreadAlias
from voxpop.threads.shapes import rfc3339, shown_shape
from voxpop.threads.tail import thread_facts

RECENT = 25


def shown_comment(comment_id: int | None) -> Comment | None:
    """A comment that readers can see, with its author, thread and forum."""
    if comment_id is None:
        return None
    found = Comment.objects.select_related("author", "thread__forum")
    return found.filter(id=comment_id, is_shown=True).first()


def comment_shape(comment: Comment) -> dict[str, Any]:
    return shown_shape(comment, comment.thread, comment.author)


def forum_shape(forum: Forum) -> dict[str, Any]:
    return {
        "shortname": forum.shortname,
        "name": forum.name,
        "language": forum.language,
        "sort": forum.sort,
        "allows_guests": forum.allows_guests,
        "vote_mode": forum.vote_mode,
        "depth_shown": forum.depth_shown,
        "edit_minutes": forum.edit_minutes,
    }


def thread_shape(thread: Thread | None, public_id: str, forum: Forum) -> dict[str, Any]:
    """A thread's shape, also of one that has no comment yet."""
    if thread is None:
        thread = Thread(public_id=public_id, forum=forum)
        created, identifiers = None, []
    else:
        created = rfc3339(thread.created)
        identifiers = list(
            thread.aliases.filter(kind="i").order_by("id").values_list("value", flat=True)
        )
    return {
        "id": public_id,
        "forum": forum.shortname,
        "identifiers": identifiers,
        "url": thread.url,
        "created": created,
        "closed": rules.is_closed(forum, thread),
        "seq": thread.seq,
        **thread_facts(thread),
    }


def read_recent(forum: Forum) -> list[dict[str, Any]]:
    """The forum's newest published comments, each with the page that it stands on."""
    newest = (
        Comment.objects.filter(forum=forum, status=Status.PUBLISHED)
        .select_related("author", "thread")
        .order_by("-id")[:RECENT]
    )
    return [
        {
            **shown_shape(comment, comment.thread, comment.author),
            "page": {"title": comment.thread.title, "url": comment.thread.url},
        }
        for comment in newest
    ]


def is_commented_within(forum: Forum, seconds: int) -> bool:
    """Whether anybody has commented anywhere in the forum in the last so many seconds."""
    since = timezone.now() - timedelta(seconds=seconds)
    return Thread.objects.filter(forum=forum, last_commented__gte=since).exists()


def read_counts(forum: Forum, identifiers: list[str], urls: list[str]) -> dict[str, Any]:
    """Published comments per identifier and address; 0 where nobody has written. One query."""
    keyed: dict[tuple[str, str], tuple[str, str]] = {}
    for name in identifiers:
        keyed["identifiers", name] = ("i", name)
    for url in urls:
        try:
            keyed["urls", url] = addresses.alias_of(None, url)
        except Problem:
            continue  # one odd link must not cost the others their counts
    found = ThreadAlias.objects.filter(
        forum=forum, kind__in="iu", value__in=[value for _, value in keyed.values()]
    )
    counts = {
        (kind, value): count
        for kind, value, count in found.values_list("kind", "value", "thread__comment_count")
    }
    answer: dict[str, dict[str, int]] = {"identifiers": {}, "urls": {}}
    for (group, asked), alias in keyed.items():
        answer[group][asked] = counts.get(alias, 0)
    return answer
