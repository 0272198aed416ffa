"""Editing: judged like a new comment. While an edit is held, the approved text stays."""

from django.db import transaction
from django.utils import timezone

from voxpop import events
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.limits.once import NOT_TWICE, Once
from voxpop.screening import Verdict
from voxpop.threads import drafting, log, markup, rules, standing
from voxpop.threads.events import CommentEdited, CommentHeld
from voxpop.threads.models import WAITING, Comment, Revision, Status


def edit_comment(
    *,
    comment: Comment,
    author: Author,
    source: str,
    revision: int,
    once: Once = NOT_TWICE,
) -> Revision:
    """Change what a comment says; `revision` is the one that the author was looking at.

    Raises Problem when it is not his, too late, or changed meanwhile (`revision_conflict`).
    """
    rules.may_edit(comment, author, revision)
    html = markup.render(
        source, names=drafting.names_mentioned(source, comment.thread, comment.author)
    )
    verdict = drafting.judge_edit(comment, author, source, html)
    with once.transaction():
        now = _locked(comment)
        rules.may_edit(now, author, revision)
        submitted = _submit(now, source, html, verdict)
        submitted.comment.told = verdict.reason if verdict.is_telling else ""
        once.keep(submitted)
    return submitted


def approve_revision(revision: Revision) -> Comment:
    """A moderator lets a held edit through: it becomes what everybody reads."""
    with transaction.atomic():
        now = _locked(revision.comment)
        _still_held(revision)
        revision.status = Status.PUBLISHED
        revision.save(update_fields=["status"])
        _say(now, revision)
    return now


def reject_revision(revision: Revision) -> Comment:
    """A held edit is refused; the approved text stays and readers notice nothing."""
    with transaction.atomic():
        now = _locked(revision.comment)
        _still_held(revision)
        revision.status = Status.REJECTED
        revision.save(update_fields=["status"])
    return now


def _locked(comment: Comment) -> Comment:
    return (
        Comment.objects.select_for_update(of=("self",))
        .select_related("author", "thread", "forum")
        .get(id=comment.id)
    )


def _still_held(revision: Revision) -> None:
    if not Revision.objects.filter(id=revision.id, status=Status.HELD).exists():
        raise Problem("already_decided")


def _submit(now: Comment, source: str, html: str, verdict: Verdict) -> Revision:
    """The new text as a revision; said at once where it was judged fit."""
    if not now.revisions.exists():
        Revision.objects.create(
            comment=now,
            number=now.revision,
            source=now.source,
            html=now.html,
            created=now.created,
            status=now.status,
        )
    # A second edit before the moderator came takes the place of the first.
    now.revisions.filter(status=Status.HELD, number__gt=now.revision).delete()
    newest = now.revisions.order_by("-number").values_list("number", flat=True)[0]
    submitted = Revision(
        comment=now, number=newest + 1, source=source, html=html, verdict=verdict.reason
    )
    is_fit = verdict.status == Status.PUBLISHED or now.status in WAITING
    submitted.status = now.status if is_fit else Status.HELD
    submitted.save()
    if is_fit:
        _say(now, submitted)
    else:
        events.record(CommentHeld(now.forum.shortname, now.id))
    return submitted


def _say(now: Comment, revision: Revision) -> None:
    """The comment says what the revision says; readers hear of it where it is published."""
    now.source, now.html, now.revision = revision.source, revision.html, revision.number
    now.edited = timezone.now()
    standing.dress(now)
    if now.status == Status.PUBLISHED:
        now.seq = log.append(now.thread_id, ("edited", [now.id]))
        place = now.forum.shortname, now.thread.public_id, now.seq
        events.record(CommentEdited(*place, now.id, now.author.handle))
    now.save(update_fields=["source", "html", "revision", "edited", "seq", *standing.DRESS])
    revision.comment = now
