"""Claims as moderators see them: who says that he wrote what, and what is known of either."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from voxpop import ids
from voxpop.forums.models import Forum
from voxpop.moderation.listing import PAGE, place_of
from voxpop.moderation.models import Claim, Decision, Verb
from voxpop.threads.models import Comment, Status


@dataclass(frozen=True)
class ClaimItem:
    """`asking`: how many accounts say so of the same author. `look`: a comment to look at."""

    claim: Claim
    state: str
    comments: int
    asking: int
    look: str


def read_claims(
    forums: Sequence[Forum], *, waits: bool, after: str | None = None, limit: int = PAGE
) -> tuple[list[ClaimItem], str | None]:
    """What waits for a moderator's word, or all others, the newest first; one query."""
    rows = _standing(forums)
    rows = rows.exclude(_SETTLED) if waits else rows.filter(_SETTLED)
    place = place_of(after)
    if place is not None:
        rows = rows.filter(id__lt=place)
    newest = Comment.objects.filter(author=OuterRef("of"), status=Status.PUBLISHED).order_by("-id")
    rows = rows.annotate(
        left=Count("of__comments", distinct=True),
        passed=Count("given", distinct=True),
        asking=Count("of__claims", filter=Q(of__claims__asked__isnull=False), distinct=True),
        newest=Subquery(newest.values("id")[:1]),
    )
    found = list(rows.select_related("forum", "of", "by__user").order_by("-id")[: limit + 1])
    items = [_item(row) for row in found[:limit]]
    return items, found[limit - 1].public_id if len(found) > limit else None


def count_claims(forums: Sequence[Forum]) -> int:
    """How many wait for an answer; one query."""
    return _standing(forums).exclude(_SETTLED).count()


# Answered; or the account has not asked; or they are somebody's by now.
_SETTLED = (
    Q(verb__isnull=False, undone__isnull=True) | Q(asked__isnull=True) | Q(of__is_active=False)
)


def _standing(forums: Sequence[Forum]) -> QuerySet[Claim]:
    """Claims with what was decided of them last."""
    last = Decision.objects.filter(claim=OuterRef("pk")).order_by("-id")
    return Claim.objects.filter(forum__in=forums).annotate(
        verb=Subquery(last.values("verb")[:1]), undone=Subquery(last.values("undone")[:1])
    )


def _item(row: Claim) -> ClaimItem:
    said = vars(row)
    verb = None if said["undone"] else said["verb"]
    if row.of.became_id == row.by_id:
        state = "given"
    elif not row.of.is_active:
        state = "lost"
    elif verb == Verb.REFUSE:
        state = "refused"
    else:
        state = "offered" if verb == Verb.GIVE else "waits"
    return ClaimItem(
        claim=row,
        state=state,
        comments=said["passed"] if state == "given" else said["left"],
        asking=said["asking"],
        look=ids.public(said["newest"]) if said["newest"] else "",
    )
