"""A guest's comment that waits for him: he is asked at his address, and answers on a page."""

from contextlib import suppress
from dataclasses import dataclass

from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.limits.rates import limit
from voxpop.notices.wishes import ask_whether_his, confirm_address
from voxpop.threads.actions import publish_proven
from voxpop.threads.events import CommentHeld
from voxpop.threads.models import Comment, Status


@dataclass(frozen=True)
class Proven:
    """What became of the comments that waited for their author."""

    published: list[Comment]
    held: list[Comment]


def ask_for_proof(event: CommentHeld) -> None:
    """A consequence: a guest whose comment waits for him has a mail with the way to publish it.

    An address that was asked too often today gets none, nor does a forum send more than a person
    would read: the comment stands in the moderators' queue as well.
    """
    held = Comment.objects.select_related("author").filter(id=event.comment_id)
    comment = held.filter(unproven__isnull=False).first()
    if comment is None:
        return
    if comment.author.proven is not None:  # he has answered while it was being posted
        publish_proven(comment.author)
        return
    with suppress(Problem):
        limit("proof", f"forum:{comment.forum_id}")
        ask_whether_his(comment.author)


def waiting_for(guest: Author) -> list[Comment]:
    """What he wrote that waits for him, oldest first."""
    if guest.proven is not None:
        return []
    return list(Comment.objects.filter(author=guest, unproven__isnull=False).order_by("id")[:50])


def prove(guest: Author) -> Proven:
    """The address is his: what waited appears, unless a moderator has to look at it by now."""
    confirm_address(guest)
    done = publish_proven(guest)
    return Proven(
        published=[each for each in done if each.status == Status.PUBLISHED],
        held=[each for each in done if each.status != Status.PUBLISHED],
    )
