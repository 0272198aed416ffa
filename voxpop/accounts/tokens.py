"""Bearer tokens: how a request says for whom it acts.

A token is 256 random bits; only its SHA-256 is stored, so that a stolen table opens nothing.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from voxpop.accounts.models import AccessToken, Author, TokenKind, User
from voxpop.errors import Problem
from voxpop.rows import read_joined

LIFETIMES = {
    TokenKind.GUEST: timedelta(days=365),
    TokenKind.EMBED: timedelta(days=60),  # since it was renewed last (`sign_ins.py`)
    TokenKind.SCRIPT: timedelta(days=365),
    # His site says who he is with every page, so that this ends soon after he has left it.
    TokenKind.SSO: timedelta(hours=12),
}
SCHEME = "Bearer "
_TOKEN = ((AccessToken, "t"), (Author, "a"), (User, "u"))
_WHOSE = (
    "FROM accounts_accesstoken t JOIN accounts_author a ON a.id = t.author_id"
    " LEFT JOIN accounts_user u ON u.id = a.user_id WHERE t.digest = %s"
)


def issue_token(author: Author, kind: TokenKind) -> str:
    """A new bearer token that acts for this author; it is shown once and never again."""
    secret = new_secret()
    AccessToken.objects.create(
        digest=digest(secret),
        author=author,
        kind=kind,
        expires=timezone.now() + LIFETIMES[kind],
    )
    return secret


def author_of(request: HttpRequest) -> Author | None:
    """Who acts: None without a Bearer header; Problem("bad_token") with one that does not hold."""
    secret = bearer(request)
    if secret is None:
        return None
    token = find_token(secret)
    if token is None:
        raise Problem("bad_token")
    return token.author


def require_author(request: HttpRequest) -> Author:
    """Who acts, where somebody must."""
    author = author_of(request)
    if author is None:
        raise Problem("sign_in_required")
    return author


def end_token(secret: str) -> None:
    """Sign out: the token stops acting now."""
    AccessToken.objects.filter(digest=digest(secret)).delete()


def end_tokens_of(author: Author) -> None:
    """Sign out everywhere: after a changed password, or for an account that is closed."""
    AccessToken.objects.filter(author=author).delete()


def bearer(request: HttpRequest) -> str | None:
    """The secret in the Authorization header, if it carries one of ours."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    if header[: len(SCHEME)].casefold() != SCHEME.casefold():
        return None
    return header[len(SCHEME) :].strip()


def find_token(secret: str) -> AccessToken | None:
    """The living token of an active author behind a secret (SAFETY T35)."""
    wanted = digest(secret)
    found = read_joined(_TOKEN, _WHOSE, [wanted])
    if found is None:
        return None
    token: AccessToken = found[0]
    author: Author = found[1]
    if not hmac.compare_digest(bytes(token.digest), wanted):
        return None
    token.author = author
    if found[2] is not None:
        author.user = found[2]
    is_open = author.is_active and (author.user is None or author.user.is_active)
    now = timezone.now()
    is_fresh = token.expires > now and (token.fresh_until is None or token.fresh_until > now)
    return token if is_open and is_fresh else None


def new_secret() -> str:
    """256 random bits, as text that fits a header and an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()
