"""Who took part where, counted from comments and votes: the worker looks at what has come since.

Counting a thread again gives the same, so nothing is lost by a worker that was killed, and nothing
is counted twice. Posting and voting know nothing of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from voxpop import ids
from voxpop.accounts.models import AuthorKind
from voxpop.threads.models import Comment, Status, Thread, ThreadEvent, Vote
from voxpop.trending.heat import VOTED, WINDOW, WROTE, heat_of, warmth
from voxpop.trending.models import Felt, Heat

# A commit that took so long is not missed.
OVERLAP = timedelta(minutes=2)
# Of one thread at most so many of its log's newest entries are looked at, and of their comments.
LOOKED_AT = 2000
AT_ONCE = 500


def feel_threads() -> None:
    """Count every thread anew in which anybody wrote or voted since the last time."""
    now = timezone.now()
    last = Felt.objects.first()
    since = max(last.until - OVERLAP if last else now - WINDOW, now - WINDOW)
    written = Comment.objects.filter(id__gte=_first_id(since)).values_list("thread", flat=True)
    voted = Vote.objects.filter(changed__gte=since).values_list("comment__thread", flat=True)
    for thread in {*written.distinct(), *voted.distinct()}:
        feel_thread(thread, now)
    Felt.objects.update_or_create(pk=1, defaults={"until": now})


def feel_comment(comment_id: int) -> None:
    """Count the thread anew in which a comment was removed or shown again."""
    thread = Comment.objects.filter(id=comment_id).values_list("thread", flat=True).first()
    if thread is not None:
        feel_thread(thread, timezone.now())


def feel_thread(thread_id: int, now: datetime) -> None:
    """Count one thread anew; one that nobody took part in lately has no heat."""
    forum = Thread.objects.filter(id=thread_id).values_list("forum", flat=True).first()
    part = _part_taken(thread_id, now - WINDOW)
    if forum is None or part.newest is None:
        Heat.objects.filter(thread=thread_id).delete()
        return
    row = Heat(
        thread_id=thread_id,
        forum_id=forum,
        heat=heat_of(part.warmth.values()),
        people=len(part.writers),
        voters=len(part.warmth) - len(part.writers),
        newest=part.newest,
    )
    Heat.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["thread"],
        update_fields=["heat", "people", "voters", "newest"],
    )


def forget_cold_threads() -> None:
    """What nobody has taken part in for the whole window. Called by the worker."""
    Heat.objects.filter(newest__lt=timezone.now() - WINDOW).delete()


@dataclass
class _Part:
    """Who took part in a thread: each once, by whatever act of his weighs most by now."""

    since: datetime
    warmth: dict[str, float] = field(default_factory=dict)  # by person
    writers: set[str] = field(default_factory=set)
    newest: datetime | None = None

    def add(self, person: str, moment: datetime, weight: float) -> bool:
        if moment < self.since:
            return False
        self.warmth[person] = max(warmth(moment, weight), self.warmth.get(person, 0.0))
        self.newest = max(moment, self.newest or moment)
        return True


def _part_taken(thread_id: int, since: datetime) -> _Part:
    part = _Part(since)
    numbers = _written_in(thread_id, since)
    for some in (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE)):
        wrote = Comment.objects.filter(id__in=some, thread=thread_id, status=Status.PUBLISHED)
        shown = []
        for number, author, kind, network, created in wrote.values_list(
            "id", "author", "author__kind", "address", "created"
        ):
            person = _person(author, kind, network)
            if part.add(person, created, WROTE):
                part.writers.add(person)
            shown.append(number)
        # A guest is nobody in particular: whoever makes a hundred of them has no vote more (T27).
        voted = Vote.objects.filter(comment__in=shown, value=1, author__kind=AuthorKind.USER)
        for author, changed in voted.values_list("author", "changed"):
            part.add(_person(author, AuthorKind.USER, ""), changed, VOTED)
    return part


def _written_in(thread_id: int, since: datetime) -> list[int]:
    """The newest comments of a thread of any size, by its log, in which imported ones are not."""
    newest = ThreadEvent.objects.filter(thread=thread_id).order_by("-seq")
    entries = newest.values_list("kind", "comments", "created")[:LOOKED_AT]
    return list(dict.fromkeys(_published(entries, since)))[:LOOKED_AT]


def _published(
    entries: Iterable[tuple[str, list[int], datetime]], since: datetime
) -> Iterable[int]:
    for kind, comments, created in entries:
        if created < since:
            return
        if kind == "published":
            yield from comments


def _person(author: int, kind: str, network: str) -> str:
    return f"network {network}" if kind == AuthorKind.GUEST and network else f"author {author}"


def _first_id(moment: datetime) -> int:
    return ids.first_id_at(round(moment.timestamp() * 1000))
