"""The lines of an export that say what moderators did: bans, and every decision."""

from collections.abc import Iterator
from typing import Any

from voxpop import ids
from voxpop.accounts.models import User
from voxpop.forums.models import Forum
from voxpop.moderation.models import Decision
from voxpop.screening.models import Ban
from voxpop.transfer.keys import author_key
from voxpop.transfer.records import rfc3339

_CHUNK = 500


def bans_of(forum: Forum, with_private: bool) -> Iterator[dict[str, Any]]:
    """Every ban. Networks are of people: `with_private`, and a ban of nothing else only then."""
    bans = forum.bans.order_by("created", "id").select_related("author", "by__author")
    for ban in bans.iterator(_CHUNK):
        if ban.author is None and not with_private:
            continue
        row = {
            "type": "ban",
            "key": _ban_key(ban),
            "author": author_key(ban.author) if ban.author else None,
            "by": _moderator(ban.by),
            "reason": ban.reason,
            "created": rfc3339(ban.created),
            "ends": rfc3339(ban.ends) if ban.ends else None,
            "lifted": rfc3339(ban.lifted) if ban.lifted else None,
        }
        yield {**row, "network": ban.address} if with_private and ban.address else row


def decisions_of(forum: Forum, with_private: bool) -> Iterator[dict[str, Any]]:
    """Every decision, undone ones too, in the order in which they were made."""
    decisions = forum.decisions.order_by("id").select_related(
        "by__author", "undone_by__author", "thread", "ban__author"
    )
    for decision in decisions.iterator(_CHUNK):
        if decision.ban and decision.ban.author is None and not with_private:
            continue
        yield {
            "type": "decision",
            "id": decision.public_id,
            "verb": decision.verb,
            "by": _moderator(decision.by),
            "comment": ids.public(decision.comment_id) if decision.comment_id else None,
            "thread": decision.thread.public_id if decision.thread else None,
            "ban": _ban_key(decision.ban) if decision.ban else None,
            "reason": decision.reason,
            **({"told": decision.told} if decision.told else {}),
            "before": _before(decision),
            "created": rfc3339(decision.created),
            "undone": rfc3339(decision.undone) if decision.undone else None,
            "undone_by": _moderator(decision.undone_by),
        }


def _ban_key(ban: Ban) -> str:
    """What decisions of the file call it: nobody is banned twice in one microsecond."""
    return f"{rfc3339(ban.created)} {author_key(ban.author) if ban.author else ban.address}"


def _moderator(user: User | None) -> str | None:
    author = getattr(user, "author", None)
    return author_key(author) if author else None


def _before(decision: Decision) -> dict[str, Any]:
    """What undoing goes back to; numbers of rows become ids."""
    before: dict[str, Any] = decision.before
    if before.get("pinned"):
        return {**before, "pinned": ids.public(before["pinned"])}
    return before
