"""When the sanitiser has become stricter, what stands is rendered again (SAFETY R04, 6.2).

Every row knows by which sanitiser it was made. A partial index holds the rows of older ones, so
that looking costs nothing when there are none.
"""

from itertools import groupby

from django.db import transaction

from voxpop import events
from voxpop.errors import Problem
from voxpop.threads import drafting, log, markup, standing
from voxpop.threads.events import CommentRemoved
from voxpop.threads.models import Comment, Thread

AT_ONCE = 200


def render_anew() -> int:
    """Render some comments of an older sanitiser again; how many. Called by the worker."""
    old = Comment.objects.filter(sanitizer__lt=markup.SANITIZER).order_by("thread_id", "id")
    places = list(old.values_list("thread_id", "id")[:AT_ONCE])
    for thread_id, rows in groupby(places, key=lambda place: place[0]):
        _render_thread(thread_id, [number for _, number in rows])
    return len(places)


def _render_thread(thread_id: int, numbers: list[int]) -> None:
    with transaction.atomic():
        locked = Comment.objects.select_for_update(of=("self",)).select_related("author", "thread")
        comments = list(locked.filter(id__in=numbers))
        changed = []
        for comment in comments:
            before = comment.html
            comment.html, comment.sanitizer = _rendered(comment), markup.SANITIZER
            standing.dress(comment)
            if comment.html != before and comment.is_shown:
                changed.append(comment.id)
        Comment.objects.bulk_update(comments, ["html", "sanitizer", *standing.DRESS])
        if changed:
            # As strict as a removal: the old bytes may hold what made the sanitiser stricter.
            seq = log.append(thread_id, ("edited", changed))
            Comment.objects.filter(id__in=changed).update(seq=seq)
            thread = Thread.objects.select_related("forum").get(id=thread_id)
            events.record(CommentRemoved(thread.forum.shortname, thread.public_id, seq, changed[0]))


def _rendered(comment: Comment) -> str:
    """The source by today's rules; nothing of it where they find nothing to show."""
    try:
        if comment.imported_id is not None:
            return markup.render_imported(comment.source)
        names = drafting.names_mentioned(comment.source, comment.thread, comment.author)
        return markup.render(comment.source, names=names)
    except Problem:
        return ""
