"""May I? Every object is found through the forums its asker may moderate (SAFETY T37, R24).

What belongs to another forum and what does not exist look the same: Problem("not_found").
"""

from collections.abc import Sequence
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from voxpop import ids
from voxpop.accounts.factors import has_second_factor
from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Membership, Role
from voxpop.forums.rules import may_moderate, refuse_without_second_factor
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.moderation.models import Claim, Decision, Verb
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Revision, Status, Thread
from voxpop.words import say

Found = TypeVar("Found", Comment, Thread, Decision, Ban, Claim)

STATUS_AFTER = {
    Verb.APPROVE: Status.PUBLISHED,
    Verb.RESTORE: Status.PUBLISHED,
    Verb.REJECT: Status.REJECTED,
    Verb.SPAM: Status.SPAM,
    Verb.DELETE: Status.DELETED,
}
# What its author may be told the ground of; of spam he is told nothing (SAFETY T26).
EXPLAINED = {Verb.REJECT, Verb.DELETE}


# -- access: one function per kind of object ------------------------------------------------


def forums_to_moderate(user: User | AnonymousUser) -> QuerySet[Forum]:
    """Every forum this user may decide in; the operator may in all."""
    if not isinstance(user, User) or not user.is_active:
        return Forum.objects.none()
    forums = _forums_with_a_role(user)
    return forums if has_second_factor(user) else forums.filter(requires_second_factor=False)


def forum_that_waits(user: User) -> Forum | None:
    """One that he would decide in if he had the second factor that it asks for."""
    waiting = _forums_with_a_role(user).filter(requires_second_factor=True).first()
    return waiting if waiting is not None and not has_second_factor(user) else None


def _forums_with_a_role(user: User) -> QuerySet[Forum]:
    forums = Forum.objects.order_by("shortname")
    return forums if user.is_operator else forums.filter(memberships__user=user)


def access_forum(user: User | AnonymousUser, shortname: str) -> Forum:
    forum = Forum.objects.filter(shortname=shortname).first()
    if forum is None:
        raise Problem("not_found")
    _check_role(user, forum)
    return forum


def access_comment(user: User | AnonymousUser, public_id: str) -> Comment:
    found = Comment.objects.select_related("forum", "thread", "author")
    return _accessible(user, found.filter(id=_number(public_id)).first())


def access_revision(user: User | AnonymousUser, public_id: str, number: int) -> Revision:
    comment = access_comment(user, public_id)
    revision = Revision.objects.filter(comment=comment, number=number).first()
    if revision is None:
        raise Problem("not_found")
    revision.comment = comment
    return revision


def access_thread(user: User | AnonymousUser, public_id: str) -> Thread:
    found = Thread.objects.select_related("forum").filter(public_id=public_id)
    return _accessible(user, found.first())


def access_decision(user: User | AnonymousUser, public_id: str) -> Decision:
    found = Decision.objects.select_related("forum").filter(id=_number(public_id))
    return _accessible(user, found.first())


def access_ban(user: User | AnonymousUser, public_id: str) -> Ban:
    found = Ban.objects.select_related("forum", "author").filter(id=_number(public_id))
    return _accessible(user, found.first())


def access_claim(user: User | AnonymousUser, public_id: str) -> Claim:
    found = Claim.objects.select_related("forum", "of", "by__user")
    return _accessible(user, found.filter(id=_number(public_id)).first())


def access_author(forums: Sequence[Forum], public_id: str) -> Author:
    """An author who has written in one of these forums; others are nobody here."""
    author = Author.objects.filter(id=_number(public_id)).first()
    if author is None or not Comment.objects.filter(author=author, forum__in=forums).exists():
        raise Problem("not_found")
    return author


def _number(public_id: str) -> int:
    """The id behind a public one; of nothing, where it is none."""
    return ids.private(public_id) or 0


def _accessible(user: User | AnonymousUser, found: Found | None) -> Found:
    if found is None:
        raise Problem("not_found")
    _check_role(user, found.forum)
    return found


def _check_role(user: User | AnonymousUser, forum: Forum) -> None:
    refuse_without_second_factor(user, forum)
    if not may_moderate(user, forum):
        raise Problem("not_found")


def may_act_now(user: User, network: str) -> None:
    """Before every act: writing is not paused, and nobody clicks like a machine (SAFETY T25)."""
    refuse_while_paused()
    limit("moderate", f"author:{user.id}")
    limit("moderate", network)


# -- may this be decided? -------------------------------------------------------------------


def may_decide(comment: Comment, verb: Verb, seen: Status | None) -> None:
    """`seen` is the status that the moderator was looking at, where he was looking at one."""
    if is_taken_back(comment):
        raise Problem("not_allowed", say("refused_authors"))
    if seen is not None and seen != comment.status:
        raise Problem("already_decided", say("refused_now", status=say(f"status_{comment.status}")))
    target = STATUS_AFTER[verb]
    if target == comment.status and not (target == Status.PUBLISHED and comment.flags):
        raise Problem(
            "already_decided", say("refused_same", status=say(f"status_{comment.status}"))
        )


def is_taken_back(comment: Comment) -> bool:
    """Whether it was deleted by its author (or in the system it was imported from), not by us."""
    if comment.status != Status.DELETED:
        return False
    last = Decision.objects.filter(comment=comment, verb__in=STATUS_AFTER, undone=None)
    newest = last.order_by("-created", "-id").values_list("verb", flat=True).first()
    return newest != Verb.DELETE


def may_be_claimed(of: Author) -> bool:
    """Only what came out of an archive, and is nobody's here yet."""
    is_archived = of.kind in {AuthorKind.IMPORTED, AuthorKind.GUEST} and of.imported_key is not None
    return is_archived and of.is_active


def may_give(claim: Claim, by: User) -> None:
    """A moderator gives nothing to himself; an owner may, or a forum of one could give nothing."""
    if claim.by.user_id != by.id or by.is_operator:
        return
    if not Membership.objects.filter(forum=claim.forum, user=by, role=Role.OWNER).exists():
        raise Problem("not_allowed", say("refused_own"))


def may_ban(forum: Forum, author: Author) -> None:
    """The people who run a forum are not banned from it by one of them."""
    if author.user_id is None:
        return
    if Membership.objects.filter(forum=forum, user_id=author.user_id).exists():
        raise Problem("not_allowed", say("refused_team"))
