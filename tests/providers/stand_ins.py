"""Servers that speak as Google, GitHub, Facebook, X, Microsoft, Apple, Discord, Disqus and
Mastodon document it: their addresses, parameters, shapes and forms of errors. None of them is the
real one.
"""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.providers.desk import Answering, Asked, Told
from voxpop.settings.ways import Way

CLIENT, SECRET = "client-of-voxpop", "secret-of-voxpop"
SIGNING = rsa.generate_private_key(public_exponent=65537, key_size=2048)
APPLES = ec.generate_private_key(ec.SECP256R1())
PEM = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


@dataclass
class Grant:
    """A code that somebody has agreed to."""

    asked: dict[str, str]
    who: dict[str, Any]


@dataclass
class StandIn:
    """One provider: a page that agrees at once, a token endpoint, a profile."""

    name: ClassVar[str]
    kind: ClassVar[str]
    label: ClassVar[str]
    has_pkce: ClassVar[bool] = True
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)

    @property
    def way(self) -> Way:
        return Way(self.kind, self.name, self.label, CLIENT, SECRET)

    @property
    def hosts(self) -> dict[str, Answering]:
        raise NotImplementedError

    def agree(self, address: str, who: dict[str, Any]) -> str:
        """The person agrees on the provider's page; where his browser is sent."""
        asked = self.checked(address)
        code = secrets.token_urlsafe(20)
        self.codes[code] = Grant(asked, who)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def checked(self, address: str) -> dict[str, str]:
        """What the provider's page was asked; wrong questions end there."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (urlsplit(address).scheme, urlsplit(address).netloc) == ("https", self.page[0])
        assert urlsplit(address).path == self.page[1]
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["redirect_uri"].endswith(f"/accounts/with/{self.name}/back/")
        assert len(asked["state"]) >= 16
        assert ("code_challenge" in asked) == self.has_pkce
        return asked

    page: ClassVar[tuple[str, str]]

    def token(self, asked: Asked) -> Told:
        """The exchange of a code; each provider refuses in its own words."""
        form = asked.form
        grant = self.codes.pop(form.get("code", ""), None)
        if not self.knows_us(asked):
            return self.refuse("client")
        if grant is None or form.get("grant_type") != "authorization_code":
            return self.refuse("code")
        if grant.asked["redirect_uri"] != form.get("redirect_uri"):
            return self.refuse("code")
        if self.has_pkce and grant.asked["code_challenge"] != challenge_of(form["code_verifier"]):
            return self.refuse("code")
        token = secrets.token_urlsafe(20)
        self.tokens[token] = grant
        return Told(200, {"access_token": token, "token_type": "bearer", **self.beside(grant)})

    def knows_us(self, asked: Asked) -> bool:
        return (asked.form.get("client_id"), asked.form.get("client_secret")) == (CLIENT, SECRET)

    def beside(self, grant: Grant) -> dict[str, Any]:
        """What comes with the access token."""
        return {"expires_in": 3600}

    def refuse(self, what: str) -> Told:
        error = {"client": "invalid_client", "code": "invalid_grant"}[what]
        return Told(400, {"error": error, "error_description": "No."})

    def bearer(self, asked: Asked, scheme: str = "Bearer") -> dict[str, Any] | None:
        """Who the access token in the header is about."""
        told, _, token = asked.headers.get("Authorization", "").partition(" ")
        grant = self.tokens.get(token)
        return grant.who if grant and told == scheme else None


class GitHub(StandIn):
    name, kind, label = "github", "github", "GitHub"
    page = ("github.com", "/login/oauth/authorize")

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"github.com": self.token, "api.github.com": self.api}

    def refuse(self, what: str) -> Told:
        """With 200, as GitHub does."""
        codes = {"client": "incorrect_client_credentials", "code": "bad_verification_code"}
        return Told(200, {"error": codes[what], "error_uri": "https://docs.github.com/"})

    def beside(self, grant: Grant) -> dict[str, Any]:
        return {"scope": "user:email"}

    def api(self, asked: Asked) -> Told:
        who = self.bearer(asked, "token")
        if who is None:
            return Told(401, {"message": "Bad credentials", "status": "401"})
        if asked.path == "/user/emails":
            email = {"email": who["email"], "primary": True, "verified": who["verified"]}
            other = {"email": "other@example.org", "primary": False, "verified": True}
            return Told(200, [other, email])
        body = {"id": who["id"], "login": who["handle"], "name": who["name"], "email": None}
        return Told(200, body)


class Facebook(StandIn):
    name, kind, label = "facebook", "facebook", "Facebook"
    page = ("www.facebook.com", "/v19.0/dialog/oauth")

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"graph.facebook.com": self.graph}

    def refuse(self, what: str) -> Told:
        message = "This authorization code has been used."
        return Told(400, {"error": {"message": message, "type": "OAuthException", "code": 100}})

    def graph(self, asked: Asked) -> Told:
        if asked.path.endswith("/oauth/access_token"):
            return self.token(asked)
        grant = self.tokens.get(asked.query.get("access_token", ""))
        if grant is None:
            return Told(400, {"error": {"message": "Invalid", "type": "OAuthException"}})
        who = grant.who
        return Told(200, {"id": str(who["id"]), "name": who["name"], "email": who["email"]})


class X(StandIn):
    name, kind, label = "x", "twitter_oauth2", "X"
    page = ("x.com", "/i/oauth2/authorize")

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"api.x.com": self.api}

    def knows_us(self, asked: Asked) -> bool:
        pair = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return asked.headers.get("Authorization") == f"Basic {pair}"

    def api(self, asked: Asked) -> Told:
        if asked.path == "/2/oauth2/token":
            return self.token(asked)
        who = self.bearer(asked)
        if who is None:
            return Told(401, {"title": "Unauthorized", "status": 401})
        data = {"id": str(who["id"]), "name": who["name"], "username": who["handle"]}
        return Told(200, {"data": data})


class Microsoft(StandIn):
    name, kind, label = "microsoft", "microsoft", "Microsoft"
    page = ("login.microsoftonline.com", "/common/oauth2/v2.0/authorize")

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"login.microsoftonline.com": self.token, "graph.microsoft.com": self.graph}

    def refuse(self, what: str) -> Told:
        told = {"error": "invalid_grant", "error_description": "AADSTS54005: already redeemed."}
        return Told(400, {**told, "error_codes": [54005], "trace_id": "0"})

    def graph(self, asked: Asked) -> Told:
        who = self.bearer(asked)
        if who is None:
            return Told(401, {"error": {"code": "InvalidAuthenticationToken", "message": "No."}})
        first, _, last = who["name"].partition(" ")
        return Told(
            200,
            {
                "id": str(who["id"]),
                "displayName": who["name"],
                "givenName": first,
                "surname": last,
                "mail": who["email"],
                "userPrincipalName": who["email"],
            },
        )


class Discord(StandIn):
    name, kind, label = "discord", "discord", "Discord"
    page = ("discord.com", "/api/oauth2/authorize")

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"discord.com": self.api}

    def api(self, asked: Asked) -> Told:
        if asked.path == "/api/oauth2/token":
            return self.token(asked)
        who = self.bearer(asked)
        if who is None:
            return Told(401, {"message": "401: Unauthorized", "code": 0})
        body = {"id": str(who["id"]), "username": who["handle"], "global_name": who["name"]}
        return Told(200, {**body, "email": who["email"], "verified": who["verified"]})


class Disqus(StandIn):
    name, kind, label = "disqus", "disqus", "Disqus"
    has_pkce = False
    page = ("disqus.com", "/api/oauth/2.0/authorize/")

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"disqus.com": self.api}

    def beside(self, grant: Grant) -> dict[str, Any]:
        who = grant.who
        return {"expires_in": 2592000, "username": who["handle"], "user_id": who["id"]}

    def api(self, asked: Asked) -> Told:
        if asked.path == "/api/oauth/2.0/access_token/":
            return self.token(asked)
        grant = self.tokens.get(asked.query.get("access_token", ""))
        if grant is None or asked.query.get("api_key") != CLIENT:
            return Told(400, {"code": 4, "response": "You must be authenticated."})
        who = grant.who
        told = {"id": str(who["id"]), "username": who["handle"], "name": who["name"]}
        return Told(200, {"code": 0, "response": {**told, "joinedAt": "2014-05-06T07:08:09"}})


@dataclass
class Signing(StandIn):
    """One with ID tokens. `lies` are claims that are not what they should be."""

    issuer: ClassVar[str]
    key: Any = None
    lies: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"kid": "k1"})
    algorithm: str = "RS256"

    def beside(self, grant: Grant) -> dict[str, Any]:
        now, who = int(time.time()), grant.who
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": str(who["id"]),
            "iat": now,
            "exp": now + 600,
            "nonce": grant.asked["nonce"],
            "email": who["email"],
            "email_verified": who["verified"],
            **self.said(who),
            **self.lies,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        key = SIGNING if self.key is None else self.key
        token = jwt.encode(kept, key, self.algorithm, self.header)
        return {"expires_in": 3600, "id_token": token}

    def said(self, who: dict[str, Any]) -> dict[str, Any]:
        return {"name": who["name"]}

    def keys(self, asked: Asked) -> Told:
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(SIGNING.public_key()))
        return Told(200, {"keys": [{**jwk, "kid": "k1", "alg": "RS256", "use": "sig"}]})


class Google(Signing):
    name, kind, label = "google", "google", "Google"
    page = ("accounts.google.com", "/o/oauth2/v2/auth")
    issuer = "https://accounts.google.com"

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"oauth2.googleapis.com": self.token, "www.googleapis.com": self.keys}

    def said(self, who: dict[str, Any]) -> dict[str, Any]:
        first, _, last = who["name"].partition(" ")
        return {"name": who["name"], "given_name": first, "family_name": last}


class Apple(Signing):
    name, kind, label = "apple", "apple", "Apple"
    has_pkce = False
    page = ("appleid.apple.com", "/auth/authorize")
    issuer = "https://appleid.apple.com"

    @property
    def way(self) -> Way:
        settings = {"certificate_key": APPLES.private_bytes(*PEM).decode()}
        return Way("apple", "apple", "Apple", CLIENT, "KEY1234567", "TEAM123456", settings)

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"appleid.apple.com": self.answer}

    def answer(self, asked: Asked) -> Told:
        return self.keys(asked) if asked.path == "/auth/keys" else self.token(asked)

    def checked(self, address: str) -> dict[str, str]:
        asked = super().checked(address)
        assert asked["response_mode"] == "form_post"  # Apple insists, where a name is asked for
        return asked

    def knows_us(self, asked: Asked) -> bool:
        """By a token that we sign with the key of the .p8 file."""
        jwt.decode(
            asked.form["client_secret"],
            APPLES.public_key(),
            ["ES256"],
            audience="https://appleid.apple.com",
            issuer="TEAM123456",
            subject=CLIENT,
        )
        return jwt.get_unverified_header(asked.form["client_secret"])["kid"] == "KEY1234567"

    def said(self, who: dict[str, Any]) -> dict[str, Any]:
        return {"email_verified": "true" if who["verified"] else "false"}


@dataclass
class Liar(Signing):
    """An OpenID Connect provider of which every word can be a lie."""

    name, kind, label = "firm", "openid_connect", "Firm"
    page = ("id.example.org", "/authorize")
    issuer = "https://id.example.org"
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None

    @property
    def way(self) -> Way:
        return Way(self.kind, "firm", "Firm", CLIENT, SECRET, "", {"server_url": self.issuer})

    @property
    def hosts(self) -> dict[str, Answering]:
        return {"id.example.org": self.answer}

    def knows_us(self, asked: Asked) -> bool:
        pair = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return asked.headers.get("Authorization") == f"Basic {pair}"

    def answer(self, asked: Asked) -> Told:
        if asked.path == "/.well-known/openid-configuration":
            endpoints = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "jwks_uri": "keys",
            }
            told = {name: f"{self.issuer}/{path}" for name, path in endpoints.items()}
            return Told(200, {"issuer": self.issuer, **told, **self.metadata})
        if asked.path == "/userinfo":
            return Told(200, self.userinfo)
        return self.keys(asked) if asked.path == "/keys" else self.token(asked)


class Mastodon(StandIn):
    """A host: it registers clients, and forgets them."""

    name, kind, label = "mastodon.example", "mastodon", "mastodon.example"
    page = ("mastodon.example", "/oauth/authorize")

    def __init__(self, name: str = "mastodon.example") -> None:
        super().__init__()
        self.name = self.label = name  # type: ignore[misc]
        self.page = (name, "/oauth/authorize")  # type: ignore[misc]
        self.clients: dict[str, dict[str, str]] = {}

    @property
    def hosts(self) -> dict[str, Answering]:
        return {self.name: self.api}

    def checked(self, address: str) -> dict[str, str]:
        asked = dict(parse_qsl(urlsplit(address).query))
        registered = self.clients[asked["client_id"]]
        assert address.startswith(f"https://{self.name}/oauth/authorize?")
        assert asked["redirect_uri"] == registered["redirect_uris"]
        assert asked["scope"] == registered["scopes"]
        assert "code_challenge" in asked
        return asked

    def knows_us(self, asked: Asked) -> bool:
        known = self.clients.get(asked.form["client_id"])
        return bool(known) and known["secret"] == asked.form["client_secret"]

    def api(self, asked: Asked) -> Told:
        if asked.path == "/api/v1/apps":
            client_id = secrets.token_urlsafe(12)
            self.clients[client_id] = {**asked.form, "secret": secrets.token_urlsafe(12)}
            secret = self.clients[client_id]["secret"]
            told = {"id": "1", "name": "Voxpop", "client_id": client_id, "client_secret": secret}
            return Told(200, told)
        if asked.path == "/oauth/token":
            if asked.form["grant_type"] == "client_credentials":
                known = self.knows_us(asked)
                return Told(200, {"access_token": "app"}) if known else self.refuse("client")
            return self.token(asked)
        who = self.bearer(asked)
        if who is None:
            return Told(401, {"error": "The access token is invalid"})
        body = {"id": str(who["id"]), "username": who["handle"], "acct": who["handle"]}
        return Told(200, {**body, "display_name": who["name"]})

    def refuse(self, what: str) -> Told:
        error = {"client": "invalid_client", "code": "invalid_grant"}[what]
        return Told(401 if what == "client" else 400, {"error": error, "error_description": "No."})


def challenge_of(verifier: str) -> str:
    """Base64url of the SHA-256 of a verifier (RFC 7636)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
