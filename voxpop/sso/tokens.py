"""Is this token the site's word about its user? Nothing of it is believed before that is known.

A JWT (RFC 7519, 8725), signed with the algorithm that belongs to the key and no other. The order is
the guard: size and spelling, the key by its `kid`, the signature, only then what is said.
"""

import base64
import binascii
import json
import re
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.reading import origins_of
from voxpop.forums.rules import is_known_origin
from voxpop.sso.keys import audience_of, find_key, verifying_key
from voxpop.sso.models import SsoKey

LARGEST = 4096  # characters
LIFETIME = timedelta(minutes=5)
SKEW = timedelta(seconds=60)
_SHAPE = re.compile(r"([A-Za-z0-9_-]{1,512})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)


class Header(BaseModel):
    """No key, address or certificate in a header is of use here, so none may be in it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alg: str
    kid: str = Field(max_length=40)
    typ: str = "JWT"


class Claims(BaseModel):
    """What the site says. A claim that is not in this list is a mistake of whoever signs."""

    model_config = ConfigDict(extra="forbid", strict=True)

    aud: str
    iss: str
    sub: str = Field(min_length=1, max_length=255)
    exp: int
    iat: int
    jti: str = Field(min_length=8, max_length=100)
    nonce: str | None = Field(default=None, max_length=100)
    name: str = Field(max_length=200)
    picture: str | None = None
    profile: str | None = None
    email: str | None = Field(default=None, max_length=254)
    email_verified: bool = False
    roles: list[str] = Field(default=[], max_length=20)
    return_to: str | None = None


def read_token(forum: Forum, token: str) -> tuple[Claims, SsoKey]:
    """What a site says of its user, and with which key it was signed; raises Problem."""
    key, payload = _verified(forum, token)
    try:
        claims = Claims.model_validate(_object(payload))
    except ValidationError as error:
        at = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _refused(f"the claim “{at[:40]}” is missing, unknown or of the wrong kind") from None
    _judge(forum, claims, timezone.now())
    return claims, key


def _verified(forum: Forum, token: str) -> tuple[SsoKey, bytes]:
    match = _SHAPE.fullmatch(token) if len(token) <= LARGEST else None
    if match is None:
        raise _refused("it is no signed token of at most 4096 characters")
    # One spelling for one token: bits that a decoder ignores would be a way to change it.
    header, payload, _ = (_bytes_of(part) for part in match.groups())
    try:
        named = Header.model_validate(_object(header))
    except ValidationError:
        raise _refused("its header has to be alg, kid and typ, and nothing else") from None
    key = find_key(forum, named.kid)
    if key is None:
        raise _refused("its key (kid) is not one of this forum's")
    if named.alg != key.kind or named.typ != "JWT":
        raise _refused(f"this key signs with {key.kind}")
    verifier = jwt.PyJWS(algorithms=[key.kind])
    try:
        verifier.decode(token, verifying_key(key), algorithms=[key.kind])
    except jwt.PyJWTError:
        raise _refused("its signature is not that of the key") from None
    return key, payload


def _bytes_of(part: str) -> bytes:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused("it is not spelled in base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise _refused("it is not spelled in the one way of base64url")
    return decoded


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _refused("it is not JSON in which each name stands once") from None
    if not isinstance(found, dict):
        raise _refused("it is not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers of JSON differ in which of two equal names counts, so there may not be two."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _no_number(text: str) -> None:
    raise ValueError(text)


def _judge(forum: Forum, claims: Claims, now: datetime) -> None:
    """For us, from a site of the forum, now, and about somebody."""
    if claims.aud != audience_of(forum):
        raise _refused(f"it is for somebody else: aud has to be {audience_of(forum)}")
    if claims.iss not in origins_of(forum):  # compared whole (SAFETY R42)
        raise _refused("iss has to be the origin of one of the forum's sites")
    seconds = now.timestamp()
    if not 0 < claims.exp - claims.iat <= LIFETIME.total_seconds():
        raise _refused("exp has to lie within five minutes after iat")
    if claims.iat > seconds + SKEW.total_seconds():
        raise Problem("sso_expired", "This sign-in is from the future: compare the clocks.")
    if claims.exp <= seconds - SKEW.total_seconds():
        raise Problem("sso_expired")
    if not claims.sub.isprintable() or claims.sub != claims.sub.strip():
        raise _refused("sub has to be printable, without spaces around it")
    if claims.return_to and not is_known_origin(forum, claims.return_to):
        raise _refused("return_to does not lie on a site of the forum")


def _refused(why: str) -> Problem:
    return Problem("sso_invalid", f"The site's sign-in cannot be accepted: {why}.")
