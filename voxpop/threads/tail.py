"""The tail: what happened in a thread after a place of its log.

An event says which comments changed; what they say now is read when the tail is answered, so
that nothing removed since can come out of the log (DESIGN 1). Any answer is a valid prefix.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from voxpop import ids
from voxpop.edge import policy
from voxpop.threads import reading
from voxpop.threads.log import one_snapshot
from voxpop.threads.models import Comment, Thread, ThreadEvent
from voxpop.threads.shapes import shown_shape

EVENTS_AT_ONCE = 200
# Seconds until he asks again: at least what an empty held answer may live at the edge, so that
# nobody spins.
WAIT = {"live": 1, "poll": 20, "none": 0}


@dataclass
class Tail:
    events: list[dict[str, Any]]
    seq: int
    count: int
    is_reset: bool = False


def read_tail(thread: Thread | None, after: int) -> Tail:
    """The events after `after`, at most 200, with what their comments say now; five queries.

    A place beyond the log's end, or before an import, answers a reset: read the page again.
    """
    if thread is None:
        return Tail([], 0, 0, is_reset=after > 0)
    with one_snapshot():
        thread = Thread.objects.get(id=thread.id)
        end = thread.seq
        if after > end:
            return Tail([], end, thread.comment_count, is_reset=True)
        rows = list(
            ThreadEvent.objects.filter(thread_id=thread.id, seq__gt=after)
            .order_by("seq")
            .values_list("seq", "kind", "comments")[:EVENTS_AT_ONCE]
        )
        if any(kind == "reset" for _, kind, _ in rows):
            return Tail([], end, thread.comment_count, is_reset=True)
        comments = _now({number for _, _, numbers in rows for number in numbers}, thread)
        parents = _replies_of({c.parent_id for c in comments.values() if c.parent_id})
    events = [_event(*row, comments, parents, thread) for row in rows]
    return Tail(events, rows[-1][0] if rows else after, thread.comment_count)


def mode(thread: Thread | None) -> str:
    """`live` (held requests), `poll` or `none`: how a reader should follow this thread now."""
    quiet_for = reading.quietness(thread)
    return policy.follow(quiet_for, is_behind_an_edge=bool(settings.EDGE_NODES))


def stays_live_for(thread: Thread | None) -> int | None:
    """Seconds until the mode is no longer `live`, should nobody comment; None if it is not."""
    quiet_for = reading.quietness(thread)
    if quiet_for is None or mode(thread) != "live":
        return None
    live = policy.live_within(is_behind_an_edge=bool(settings.EDGE_NODES))
    return max(1, int(live - quiet_for))


def thread_facts(thread: Thread) -> dict[str, Any]:
    """What readers see of the thread beside its comments."""
    return {
        "title": thread.title,
        "locked": thread.is_locked,
        "pinned": None if thread.pinned_id is None else ids.public(thread.pinned_id),
        "count": thread.comment_count,
    }


def _now(numbers: set[int], thread: Thread) -> dict[int, Comment]:
    # By ids alone: a planner that is told of the thread as well may read the whole of it.
    found = Comment.objects.filter(id__in=numbers).select_related("author")
    return {comment.id: comment for comment in found if comment.thread_id == thread.id}


def _replies_of(numbers: set[int]) -> dict[int, int]:
    return dict(Comment.objects.filter(id__in=numbers).values_list("id", "replies"))


def _event(
    seq: int,
    kind: str,
    numbers: list[int],
    comments: dict[int, Comment],
    parents: dict[int, int],
    thread: Thread,
) -> dict[str, Any]:
    """One event as readers get it."""
    event: dict[str, Any] = {"seq": seq, "kind": kind}
    if kind == "thread":
        event["thread"] = thread_facts(thread)
        return event
    event["comments"] = [_now_shown(n, comments.get(n), parents, thread) for n in numbers]
    return event


def _now_shown(
    number: int, comment: Comment | None, parents: dict[int, int], thread: Thread
) -> dict[str, Any]:
    """The comment as everybody sees it at this moment: its shape and fragment, or `gone`."""
    shape: dict[str, Any] = {"id": ids.public(number), "status": "gone"}
    if comment is not None and comment.is_shown:
        shape = shown_shape(comment, thread, comment.author)
        shape["fragment"] = bytes(comment.fragment).decode()
    if comment is not None and comment.parent_id is not None:
        # A reply that comes or goes moves its parent's count, which has no event of its own.
        shape["parent"] = ids.public(comment.parent_id)
        shape["parent_replies"] = parents.get(comment.parent_id, 0)
    return shape
