"""What people do with their accounts. Each verb is one transaction."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from voxpop.accounts.browsers import forget_browsers_of, forget_sessions
from voxpop.accounts.models import (
    AccessToken,
    Author,
    AuthorKind,
    Invitation,
    SignInCode,
    SignInLink,
    TokenKind,
    User,
)
from voxpop.accounts.names import check_name, skeleton
from voxpop.accounts.sign_ins import NOWHERE, SignIn, Where, begin_sign_in
from voxpop.accounts.tokens import digest, end_tokens_of, issue_token, new_secret
from voxpop.errors import Problem
from voxpop.words import say

if TYPE_CHECKING:
    from voxpop.forums.models import Forum

CODE_LIFETIME = timedelta(seconds=60)
FETCH_LIFETIME = timedelta(minutes=5)
LINK_LIFETIME = timedelta(days=7)


@transaction.atomic
def sign_up(*, email: str, name: str, password: str | None = None) -> User:
    """A new account: the user who signs in, and the author whom others see.

    The caller vouches for the address; a stranger's is proved first (`forms.SignupForm`).
    """
    user = User.objects.create_user(email, password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    name_user(user, name)
    return user


def name_user(user: User, name: str) -> Author:
    """Give a user the author that others see."""
    shown = check_name(name)
    return Author.objects.create(
        kind=AuthorKind.USER, user=user, name=shown, name_skeleton=skeleton(shown)
    )


def choose_language(user: User, language: str) -> None:
    """His own pages are in this one, and mail and pushes to him. Empty: as his browser asks, and
    in that of the forum they are about."""
    user.language = language
    user.save(update_fields=["language"])


@transaction.atomic
def become_guest(*, forum: "Forum", name: str, email: str = "") -> tuple[Author, str]:
    """A guest of one forum, and the token by which he is known there again."""
    if not forum.takes_guests:
        raise Problem("guests_not_allowed")
    shown = check_name(name, forum=forum)
    guest = Author.objects.create(
        kind=AuthorKind.GUEST,
        forum=forum,
        name=shown,
        name_skeleton=skeleton(shown),
        email=check_email(email) if email.strip() else "",
    )
    return guest, issue_token(guest, TokenKind.GUEST)


def check_email(text: str) -> str:
    """The address as it is compared and kept (NFKC, casefolded), or Problem("invalid")."""
    email = User.objects.normalize_email(text)
    try:
        validate_email(email)
    except ValidationError:
        raise Problem("invalid", errors={"email": say("not_an_address")}) from None
    return email


@transaction.atomic
def make_sign_in_code(*, author: Author, challenge: str) -> str:
    """The code that the popup hands to the embed; useless without the embed's verifier."""
    code = new_secret()
    SignInCode.objects.create(
        digest=digest(code),
        challenge=challenge,
        author=author,
        expires=timezone.now() + CODE_LIFETIME,
    )
    return code


@transaction.atomic
def exchange_code(*, code: str, verifier: str, where: Where = NOWHERE) -> SignIn:
    """The frame's sign-in for a code that nobody used before."""
    found = SignInCode.objects.select_related("author__user").filter(digest=digest(code)).first()
    if found is None or not _use_up(found):
        raise Problem("bad_code")
    if not hmac.compare_digest(found.challenge, challenge_of(verifier)):
        raise Problem("bad_code")
    return _begin_for(found, where)


@transaction.atomic
def leave_sign_in(*, author: Author, challenge: str) -> None:
    """Left here for the frame of this challenge, which has been navigated away from: no code could
    be handed to it. The caller has made sure that the challenge is a frame's of ours."""
    SignInCode.objects.create(
        digest=digest(new_secret()),
        challenge=challenge,
        author=author,
        expires=timezone.now() + FETCH_LIFETIME,
        is_fetched=True,
    )


@transaction.atomic
def fetch_sign_in(*, verifier: str, where: Where = NOWHERE) -> SignIn:
    """What was left for the frame that made this verifier; it is there once."""
    waiting = SignInCode.objects.select_related("author__user").filter(is_fetched=True)
    found = waiting.filter(challenge=challenge_of(verifier)).first()
    if found is None or not _use_up(found):
        raise Problem("bad_code")
    return _begin_for(found, where)


def _begin_for(found: SignInCode, where: Where) -> SignIn:
    author = found.author
    if not author.is_active or (author.user is not None and not author.user.is_active):
        raise Problem("bad_code")
    return begin_sign_in(author, where)


def challenge_of(verifier: str) -> str:
    """Base64url of the verifier's SHA-256, as in PKCE (RFC 7636, S256)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


@transaction.atomic
def make_sign_in_link(*, user: User) -> str:
    """The secret of a link that signs this user in once."""
    secret = new_secret()
    SignInLink.objects.create(
        digest=digest(secret), user=user, expires=timezone.now() + LINK_LIFETIME
    )
    return secret


@transaction.atomic
def sign_out_everywhere(*, user: User) -> None:
    """End every sign-in of this user, inside comments and on our own pages, and what would open
    one: a code on its way to a frame, a link not yet used. It holds from the next request on."""
    User.objects.filter(id=user.id).update(sign_outs=F("sign_outs") + 1)
    forget_browsers_of(user)
    SignInLink.objects.filter(user=user).delete()
    for author in Author.objects.filter(user=user):
        SignInCode.objects.filter(author=author).delete()
        end_tokens_of(author)
    user.refresh_from_db(fields=["sign_outs"])


def find_sign_in_link(secret: str) -> SignInLink | None:
    """The link, if it can still be used."""
    link = SignInLink.objects.select_related("user").filter(digest=digest(secret)).first()
    return link if link and link.expires > timezone.now() and link.user.is_active else None


@transaction.atomic
def use_sign_in_link(secret: str) -> User:
    """Whom the link signs in; it works once."""
    link = find_sign_in_link(secret)
    if link is None or not _use_up(link):
        raise Problem("bad_code")
    return link.user


@transaction.atomic
def invite(*, note: str = "") -> str:
    """The secret of an invitation to create one forum."""
    secret = new_secret()
    Invitation.objects.create(digest=digest(secret), note=note)
    return secret


def accept_invitation(*, secret: str, user: User) -> None:
    """Use an invitation up. The conditional UPDATE lets one of two hasty users through."""
    used = Invitation.objects.filter(digest=digest(secret), used_by=None).update(used_by=user)
    if not used:
        raise Problem("invalid", errors={"invitation": say("invitation_over")})


def _use_up(row: SignInCode | SignInLink) -> bool:
    """Delete a one-time row; False when another request was first, or it is too old."""
    deleted, _ = type(row)._default_manager.filter(pk=row.pk).delete()
    return deleted == 1 and row.expires > timezone.now()


def forget_expired() -> None:
    """Throw away tokens, codes, links and sessions that are over: they act for nobody any more."""
    for row in (AccessToken, SignInCode, SignInLink):
        row._default_manager.filter(expires__lt=timezone.now()).delete()
    forget_sessions()
