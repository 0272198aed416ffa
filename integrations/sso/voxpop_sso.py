"""Sign your site's reader in beside its comments (Voxpop, docs/sso.md). Copy this file.

    token = voxpop_token(SECRET, kid="KEY", forum="magazine", host="https://comments.example.org",
                         site="https://magazine.example.org", sub=str(user.id), name=user.name)

HS256 needs the standard library only. For a key pair give its private PEM as the secret: that needs
the package `cryptography`.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time


def voxpop_token(secret, *, kid, forum, host, site, sub, name, now=None, jti=None, **more):
    """A token for this reader and this page view. `more`: email, email_verified, picture, profile,
    roles, return_to, nonce."""
    now = int(time.time()) if now is None else now
    is_pair = "PRIVATE KEY" in secret
    header = {"alg": "EdDSA" if is_pair else "HS256", "kid": kid, "typ": "JWT"}
    claims = {
        "aud": f"{host}/f/{forum}",
        "iss": site,
        "sub": sub,
        "iat": now,
        "exp": now + 240,
        "jti": jti or secrets.token_urlsafe(16),
        "name": name,
        **{claim: value for claim, value in more.items() if value not in (None, "")},
    }
    signed = f"{_part(header)}.{_part(claims)}"
    sign = _sign_with_pair if is_pair else _sign_with_secret
    return f"{signed}.{_base64url(sign(secret, signed.encode()))}"


def _sign_with_secret(secret, message):
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def _sign_with_pair(pem, message):
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem.encode(), None).sign(message)


def _part(value):
    return _base64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
