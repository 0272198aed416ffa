"""Votes: one row per voter and comment is the truth; tallies are folded once a second."""

import math
from collections import defaultdict

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from voxpop import events
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.threads import log, rules, standing
from voxpop.threads.events import CommentLiked, VotesFolded
from voxpop.threads.models import Comment, PendingTally, Status, Thread, Vote

THREADS_AT_ONCE = 500
_Z = 1.96  # 95 % confidence
# How many votes for a comment its author is told of.
MILESTONES = (1, *(step * 10**power for power in range(1, 8) for step in (1, 5)))


def vote(*, comment: Comment, author: Author, value: int) -> None:
    """Set the author's vote to +1, -1 or 0 (none). Saying it a hundred times is saying it once."""
    if value not in {-1, 0, 1}:
        raise Problem("invalid", errors={"value": "A vote is 1, -1 or 0."})
    rules.may_vote(comment, author, value)
    with transaction.atomic():
        if value:
            Vote.objects.bulk_create(
                [Vote(comment=comment, author=author, value=value, changed=timezone.now())],
                update_conflicts=True,
                unique_fields=["comment", "author"],
                update_fields=["value", "changed"],
            )
        else:
            Vote.objects.filter(comment=comment, author=author).delete()
        PendingTally.objects.bulk_create(
            [PendingTally(comment=comment, thread_id=comment.thread_id)], ignore_conflicts=True
        )


def fold_votes() -> int:
    """Count the votes that came in and tell readers: one event per thread, however many there were.

    Returns how many threads moved. Called every second by the worker.
    """
    waiting: dict[int, list[int]] = defaultdict(list)
    pending = PendingTally.objects.order_by("thread_id").values_list("thread_id", "comment_id")
    for thread_id, comment_id in pending[: THREADS_AT_ONCE * 2]:
        waiting[thread_id].append(comment_id)
    return sum(
        _fold_thread(thread_id, numbers[: log.COMMENTS_PER_EVENT])
        for thread_id, numbers in waiting.items()
    )


def rank(up: int, down: int) -> int:
    """The lower bound of the Wilson interval of the share of up votes, in billionths.

    Wilson (1927); as in E. Miller, "How not to sort by average rating" (2009).
    """
    n = up + down
    if n == 0:
        return 0
    share = up / n
    spread = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    bound = (share + _Z * _Z / (2 * n) - spread) / (1 + _Z * _Z / n)
    return int(bound * 1_000_000_000)


def _fold_thread(thread_id: int, numbers: list[int]) -> bool:
    with transaction.atomic():
        # Removed first: a vote that lands while we count puts its comment back for the next fold.
        PendingTally.objects.filter(comment_id__in=numbers).delete()
        changed, liked = _counted(numbers)
        # An empty place is shown as well, and by its rank.
        told = [comment for comment in changed if comment.is_shown]
        last = log.append(thread_id, ("votes", [each.id for each in told])) if told else 0
        for comment in told:
            comment.seq = last
            standing.dress(comment)
        Comment.objects.bulk_update(changed, ["up", "down", "rank", "seq", *standing.DRESS])
        if not told:
            return False
        for comment, up in liked:
            events.record(CommentLiked(comment.id, up))
        thread = Thread.objects.select_related("forum").get(id=thread_id)
        events.record(VotesFolded(thread.forum.shortname, thread.public_id, last))
    return True


def milestone(before: int, now: int) -> int:
    """The number of votes, of those that an author is told of, that was reached last; 0 for none.

    They are 1, 10, 50, 100, 500, 1,000, …: a comment that everybody likes is a handful of notices.
    """
    reached = [each for each in MILESTONES if before < each <= now]
    return max(reached, default=0)


def _counted(numbers: list[int]) -> tuple[list[Comment], list[tuple[Comment, int]]]:
    """The comments whose tally is no longer what their row says, with the new tally set; and those
    of them that have reached a number of votes to tell of.

    Those that were removed meanwhile, too: their votes still stand when they are restored.
    """
    tallies = {
        row["comment_id"]: (row["ups"], row["downs"])
        for row in Vote.objects.filter(comment_id__in=numbers)
        .values("comment_id")
        .annotate(ups=Count("id", filter=Q(value=1)), downs=Count("id", filter=Q(value=-1)))
    }
    changed, liked = [], []
    locked = Comment.objects.select_for_update(of=("self",)).select_related("author")
    for comment in locked.filter(id__in=numbers):
        up, down = tallies.get(comment.id, (0, 0))
        if (up, down) != (comment.up, comment.down):
            number = milestone(comment.up, up)
            if number and comment.status == Status.PUBLISHED and comment.author.user_id is not None:
                liked.append((comment, number))
            comment.up, comment.down, comment.rank = up, down, rank(up, down)
            changed.append(comment)
    return changed, liked
