"""Comments, votes and decisions by the minute, counted from their own tables: the truth is there.

Counting again gives the same cells, so nothing is counted twice by being counted twice. The last
minutes are counted every half minute; a comment that is published or taken away later has the
minute of its writing counted anew (voxpop.consequences).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from voxpop import ids
from voxpop.analytics.models import Recounted
from voxpop.analytics.rollups import MINUTES_KEPT, Cell, Metric, Step
from voxpop.analytics.stored import rollups
from voxpop.moderation.models import Decision, Verb
from voxpop.threads.models import Comment, Status, Vote

# A commit that took so long has its row counted with the minute in which it began.
OVERLAP = timedelta(minutes=2)
# How far the first count goes back, and one after a long pause: older minutes are not kept.
FURTHEST = MINUTES_KEPT - timedelta(hours=2)
ANSWERS = (Verb.APPROVE, Verb.REJECT, Verb.SPAM, Verb.DELETE)


def recount_last_minutes() -> None:
    """Count what has come since the last time. Called by the worker."""
    now = timezone.now()
    last = Recounted.objects.first()
    since = max(last.until - OVERLAP if last else now - FURTHEST, now - FURTHEST)
    recount(Step.MINUTE.floor(since), now)
    Recounted.objects.update_or_create(pk=1, defaults={"until": now})


def recount(since: datetime, until: datetime) -> None:
    """Write the cells of every minute of this span in which anything happened."""
    rollups().put([*_comments(since, until), *_votes(since, until), *_decisions(since, until)])


def recount_comment(comment_id: int) -> None:
    """Count the minute anew in which this comment was written, while minutes are kept."""
    found = Comment.objects.filter(id=comment_id).values_list(
        "created", "forum_id", "forum__shortname", "thread_id", "thread__public_id"
    )
    row = found.first()
    if row is None or row[0] < timezone.now() - FURTHEST:
        return
    created, forum_id, forum, thread_id, thread = row
    begin = Step.MINUTE.floor(created)
    there = _written(begin, Step.MINUTE.next(begin)).filter(forum=forum_id)
    rollups().put(
        [
            Cell(forum, Metric.COMMENTS, begin, there.count()),
            Cell(
                forum, Metric.COMMENTS_BY_THREAD, begin,
                there.filter(thread=thread_id).count(), thread,
            ),
        ]
    )  # fmt: skip


def _written(since: datetime, until: datetime) -> QuerySet[Comment]:
    """Published comments of this span; what was imported has ids of its own time."""
    return Comment.objects.filter(
        status=Status.PUBLISHED, id__gte=_first_id(since), id__lt=_first_id(until)
    )


def _comments(since: datetime, until: datetime) -> Iterable[Cell]:
    found = _written(since, until).values_list("forum__shortname", "thread__public_id", "created")
    forums: Counter[tuple[str, datetime]] = Counter()
    threads: Counter[tuple[str, datetime, str]] = Counter()
    for forum, thread, created in found.iterator():
        minute = Step.MINUTE.floor(created)
        forums[forum, minute] += 1
        threads[forum, minute, thread] += 1
    for (forum, minute), count in forums.items():
        yield Cell(forum, Metric.COMMENTS, minute, count)
    for (forum, minute, thread), count in threads.items():
        yield Cell(forum, Metric.COMMENTS_BY_THREAD, minute, count, thread)


def _votes(since: datetime, until: datetime) -> Iterable[Cell]:
    """The minute of a vote is that of its last change; one that was taken back counts as well."""
    found = Vote.objects.filter(changed__gte=since, changed__lt=until)
    votes = Counter(
        (forum, Step.MINUTE.floor(changed))
        for forum, changed in found.values_list("comment__forum__shortname", "changed").iterator()
    )
    for (forum, minute), count in votes.items():
        yield Cell(forum, Metric.VOTES, minute, count)


def _decisions(since: datetime, until: datetime) -> Iterable[Cell]:
    found = Decision.objects.filter(id__gte=_first_id(since), id__lt=_first_id(until))
    counts: Counter[tuple[str, Metric, datetime]] = Counter()
    for forum, verb, before, created, written in found.values_list(
        "forum__shortname", "verb", "before", "created", "comment__created"
    ).iterator():
        minute = Step.MINUTE.floor(created)
        counts[forum, Metric.DECISIONS, minute] += 1
        if verb in ANSWERS and written and before.get("status") == Status.HELD:
            counts[forum, Metric.ANSWERS, minute] += 1
            waited = max(created - written, timedelta())
            counts[forum, Metric.ANSWER_SECONDS, minute] += round(waited.total_seconds())
    for (forum, metric, minute), count in counts.items():
        yield Cell(forum, metric, minute, count)


def _first_id(moment: datetime) -> int:
    """The smallest id of this moment; ids are ordered by their time (voxpop.ids)."""
    return ids.first_id_at(round(moment.timestamp() * 1000))


def thin_figures() -> None:
    """Old minutes become hours, and old hours days. Called by the worker."""
    rollups().thin(timezone.now())
