"""A site that signs its users in, for tests: its keys, and the tokens that it makes."""

import base64
import itertools
import json
import time
from typing import Any

import jwt

from voxpop.forums.models import Forum, Sso
from voxpop.sso.actions import make_key
from voxpop.sso.keys import Made, audience_of
from voxpop.sso.models import KeyKind
from voxpop.threads.tests.cast import ORIGIN, Cast

_numbers = itertools.count()


class SigningSite:
    """The site of a forum that takes its sign-in, with one key."""

    def __init__(self, forum: Forum, kind: KeyKind = KeyKind.HMAC) -> None:
        if forum.sso == Sso.OFF:
            forum.sso = Sso.BESIDE
            forum.save()
        self.forum = forum
        self.made: Made = make_key(forum=forum, kind=kind)

    def claims(self, **more: Any) -> dict[str, Any]:
        """Of Ada, now; None leaves a claim out."""
        now = int(time.time())
        claims = {
            "aud": audience_of(self.forum),
            "iss": ORIGIN,
            "sub": "u-1",
            "iat": now,
            "exp": now + 240,
            "jti": f"token-{next(_numbers):06}",
            "name": "Ada Site",
            **more,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, **more: Any) -> str:
        return self.sign(self.claims(**more))

    def sign(self, claims: Any, *, header: dict[str, Any] | None = None) -> str:
        return self.sign_text(json.dumps(claims), header=header)

    def sign_text(self, payload: str, *, header: dict[str, Any] | None = None) -> str:
        """Also a payload that no JSON library would write."""
        key = self.made.key
        named = {"kid": key.kid, **(header or {})}
        signer = jwt.PyJWS()
        return signer.encode(payload.encode(), self.made.secret, str(key.kind), headers=named)


def signing_cast(kind: KeyKind = KeyKind.HMAC) -> tuple[Cast, SigningSite]:
    cast = Cast()
    return cast, SigningSite(cast.forum, kind)


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
