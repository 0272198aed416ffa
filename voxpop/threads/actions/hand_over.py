"""What one author wrote becomes another's: dressed anew under his name, thread by thread.

As with a new name (`rename.py`), readers hear of it by the log, and nothing is shown under the old
name once its thread has moved. It may be asked again at any time: it goes on where it was.
"""

import time
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from voxpop import events
from voxpop.accounts.models import Author
from voxpop.threads import log, standing
from voxpop.threads.events import CommentsHandedOver
from voxpop.threads.models import Comment, PendingTally, Thread, Vote

# Called with the comments of each transaction, inside it.
Note = Callable[[Sequence[Comment]], None]
EVERY = Q()


def no_note(comments: Sequence[Comment]) -> None:
    """Most of what is handed over never goes back."""


def hand_over(
    of: Author, to: Author, *, seconds: float, only: Q = EVERY, note: Note = no_note
) -> bool:
    """Give `to` what `of` wrote, one transaction and one event for each thread at a time; True when
    nothing is left, False when it took longer than that many seconds."""
    comments = Comment.objects.filter(only, author=of)
    end = time.monotonic() + seconds
    for thread_id in comments.order_by().values_list("thread_id", flat=True).distinct():
        while _some_of(comments.filter(thread=thread_id), of, to, thread_id, note):
            if time.monotonic() > end:
                return False
        if time.monotonic() > end:
            break
    return not comments.exists()


@transaction.atomic
def _some_of(
    comments: QuerySet[Comment], of: Author, to: Author, thread_id: int, note: Note
) -> bool:
    """At most one event's worth of them; True when there may be more."""
    chosen = comments.select_for_update(of=("self",)).order_by("id")
    mine = list(chosen[: log.COMMENTS_PER_EVENT])
    if not mine:
        return False
    for comment in mine:
        comment.author = to
        standing.dress(comment)
    _take_own_votes_back(mine, to, thread_id)
    note(mine)
    shown = [each for each in mine if each.is_shown]
    seq = log.append(thread_id, ("edited", [each.id for each in shown])) if shown else 0
    for comment in shown:
        comment.seq = seq
    Comment.objects.bulk_update(mine, ["author", "seq", *standing.DRESS])
    if not shown:
        return len(mine) == log.COMMENTS_PER_EVENT
    thread = Thread.objects.select_related("forum").get(id=thread_id)
    moved = [each.id for each in shown]
    events.record(
        CommentsHandedOver(thread.forum.shortname, thread.public_id, seq, of.id, to.id, moved)
    )
    return len(mine) == log.COMMENTS_PER_EVENT


def _take_own_votes_back(mine: list[Comment], to: Author, thread_id: int) -> None:
    """Nobody votes for what he wrote himself."""
    own = Vote.objects.filter(author=to, comment__in=mine)
    voted = list(own.values_list("comment_id", flat=True))
    own.delete()
    PendingTally.objects.bulk_create(
        [PendingTally(comment_id=each, thread_id=thread_id) for each in voted],
        ignore_conflicts=True,
    )
