"""JSON out for moderators: decisions, bans and queue items. No address of anybody, no e-mail."""

from typing import Any

from voxpop import ids
from voxpop.accounts.models import User
from voxpop.moderation.models import Decision
from voxpop.moderation.reading import QueueItem
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Thread
from voxpop.threads.shapes import rfc3339, shape_of
from voxpop.threads.tail import thread_facts


def decision_shape(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.public_id,
        "verb": decision.verb,
        "by": name_of(decision.by),
        "comment": _public(decision.comment_id),
        "thread": decision.thread.public_id if decision.thread else None,
        "ban": _public(decision.ban_id),
        "reason": decision.reason,
        "told": decision.told,
        "created": rfc3339(decision.created),
        "undone": rfc3339(decision.undone) if decision.undone else None,
    }


def comment_shape(comment: Comment) -> dict[str, Any]:
    """The comment whole, as moderators may see it, with what readers are served of it."""
    shape = shape_of(comment, comment.thread, comment.author)
    return {**shape, "fragment": bytes(comment.fragment).decode(), "verdict": comment.verdict}


def thread_shape(thread: Thread) -> dict[str, Any]:
    return {
        "id": thread.public_id,
        "url": thread.url,
        "premoderated": thread.is_premoderated,
        "sensitive": thread.is_sensitive,
        "seq": thread.seq,
        **thread_facts(thread),
    }


def ban_shape(ban: Ban | None) -> dict[str, Any] | None:
    if ban is None:
        return None
    return {
        "id": ids.public(ban.id),
        "author": _public(ban.author_id),
        "covers_network": bool(ban.address),
        "reason": ban.reason,
        "created": rfc3339(ban.created),
        "ends": rfc3339(ban.ends) if ban.ends else None,
        "lifted": rfc3339(ban.lifted) if ban.lifted else None,
    }


def queue_shape(item: QueueItem) -> dict[str, Any]:
    return {
        "comment": comment_shape(item.comment),
        "forum": item.comment.forum.shortname,
        "thread": thread_shape(item.comment.thread),
        "reason": item.reason,
        "awaits_author": item.awaits_author,
        "flags": dict(item.flags),
        "edit": None
        if item.edit is None
        else {"revision": item.edit.number, "html": item.edit.html, "verdict": item.edit.verdict},
        "history": {
            "published": item.history.published,
            "removed": item.history.removed,
            "held": item.history.held,
            "banned": item.is_banned,
        },
    }


def name_of(user: User | None) -> str | None:
    """The name that readers know a moderator by."""
    author = getattr(user, "author", None)
    return author.name if author else None


def _public(number: int | None) -> str | None:
    return None if number is None else ids.public(number)
