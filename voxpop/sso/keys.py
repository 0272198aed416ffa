"""Keys by which a site signs: made, told once, found by a token's `kid`."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import settings

from voxpop import ids
from voxpop.forums.models import Forum
from voxpop.sso.models import KeyKind, SsoKey

MOST_KEYS = 2  # the one in use, and the next: that is what rotation takes


@dataclass(frozen=True)
class Made:
    """A new key, with what the site signs with: this is the only time that it is known."""

    key: SsoKey
    secret: str


def new_key(forum: Forum, kind: KeyKind) -> Made:
    """A key of this kind, not yet kept."""
    key = SsoKey(forum=forum, kind=kind)
    if kind == KeyKind.HMAC:
        return Made(key, secret_of(key))
    pair = Ed25519PrivateKey.generate()
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key.public_key = public.decode()
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Made(key, private.decode())


def verifying_key(key: SsoKey) -> str:
    """What a token of this key is verified with."""
    return secret_of(key) if key.kind == KeyKind.HMAC else key.public_key


def secret_of(key: SsoKey) -> str:
    """The shared secret: 256 bits of the server's own secret and the key's id. It is in no table,
    so that a stolen one signs nobody in."""
    told = f"voxpop.sso {key.forum_id} {key.pk}".encode()
    made = hmac.digest(settings.SECRET_KEY.encode(), told, hashlib.sha256)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def find_key(forum: Forum, kid: str) -> SsoKey | None:
    """The living key of this forum; another forum's is none."""
    return SsoKey.objects.filter(forum=forum, id=ids.private(kid) or 0).first()


def keys_of(forum: Forum) -> list[SsoKey]:
    """The forum's living keys, the older first."""
    return list(SsoKey.objects.filter(forum=forum).order_by("id"))


def audience_of(forum: Forum) -> str:
    """For whom a token has to be: this forum on this host."""
    return f"{settings.HOST}/f/{forum.shortname}"
