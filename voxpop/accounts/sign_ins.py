"""A frame's sign-in: a token that acts for half an hour, and the secret that renews both.

One row is one sign-in, whatever has been renewed. Its secrets are made of what only the frame knows
(`family`, of which the row keeps a digest), of what only this server knows (the secret key) and of
the turn. So a renewal whose answer was lost is answered again, alike; and a secret of an earlier
turn, which nobody needs any more, shows that two people have it: then the sign-in ends for both.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from voxpop.accounts.models import AccessToken, Author, TokenKind
from voxpop.accounts.tokens import LIFETIMES, digest, new_secret
from voxpop.errors import Problem

FRESH = timedelta(minutes=30)
# A frame that got no answer asks again within its own patience, three times over.
ANSWER_LOST = timedelta(minutes=1)


@dataclass(frozen=True)
class SignIn:
    """What a frame is handed: it keeps both, and asks again before the seconds are over."""

    author: Author
    token: str
    renewal: str
    seconds: int = int(FRESH.total_seconds())


@dataclass(frozen=True)
class Where:
    """What a frame says of the place it stands in, for its reader to know it by."""

    shortname: str = ""  # of its forum
    device: str = ""


NOWHERE = Where()


def begin_sign_in(author: Author, where: Where = NOWHERE) -> SignIn:
    """A frame acts for this author from now on."""
    family = new_secret()
    made = _sign_in(author, family, 0)
    now = timezone.now()
    AccessToken.objects.create(
        digest=digest(made.token),
        author=author,
        kind=TokenKind.EMBED,
        expires=now + LIFETIMES[TokenKind.EMBED],
        family=digest(family),
        turned=now,
        fresh_until=now + FRESH,
        shortname=where.shortname,
        device=where.device,
    )
    return made


def renew_sign_in(renewal: str) -> SignIn:
    """The next token for the secret of this turn; Problem("bad_token") where there is none."""
    family, turn = _read(renewal)
    with transaction.atomic():
        made, is_stolen = _renew(family, turn)
        if is_stolen:
            AccessToken.objects.filter(family=digest(family)).delete()
    if made is None:
        raise Problem("bad_token")
    return made


def _renew(family: str, turn: int) -> tuple[SignIn | None, bool]:
    """The next token, or none; and whether the secret is one that was used long ago."""
    now = timezone.now()
    rows = AccessToken.objects.filter(family=digest(family), expires__gt=now)
    row = rows.select_related("author__user").first()
    if row is None or not _is_open(row.author):
        return None, False
    made = _sign_in(row.author, family, turn + 1)
    turned = rows.filter(turn=turn).update(
        digest=digest(made.token),
        turn=F("turn") + 1,
        turned=now,
        fresh_until=now + FRESH,
        expires=now + LIFETIMES[TokenKind.EMBED],
    )
    if turned:
        return made, False
    was_just_now = rows.filter(turn=turn + 1, turned__gt=now - ANSWER_LOST).exists()
    return (made, False) if was_just_now else (None, True)


def _is_open(author: Author) -> bool:
    return author.is_active and (author.user is None or author.user.is_active)


def _sign_in(author: Author, family: str, turn: int) -> SignIn:
    renewal = f"{family}.{turn}.{_made_of('voxpop.renewal', family, turn)}"
    return SignIn(author, _made_of("voxpop.access", family, turn), renewal)


def _read(renewal: str) -> tuple[str, int]:
    """The family and the turn of a secret that we made; Problem("bad_token") for any other."""
    family, _, rest = renewal.partition(".")
    number, _, proof = rest.partition(".")
    turn = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1
    made = _made_of("voxpop.renewal", family, turn)
    if turn < 0 or not hmac.compare_digest(proof.encode(), made.encode()):
        raise Problem("bad_token")
    return family, turn


def _made_of(purpose: str, family: str, turn: int) -> str:
    made = salted_hmac(purpose, f"{family}:{turn}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
