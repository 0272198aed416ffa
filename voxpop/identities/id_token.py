"""The ID token of OpenID Connect: believed only when every check holds (SAFETY T12).

Which are: a signature by a key that the issuer publishes, the issuer itself, us as its audience,
its time, and the nonce of the very sign-in that it answers.
"""

import hmac
from typing import Any

import jwt

from voxpop.identities.asking import Asking, ProviderLied

# Only keys that the issuer alone holds: neither "none" nor a secret that two know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
NEEDED = ["iss", "sub", "aud", "exp", "iat"]
SKEW = 60  # seconds that two clocks may differ


def read_id_token(
    token: str, *, keys: str, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """What the token says, once all of it holds. Raises ProviderLied."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key_of(token, keys),
            algorithms=ALGORITHMS,
            issuer=issuer,
            audience=client_id,
            leeway=SKEW,
            options={"require": NEEDED},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise ProviderLied(f"ID token: {type(error).__name__}") from None
    if isinstance(claims["aud"], list) and claims.get("azp", client_id) != client_id:
        raise ProviderLied("ID token: made for somebody else")
    told = claims.get("nonce")
    if not (nonce and isinstance(told, str) and hmac.compare_digest(told.encode(), nonce.encode())):
        raise ProviderLied("ID token: of another sign-in")
    return claims


def _key_of(token: str, keys: str) -> jwt.PyJWK:
    """The published key that the token names; where it names none, the only one there is."""
    named = jwt.get_unverified_header(token).get("kid")
    with Asking() as asking:
        answered = asking.get(keys)
        answered.raise_for_status()
    published = jwt.PyJWKSet.from_dict(answered.json()).keys
    found = [key for key in published if key.key_id == named or named is None]
    if len(found) != 1:
        raise ProviderLied("ID token: signed by a key that is not published")
    return found[0]
