"""A moderator decides about a comment or about an edit that waits."""

from django.db import transaction
from django.db.models import F

from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.moderation import rules
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.moderation.rules import EXPLAINED, STATUS_AFTER
from voxpop.threads.actions import (
    approve_revision,
    hold_comment,
    publish_comment,
    reject_revision,
    remove_comment,
)
from voxpop.threads.models import Comment, Revision, Status
from voxpop.words import say


def decide(
    *,
    comment: Comment,
    verb: Verb,
    by: User,
    reason: str = "",
    told: Ground | None = None,
    seen: Status | None = None,
) -> Decision:
    """Approve, reject, mark as spam, delete or restore; the flags on it are answered by this.

    `reason` is kept for moderators; what the author is `told` of why is said in his Home and mail.
    """
    if verb not in STATUS_AFTER:
        raise Problem("invalid", errors={"decision": "This is not decided about a comment."})
    if told and verb not in EXPLAINED:
        raise Problem(
            "invalid",
            errors={"told": "Only what is rejected or deleted is explained to its author."},
        )
    with transaction.atomic():
        now = _locked(comment)
        rules.may_decide(now, verb, seen)
        decision = Decision.objects.create(
            forum_id=now.forum_id,
            by=by,
            verb=verb,
            comment=now,
            reason=reason,
            told=told or "",
            before={"status": now.status, "verdict": now.verdict, "flags": now.flags},
        )
        set_status(now, STATUS_AFTER[verb])
        Comment.objects.filter(id=now.id).update(flags=0)
    comment.refresh_from_db()
    return decision


def decide_edit(*, revision: Revision, approves: bool, by: User, reason: str = "") -> Decision:
    """Let a held edit replace the text that readers see, or refuse it."""
    with transaction.atomic():
        comment = _locked(revision.comment)
        revision.comment = comment
        decision = Decision.objects.create(
            forum_id=comment.forum_id,
            by=by,
            verb=Verb.APPROVE_EDIT if approves else Verb.REJECT_EDIT,
            comment=comment,
            reason=reason,
            before={"revision": revision.number, "shown": comment.revision},
        )
        (approve_revision if approves else reject_revision)(revision)
    return decision


def undo_decide(decision: Decision) -> None:
    """Give the comment back the status and the flags it had before."""
    comment = _locked(_comment_of(decision))
    if comment.status != STATUS_AFTER[Verb(decision.verb)]:
        raise Problem("decision_superseded")
    before = decision.before
    set_status(comment, Status(before["status"]), before["verdict"])
    Comment.objects.filter(id=comment.id).update(flags=F("flags") + before["flags"])


def undo_decide_edit(decision: Decision) -> None:
    """Let the edit wait again; where it was approved, readers see the text before it."""
    comment = _locked(_comment_of(decision))
    revisions = Revision.objects.filter(comment=comment)
    edit = revisions.filter(number=decision.before["revision"])
    if decision.verb == Verb.APPROVE_EDIT:
        shown = revisions.filter(number=decision.before["shown"]).first()
        if comment.revision != decision.before["revision"] or shown is None:
            raise Problem("decision_superseded")
        # The one way for a text to be read is to be approved, so the old one goes that way again.
        revisions.filter(id=shown.id).update(status=Status.HELD)
        approve_revision(shown)
    elif revisions.filter(number__gt=decision.before["revision"]).exists():
        raise Problem("decision_superseded", say("refused_edited_again"))
    edit.update(status=Status.HELD)


def set_status(comment: Comment, status: Status, verdict: str = "") -> None:
    """By the verb of threads that goes with the status."""
    if status == Status.PUBLISHED:
        publish_comment(comment)
    elif status == Status.HELD:
        hold_comment(comment, verdict)
    else:
        remove_comment(comment, status, verdict)


def _comment_of(decision: Decision) -> Comment:
    if decision.comment is None:
        raise Problem("decision_superseded")
    return decision.comment


def _locked(comment: Comment) -> Comment:
    return (
        Comment.objects.select_for_update(of=("self",)).select_related("forum").get(id=comment.id)
    )
