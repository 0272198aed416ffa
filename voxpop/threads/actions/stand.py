"""A comment's standing changes: published, held, removed, deleted by its author."""

from collections.abc import Callable

from django.db import transaction

from voxpop import events
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.limits.once import NOT_TWICE, Once
from voxpop.threads import log, rules, standing
from voxpop.threads.events import CommentMoved, CommentPublished, CommentRemoved, CommentStood
from voxpop.threads.models import Comment, Status, Thread, Unproven


def publish_comment(comment: Comment) -> Comment:
    """Show a held, rejected or removed comment to everybody. Nothing happens twice."""
    return _restand(comment, Status.PUBLISHED, "published", CommentPublished)


def hold_comment(comment: Comment, verdict: str = "") -> Comment:
    """Take a comment back from readers until a moderator has decided."""
    return _restand(comment, Status.HELD, "removed", CommentRemoved, verdict)


def remove_comment(comment: Comment, status: Status, verdict: str = "") -> Comment:
    """Reject, mark as spam or delete: readers no longer see it, from anywhere."""
    return _restand(comment, status, "removed", CommentRemoved, verdict)


def delete_comment(*, comment: Comment, author: Author, once: Once = NOT_TWICE) -> Comment:
    """The author takes his own comment away. Raises Problem when it is not his or already gone."""
    rules.may_delete(comment, author)
    with once.transaction():
        _restand(comment, Status.DELETED, "removed", CommentRemoved)
        once.keep(comment)
    return comment


def _restand(
    comment: Comment, status: Status, kind: str, event: type[CommentMoved], verdict: str = ""
) -> Comment:
    with transaction.atomic():
        # Locked and read anew: what the caller holds may be older than another's decision.
        now = (
            Comment.objects.select_for_update(of=("self",))
            .select_related("author", "thread", "forum")
            .get(id=comment.id)
        )
        if status == Status.PUBLISHED and not now.source:
            raise Problem("already_decided", "Its author has taken its text away for good.")
        if now.status != status:
            was_published = now.status == Status.PUBLISHED
            now.status = status
            now.verdict = verdict
            Unproven.objects.filter(comment=now).delete()
            _move(now, kind, event, was_published=was_published)
            events.record(CommentStood(now.forum.shortname, now.id))
    comment.__dict__.update(now.__dict__)
    return comment


def _move(now: Comment, kind: str, event: type[CommentMoved], *, was_published: bool) -> None:
    is_published = now.status == Status.PUBLISHED
    changed = _changed(now)(now) if is_published or was_published else []
    standing.save_standing(now)
    if not changed:
        return
    entries: list[log.Entry] = [(kind, [each]) for each in changed]
    if now.thread.pinned_id == now.id and not is_published:
        Thread.objects.filter(id=now.thread_id).update(pinned=None)
        entries.append(("thread", []))
    last = log.append(now.thread_id, *entries, comments=int(is_published) - int(was_published))
    Comment.objects.filter(id__in=changed).update(seq=last)
    now.seq = last
    place = now.forum.shortname, now.thread.public_id, last
    events.record(event(*place, now.id, now.author.handle))


def _changed(now: Comment) -> Callable[[Comment], list[int]]:
    return standing.reveal if now.status == Status.PUBLISHED else standing.conceal
