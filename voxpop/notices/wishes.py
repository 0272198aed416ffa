"""What somebody wants mail about, and the links in mails by which he says so without signing in.

A guest's address is only what he typed: nothing but the question whether it is his goes there until
the link in that mail was used. So nobody signs up another for mail.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction
from django.utils import timezone

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.limits.rates import limit
from voxpop.notices.models import Kind, Letter, MailWish

# What can be had by mail, and where that is kept.
BY_MAIL = {
    Kind.REPLY: "replies",
    Kind.MENTION: "mentions",
    Kind.WATCH: "watches",
    Kind.DECISION: "decisions",
}
# A guest watches nothing, and of himself he is told on the page where he wrote.
FOR_GUESTS = (Kind.REPLY, Kind.MENTION)


def those_who_want(people: Mapping[int, Kind], authors: Iterable[Author]) -> list[Author]:
    """Of these, with what each would be told, those who want mail about it; two queries."""
    candidates = list(authors)
    wishes = MailWish.objects.in_bulk([author.id for author in candidates])
    users = {author.user_id for author in candidates if author.user_id is not None}
    proven = set(
        EmailAddress.objects.filter(user_id__in=users, verified=True, primary=True)
        .values_list("user_id", flat=True)
    )  # fmt: skip
    return [
        author
        for author in candidates
        if (author.user_id in proven or author.kind == AuthorKind.GUEST)
        and is_wanted(author, people[author.id], wishes.get(author.id))
    ]


def is_wanted(author: Author, kind: str, wish: MailWish | None) -> bool:
    """Whether mail of this kind is to go to him, should he have an address."""
    if author.kind == AuthorKind.GUEST and (wish is None or wish.confirmed is None):
        return False
    if wish is None:
        return True
    return bool(getattr(wish, BY_MAIL[Kind(kind)]))


def address_of(author: Author) -> str:
    """Where his mail goes: an account's proven address, a guest's own; "" for nowhere."""
    if author.user is None:
        return author.email if author.kind == AuthorKind.GUEST else ""
    proven = EmailAddress.objects.filter(user=author.user, verified=True, primary=True)
    return proven.values_list("email", flat=True).first() or ""


@transaction.atomic
def ask_for_mail(author: Author) -> MailWish:
    """He wants mail about replies. A guest is asked first, at his address, whether it is his.

    Raises Problem: a guest left no address, or has been asked too often (it may be another's).
    """
    others = dict.fromkeys(BY_MAIL.values(), author.user_id is not None)
    wish, is_new = MailWish.objects.get_or_create(
        author=author, defaults={**others, "replies": True}
    )
    if not is_new and not wish.replies:
        wish.replies = True
        wish.save(update_fields=["replies"])
    if author.user_id is None and wish.confirmed is None:
        if not author.email:
            raise Problem("invalid", errors={"email": "Leave an e-mail address first."})
        # Whoever's address that is: so often it is asked, and by whatever number of guests.
        limit("mail_to_unproven", f"address:{author.email}")
        if not Letter.objects.filter(to=author, comment=None, due__isnull=False).exists():
            Letter.objects.create(to=author)
    return wish


def change_wishes(author: Author, wanted: Collection[Kind]) -> None:
    """What he wants mail about from now on, and nothing else; what is waiting to go is judged by
    it."""
    fields = {field: kind in wanted for kind, field in BY_MAIL.items()}
    MailWish.objects.update_or_create(author=author, defaults=fields)


def wanted_by(wish: MailWish) -> set[Kind]:
    """Of which kinds he wants mail."""
    return {kind for kind, field in BY_MAIL.items() if getattr(wish, field)}


def stop_mail(author: Author) -> None:
    """No mail of any kind any more."""
    change_wishes(author, ())


def confirm_address(author: Author) -> None:
    """Whoever reads the mail of this guest's address wants what was asked for; twice is once."""
    MailWish.objects.filter(author=author, confirmed=None).update(confirmed=timezone.now())


def wishes_of(author: Author) -> MailWish:
    """What he wants; of a guest who never said so: nothing."""
    found = MailWish.objects.filter(author=author).first()
    is_user = author.kind == AuthorKind.USER
    return found or MailWish(author=author, **dict.fromkeys(BY_MAIL.values(), is_user))


# The links. Each holds whose it is and a signature, which a stranger cannot make.


def secret_of(author: Author) -> str:
    """What the links "settings of my mail" of this person end with; good for ever."""
    return _signer("mail").sign(ids.public(author.id))


def author_with(secret: str) -> Author | None:
    """Whose secret this is."""
    return _signed(secret, lambda author: _signer("mail"))


def confirming_secret_of(author: Author) -> str:
    """What the link that confirms this guest's address ends with: good for this address only."""
    return _signer(f"confirm {author.email}").sign(ids.public(author.id))


def author_confirming_with(secret: str) -> Author | None:
    """The guest whose address this secret confirms."""
    return _signed(secret, lambda author: _signer(f"confirm {author.email}"))


def _signed(secret: str, signer_for: Callable[[Author], signing.Signer]) -> Author | None:
    number = ids.private(secret.partition(".")[0])
    rows = Author.objects.select_related("user", "forum").filter(is_active=True)
    author = rows.filter(id=number).first() if number is not None else None
    if author is None:
        return None
    try:
        signer_for(author).unsign(secret)
    except signing.BadSignature:
        return None
    return author


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"voxpop.notices {purpose}")
