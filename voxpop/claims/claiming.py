"""A guest's comments become an account's, by a proof that the guest was he.

There are two: a token, by which a browser is that guest; and an address that both have proven, the
guest by a link in a mail and the account by its own. An address that a guest only typed is none,
or whoever typed it would put words into another's mouth.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Count, Q

from voxpop.accounts.models import Author, AuthorKind, TokenKind
from voxpop.accounts.tokens import find_token
from voxpop.claims.become import become
from voxpop.errors import Problem
from voxpop.threads.actions import hand_over
from voxpop.threads.models import Status

# What is done while he waits; the rest follows.
AT_ONCE = 1.0


@dataclass(frozen=True)
class Claimable:
    """What somebody wrote as one guest."""

    guest: Author
    comments: int


def claimable(author: Author, token: str = "") -> Sequence[Claimable]:
    """What this account may claim, by its proven addresses and by the guest whose token it shows;
    two or three queries. A guest who wrote nothing is nothing to claim."""
    if author.user_id is None:
        return []
    proven = EmailAddress.objects.filter(user=author.user_id, verified=True)
    addresses = list(proven.values_list("email", flat=True))
    by_address = Q(proven__isnull=False, email__in=addresses)
    shown = _guest_with(token)
    mine = by_address | Q(id=shown.id) if shown else by_address
    guests = Author.objects.filter(mine, kind=AuthorKind.GUEST, is_active=True)
    counted = guests.select_related("forum").annotate(
        written=Count("comments", filter=~Q(comments__status=Status.DELETED))
    )
    return [Claimable(each, each.written) for each in counted.order_by("id") if each.written]


def claim(author: Author, token: str = "") -> int:
    """All of that is his from now on; how many comments. Said again, it finds nothing more.

    Raises Problem for who has no account.
    """
    if author.user_id is None:
        raise Problem("sign_in_required", "Sign in first: only an account can claim comments.")
    found = claimable(author, token)
    for each in found:
        become(each.guest, author)
    begin(each.guest for each in found)
    return sum(each.comments for each in found)


def begin(became: Iterable[Author]) -> None:
    """What can be seen at once is seen at once; a consequence does whatever is left."""
    for each in became:
        each.refresh_from_db()
        if each.became is not None and not hand_over(each, each.became, seconds=AT_ONCE):
            return


def _guest_with(token: str) -> Author | None:
    """The guest who is known by this token; an account's token proves nothing here."""
    found = find_token(token) if token else None
    if found is None or found.kind != TokenKind.GUEST or found.author.kind != AuthorKind.GUEST:
        return None
    return found.author
