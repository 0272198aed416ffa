"""A moderator decides about a thread as a whole: lock, pin, hold what comes, keep out of lists."""

from collections.abc import Callable

from django.db import transaction

from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.moderation.models import Decision, Verb
from voxpop.threads.actions import (
    lock_thread,
    mark_sensitive,
    pin_comment,
    premoderate_thread,
)
from voxpop.threads.models import Comment, Status, Thread
from voxpop.words import say


def decide_thread(
    *, thread: Thread, verb: Verb, by: User, comment: Comment | None = None, reason: str = ""
) -> Decision:
    """Lock or unlock, pin a comment or take the pin out, pre-moderate or trust the thread, mark it
    as sensitive or not."""
    if verb not in _ACTS:
        raise Problem("invalid", errors={"decision": "This is not decided about a thread."})
    if (verb == Verb.PIN) != (comment is not None):
        raise Problem("invalid", errors={"comment": "A pin needs a comment; nothing else does."})
    with transaction.atomic():
        now = _locked(thread)
        before = _standing(now)
        decision = Decision.objects.create(
            forum_id=now.forum_id,
            by=by,
            verb=verb,
            thread=now,
            comment=comment,
            reason=reason,
            before=before,
        )
        _ACTS[verb](now, comment)
        if _standing(now) == before:
            raise Problem("already_decided", say("refused_thread_same"))
    thread.refresh_from_db()
    return decision


def undo_decide_thread(decision: Decision) -> None:
    """Give the thread back what the decision changed, unless somebody changed it again since."""
    if decision.thread is None:
        raise Problem("decision_superseded")
    thread = _locked(decision.thread)
    before = decision.before
    if decision.verb in {Verb.LOCK, Verb.UNLOCK}:
        _unless_moved(thread.is_locked is not before["is_locked"])
        lock_thread(thread, before["is_locked"])
    elif decision.verb in {Verb.PREMODERATE, Verb.TRUST}:
        _unless_moved(thread.is_premoderated is not before["is_premoderated"])
        premoderate_thread(thread, before["is_premoderated"])
    elif decision.verb in {Verb.SENSITIVE, Verb.HARMLESS}:
        _unless_moved(thread.is_sensitive is not before["is_sensitive"])
        mark_sensitive(thread, before["is_sensitive"])
    else:
        _unless_moved(thread.pinned_id == decision.comment_id)
        pinned = Comment.objects.filter(id=before["pinned"], status=Status.PUBLISHED)
        pin_comment(thread, pinned.first())


_ACTS: dict[Verb, Callable[[Thread, Comment | None], Thread]] = {
    Verb.LOCK: lambda thread, _: lock_thread(thread, True),
    Verb.UNLOCK: lambda thread, _: lock_thread(thread, False),
    Verb.PIN: pin_comment,
    Verb.UNPIN: lambda thread, _: pin_comment(thread, None),
    Verb.PREMODERATE: lambda thread, _: premoderate_thread(thread, True),
    Verb.TRUST: lambda thread, _: premoderate_thread(thread, False),
    Verb.SENSITIVE: lambda thread, _: mark_sensitive(thread, True),
    Verb.HARMLESS: lambda thread, _: mark_sensitive(thread, False),
}


def _standing(thread: Thread) -> dict[str, bool | int | None]:
    return {
        "is_locked": thread.is_locked,
        "is_premoderated": thread.is_premoderated,
        "is_sensitive": thread.is_sensitive,
        "pinned": thread.pinned_id,
    }


def _unless_moved(is_still_so: bool) -> None:
    if not is_still_so:
        raise Problem("decision_superseded")


def _locked(thread: Thread) -> Thread:
    return Thread.objects.select_for_update(of=("self",)).select_related("forum").get(id=thread.id)
