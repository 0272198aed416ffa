"""What a guest wrote before he proved his address: published when he does, or dropped."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from voxpop import events
from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.screening import HELD, PUBLISHED, Verdict
from voxpop.threads import drafting
from voxpop.threads.actions.stand import publish_comment
from voxpop.threads.events import ForumFlooded
from voxpop.threads.models import Comment, Flag, Unproven, Vote

# So long a comment waits for its author, and the link in the mail works.
WAITS = timedelta(days=7)
AT_ONCE = 200


def publish_proven(guest: Author) -> list[Comment]:
    """His address is proven: what waited for that alone is published, each judged anew.

    What a moderator would hold by now (a word, a flood, a ban) goes on waiting, for a moderator.
    Each stands in its own transaction; what a crash left is done by asking again.
    """
    waiting = Comment.objects.filter(author=guest, unproven__isnull=False).order_by("id")
    return [_judge_again(number) for number in waiting.values_list("id", flat=True)]


def drop_unproven() -> None:
    """Nobody confirmed these in time, and no moderator let them through: they go, and so does the
    guest who has nothing else, with an address that may be another's."""
    old = Unproven.objects.filter(since__lt=timezone.now() - WAITS).order_by("since")
    for number in list(old.values_list("comment_id", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            comment = Comment.objects.select_for_update(of=("self",)).filter(id=number).first()
            if comment is None or not Unproven.objects.filter(comment=comment).exists():
                continue
            comment.delete()
            _forget(comment.author)


@transaction.atomic
def throw_unproven(guest: Author) -> None:
    """Whoever reads the mail of that address says that it was not he: nothing of it is kept, and
    nobody writes as this guest any more."""
    for comment in Comment.objects.filter(author=guest, unproven__isnull=False):
        comment.delete()
    Author.objects.filter(id=guest.id).update(is_active=False)
    _forget(guest)


def _judge_again(number: int) -> Comment:
    with transaction.atomic():
        comment = (
            Comment.objects.select_for_update(of=("self",))
            .select_related("author__user", "forum", "thread")
            .get(id=number)
        )
        if Unproven.objects.filter(comment=comment).delete()[0]:
            verdict = _verdict(comment)
            if verdict.is_flood:
                events.record(ForumFlooded(comment.forum.shortname))
            if verdict.status == PUBLISHED:
                return publish_comment(comment)
            comment.verdict = verdict.reason
            comment.save(update_fields=["verdict"])
    return comment


def _verdict(comment: Comment) -> Verdict:
    try:
        return drafting.judge_comment(
            comment.forum,
            comment.thread,
            comment.author,
            comment.source,
            comment.html,
            address=comment.address,
        )
    except Problem as problem:
        return Verdict(HELD, reason=problem.title)


def _forget(guest: Author) -> None:
    """A guest who has nothing left, and whose address may be another's."""
    if guest.kind != AuthorKind.GUEST or guest.proven is not None:
        return
    if not any(each.objects.filter(author=guest).exists() for each in (Comment, Vote, Flag)):
        guest.delete()
