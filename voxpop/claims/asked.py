"""What an account has asked moderators for, and what they have offered it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.moderation.models import Claim, Decision, Verb
from voxpop.threads.models import Comment, Status
from voxpop.words import say

MOST_SHOWN = 100
# The address of a comment, of a page that shows one, or the id alone.
_NAMED = re.compile(r"(?:.*/c/|.*#voxpop-|)(?P<id>[0-9a-z]{13})(?:[/?#].*)?\Z", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """A claim as its account sees it: `state` is waiting, refused, offered, yours or lost."""

    claim: Claim
    state: str
    comments: int
    newest: str


def claims_of(author: Author) -> Sequence[Asked]:
    """The newest claims of an account; one query."""
    newest = Comment.objects.filter(author=OuterRef("of"), status=Status.PUBLISHED)
    last = Decision.objects.filter(claim=OuterRef("pk")).order_by("-id")
    claims = (
        Claim.objects.filter(by=author)
        .select_related("forum", "of")
        .annotate(
            left=Count("of__comments", filter=~Q(of__comments__status=Status.DELETED)),
            newest=Subquery(newest.order_by("-id").values("id")[:1]),
            verb=Subquery(last.values("verb")[:1]),
            undone=Subquery(last.values("undone")[:1]),
        )
    )
    return [
        Asked(each, _state_of(each), each.left, ids.public(each.newest) if each.newest else "")
        for each in claims.order_by("-id")[:MOST_SHOWN]
    ]


def _state_of(claim: Claim) -> str:
    verb = None if claim.undone else claim.verb  # type: ignore[attr-defined]
    if claim.of.became_id == claim.by_id:
        return "yours"
    if not claim.of.is_active:
        return "lost"
    if verb == Verb.REFUSE:
        return "refused"
    if claim.asked is not None:
        return "waiting"
    return "offered" if verb == Verb.GIVE else "over"


def comment_named(text: str) -> Comment:
    """The published comment that somebody means by its address. Raises Problem."""
    named = _NAMED.match(text.strip())
    found = Comment.objects.select_related("forum", "author").filter(
        id=(ids.private(named["id"]) if named else None) or 0, status=Status.PUBLISHED
    )
    comment = found.first()
    if comment is None:
        raise Problem("invalid", say("no_comment_there"))
    return comment


def own_claim(author: Author, public_id: str) -> Claim:
    """A claim of this account. Raises Problem: nobody else's is there."""
    found = Claim.objects.select_related("forum", "of", "by")
    claim = found.filter(by=author, id=ids.private(public_id) or 0).first()
    if claim is None:
        raise Problem("not_found")
    return claim
