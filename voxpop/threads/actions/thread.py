"""What happens to a thread as a whole."""

from typing import Any

from django.db import transaction

from voxpop import events
from voxpop.errors import Problem
from voxpop.threads import log
from voxpop.threads.events import ThreadChanged, ThreadMoved, ThreadWithdrawn
from voxpop.threads.models import Comment, Status, Thread


def lock_thread(thread: Thread, is_locked: bool) -> Thread:
    """Nobody may comment until it is unlocked; what stands stays readable."""
    return _change(thread, is_locked=is_locked)


def pin_comment(thread: Thread, comment: Comment | None) -> Thread:
    """Show one published comment above the others; None takes the pin out."""
    if comment is not None and (
        comment.thread_id != thread.id or comment.status != Status.PUBLISHED
    ):
        raise Problem("not_found")
    return _change(thread, pinned_id=None if comment is None else comment.id)


def premoderate_thread(thread: Thread, on: bool) -> Thread:
    """Hold every new comment of this thread until a moderator has seen it."""
    return _change(thread, is_premoderated=on)


def mark_sensitive(thread: Thread, is_sensitive: bool) -> Thread:
    """Offer the thread in no list, and show no picture of its words where it is shared."""
    return _change(thread, ThreadWithdrawn, is_sensitive=is_sensitive)


def _change(thread: Thread, event: type[ThreadMoved] = ThreadChanged, **changes: Any) -> Thread:
    if all(getattr(thread, name) == value for name, value in changes.items()):
        return thread
    with transaction.atomic():
        Thread.objects.filter(id=thread.id).update(**changes)
        seq = log.append(thread.id, ("thread", []))
        events.record(event(thread.forum.shortname, thread.public_id, seq))
    for name, value in changes.items():
        setattr(thread, name, value)
    thread.seq = seq
    return thread
