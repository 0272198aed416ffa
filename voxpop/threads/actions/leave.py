"""Somebody leaves for good: his comments stay as a deleted user's, or lose their texts as well."""

from django.db import transaction

from voxpop import events
from voxpop.accounts.models import Author
from voxpop.threads import log, standing
from voxpop.threads.events import AuthorRenamed
from voxpop.threads.models import Comment, Revision, Status, Thread

# The fields of a comment that say more of its author than what it says itself.
BESIDE_THE_TEXT = ("address", "verdict", "badge")


def leave_threads(
    author_id: int,
    *,
    keeps_text: bool,
    becomes: Author,
    forum_id: int | None = None,
    before: int | None = None,
) -> None:
    """Every comment of the author, of one forum or of all, older than the id `before`, is from now
    on by `becomes`; its text goes, but where it is published and `keeps_text`.

    One transaction and one event per thread at a time. Who is told so again changes nothing.
    """
    mine = Comment.objects.filter(author_id=author_id)
    if forum_id is not None:
        mine = mine.filter(forum_id=forum_id)
    if before is not None:
        mine = mine.filter(id__lt=before)
    for thread_id in list(mine.order_by().values_list("thread_id", flat=True).distinct()):
        after: int | None = 0
        while after is not None:
            some = mine.filter(thread_id=thread_id, id__gt=after).order_by("id")
            numbers = list(some.values_list("id", flat=True)[: log.COMMENTS_PER_EVENT])
            if numbers:
                _leave(thread_id, numbers, becomes, keeps_text=keeps_text)
            after = numbers[-1] if len(numbers) == log.COMMENTS_PER_EVENT else None


def _leave(thread_id: int, numbers: list[int], becomes: Author, *, keeps_text: bool) -> None:
    with transaction.atomic():
        entries: list[log.Entry] = []
        edited: list[int] = []
        published = 0
        for number in numbers:
            # Read anew each: what was done to the one before may have changed it.
            now = Comment.objects.select_for_update(of=("self",)).get(id=number)
            was_published, before = now.status == Status.PUBLISHED, bytes(now.fragment)
            if not (was_published and keeps_text):
                entries += _take_text(now)
                published += was_published
            now.author = becomes
            now.address = now.verdict = now.badge = ""
            standing.dress(now)
            now.save(
                update_fields=[
                    "author", "status", "is_shown", "source", "html", "edited",
                    *BESIDE_THE_TEXT, *standing.DRESS,
                ]
            )  # fmt: skip
            if now.is_shown and now.status == Status.PUBLISHED and bytes(now.fragment) != before:
                edited.append(number)
        Revision.objects.filter(comment__in=numbers).delete()
        if edited:
            entries.append(("edited", edited))
        if entries:
            _tell(thread_id, entries, published)


def _take_text(now: Comment) -> list[log.Entry]:
    """The comment is empty; what readers must hear of that."""
    entries: list[log.Entry] = []
    if now.status == Status.PUBLISHED:
        # Before its own status changes: it counts itself out of the tree.
        now.status = Status.DELETED
        entries = [("removed", [each]) for each in standing.conceal(now)]
        if Thread.objects.filter(id=now.thread_id, pinned=now.id).update(pinned=None):
            entries.append(("thread", []))
    now.status = Status.DELETED
    now.source = now.html = ""
    now.edited = None
    return entries


def _tell(thread_id: int, entries: list[log.Entry], published: int) -> None:
    last = log.append(thread_id, *entries, comments=-published)
    named = {number for _, numbers in entries for number in numbers}
    Comment.objects.filter(id__in=named).update(seq=last)
    thread = Thread.objects.select_related("forum").get(id=thread_id)
    events.record(AuthorRenamed(thread.forum.shortname, thread.public_id, last))
