"""An author takes another name: his comments are dressed anew, thread by thread."""

from django.db import transaction

from voxpop import events
from voxpop.accounts.events import AuthorNamed
from voxpop.accounts.models import Author
from voxpop.names import clean_name, skeleton
from voxpop.threads import log, standing
from voxpop.threads.events import AuthorRenamed
from voxpop.threads.models import Comment, Thread


def rename_author(author: Author, name: str) -> Author:
    """Change the name; what readers see follows by `dress_author_anew`, a consequence."""
    author.name = clean_name(name)
    author.name_skeleton = skeleton(author.name)
    with transaction.atomic():
        author.save(update_fields=["name", "name_skeleton"])
        events.record(AuthorNamed(author.id))
    return author


def dress_author_anew(author_id: int) -> None:
    """Make the author's fragments anew, one transaction and one event per thread at a time."""
    threads = Comment.objects.filter(author_id=author_id).values_list("thread_id", flat=True)
    for thread_id in threads.order_by().distinct():
        while _dress_some(author_id, thread_id):
            pass


def _dress_some(author_id: int, thread_id: int) -> bool:
    """Dress at most one event's worth of comments; True when there may be more."""
    author = Author.objects.get(id=author_id)
    with transaction.atomic():
        mine = Comment.objects.filter(author_id=author_id, thread_id=thread_id, is_shown=True)
        stale = []
        for comment in mine.iterator():
            comment.author = author
            before = bytes(comment.fragment), bytes(comment.shape)
            standing.dress(comment)
            if (comment.fragment, comment.shape) != before:
                stale.append(comment)
            if len(stale) == log.COMMENTS_PER_EVENT:
                break
        if not stale:
            return False
        seq = log.append(thread_id, ("edited", [c.id for c in stale]))
        for comment in stale:
            comment.seq = seq
        Comment.objects.bulk_update(stale, ["seq", *standing.DRESS])
        thread = Thread.objects.select_related("forum").get(id=thread_id)
        events.record(AuthorRenamed(thread.forum.shortname, thread.public_id, seq))
    return len(stale) == log.COMMENTS_PER_EVENT
