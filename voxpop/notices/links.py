"""The links in mails, by which somebody says what he wants without signing in.

Each holds whose it is and a signature, which a stranger cannot make.
"""

from collections.abc import Callable

from django.core import signing

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.threads.actions.prove import WAITS


def secret_of(author: Author) -> str:
    """What the links "settings of my mail" of this person end with; good for ever."""
    return _signer("mail").sign(ids.public(author.id))


def author_with(secret: str) -> Author | None:
    """Whose secret this is."""
    return _signed(secret, lambda author: _signer("mail").unsign(secret))


def stopping_secret_of(author: Author, what: str) -> str:
    """What the link that stops one thing ends with; it opens nothing else (SAFETY T29)."""
    return _signer(f"stop {what}").sign(ids.public(author.id))


def author_stopping_with(secret: str, what: str) -> Author | None:
    """Whose mail of this sort the secret stops."""
    return _signed(secret, lambda author: _signer(f"stop {what}").unsign(secret))


def confirming_secret_of(author: Author) -> str:
    """What the link that confirms this guest's address ends with: good for this address only, and
    as long as a comment waits for it."""
    return _confirming(author).sign(ids.public(author.id))


def author_confirming_with(secret: str) -> Author | None:
    """The guest whose address this secret confirms."""
    return _signed(secret, lambda author: _confirming(author).unsign(secret, max_age=WAITS))


def _signed(secret: str, unsign: Callable[[Author], str]) -> Author | None:
    number = ids.private(secret.partition(".")[0])
    rows = Author.objects.select_related("user", "forum").filter(is_active=True)
    author = rows.filter(id=number).first() if number is not None else None
    if author is None:
        return None
    try:
        unsign(author)
    except signing.BadSignature:
        return None
    return author


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"voxpop.notices {purpose}")


def _confirming(author: Author) -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=f"voxpop.notices confirm {author.email}")
