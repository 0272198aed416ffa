"""A reader reports a comment to the moderators."""

from django.db import transaction
from django.db.models import F

from voxpop import events
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.threads import rules
from voxpop.threads.events import CommentFlagged
from voxpop.threads.models import Comment, Flag, FlagReason


def flag_comment(*, comment: Comment, author: Author, reason: str) -> None:
    """Keep the report; the same reader's second report of a comment changes only its reason."""
    if reason not in FlagReason.values:
        raise Problem("invalid", errors={"reason": f"One of {', '.join(FlagReason.values)}."})
    rules.may_flag(comment, author)
    with transaction.atomic():
        _, is_new = Flag.objects.update_or_create(
            comment=comment, author=author, defaults={"reason": reason}
        )
        if is_new:
            Comment.objects.filter(id=comment.id).update(flags=F("flags") + 1)
            events.record(CommentFlagged(comment.forum.shortname, comment.id))
