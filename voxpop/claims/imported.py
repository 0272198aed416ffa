"""Comments of an archive become an account's, by a proof that it wrote them where they came from.

An archive names its authors by what they were called there. A name that anybody can choose proves
nothing; what proves is what a provider gives to one account only, and says of it when its owner
signs in (docs/decisions/0200). Guests of an archive are a name, so nothing proves that one was he:
that is the moderators' word (`moderation/actions/give.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models import Count, Min, OuterRef, Q, Subquery

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.claims.become import become
from voxpop.claims.claiming import begin
from voxpop.errors import Problem
from voxpop.threads.models import Comment, Status
from voxpop.words import say


@dataclass(frozen=True)
class Proof:
    """That an account is an archive's author: the key that he has there, and what says so.

    `since`: when that name was first this account's, where names change hands.
    """

    key: str
    told: str
    since: datetime | None = None


@dataclass(frozen=True)
class Proven:
    """What an archive's author wrote, who is this account by proof. `newest` can be looked at."""

    author: Author
    comments: int
    told: str
    newest: str


def proven_of(account: Author) -> Sequence[Proven]:
    """What this account wrote before it was imported here; three queries."""
    if account.user_id is None:
        return []
    proofs = {proof.key: proof for proof in _proofs_of(account)}
    addresses = _addresses_of(account)
    # Of an archive of ours an address is a guest's, who only typed it.
    by_address = Q(email__in=addresses, imported_key__startswith="disqus:")
    found = []
    for author, number, first, newest in _with_comments(Q(imported_key__in=proofs) | by_address):
        proof = proofs.get(author.imported_key or "")
        if proof is not None and _is_older(proof, first):
            told = proof.told
        elif author.email in addresses:
            told = say("proof_address", address=author.email)
        else:
            continue
        found.append(Proven(author, number, told, ids.public(newest) if newest else ""))
    return found


def claim_imported(account: Author, imported: str) -> int:
    """What this archive's author wrote is the account's from now on; how many comments. Said again,
    it is none.

    Raises Problem where nothing proves that the two are one, or another was faster.
    """
    mine = {each.author.public_id: each for each in proven_of(account)}.get(imported)
    if mine is None:
        raise Problem("not_allowed", say("nothing_proves"))
    become(mine.author, account)
    begin([mine.author])
    return mine.comments


def _proofs_of(account: Author) -> Iterator[Proof]:
    """What this account can show of itself, as archives spell it."""
    yield Proof(f"user:{account.public_id}", say("proof_export"))
    for identity in SocialAccount.objects.filter(user=account.user_id):
        name = str(identity.extra_data.get("known_as", ""))
        if identity.provider == "disqus" and name:
            since = _moment(identity.extra_data.get("since"))
            if since is not None:
                yield Proof(f"disqus:{name.casefold()}", say("proof_disqus", name=name), since)
        if identity.provider == "x":
            # Whom Disqus knew by X, it named by the number there.
            yield Proof(f"disqus:twitter-{identity.uid}", say("proof_x", name=name))


def _addresses_of(account: Author) -> set[str]:
    proven = EmailAddress.objects.filter(user=account.user_id, verified=True)
    return set(proven.values_list("email", flat=True))


def _with_comments(which: Q) -> Iterator[tuple[Author, int, datetime, int | None]]:
    """Authors of archives who are nobody else yet and wrote something that is still there: how
    much, when first, and the newest that can be looked at."""
    newest = Comment.objects.filter(author=OuterRef("pk"), status=Status.PUBLISHED)
    authors = Author.objects.filter(which, kind=AuthorKind.IMPORTED, is_active=True)
    for author in (
        authors.select_related("forum")
        .order_by("id")
        .annotate(
            written=Count("comments", filter=~Q(comments__status=Status.DELETED)),
            first=Min("comments__created"),
            newest=Subquery(newest.order_by("-id").values("id")[:1]),
        )
    ):
        if author.written:
            yield author, author.written, author.first, author.newest


def _is_older(proof: Proof, first: datetime) -> bool:
    """Whether the name was his when the first of these was written: who took it over later was
    somebody else then."""
    return proof.since is None or proof.since <= first


def _moment(text: object) -> datetime | None:
    """As Disqus writes it, in UTC and without saying so."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
