"""Tokens over HTTP: turning the popup's one-time code into a token, and signing out."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from voxpop.accounts.actions import exchange_code, fetch_sign_in
from voxpop.accounts.devices import device_of
from voxpop.accounts.first_party import refuse_cross_site
from voxpop.accounts.models import Author
from voxpop.accounts.shapes import author_shape
from voxpop.accounts.sign_ins import SignIn, Where, renew_sign_in
from voxpop.accounts.tokens import bearer, end_token, require_author
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit

router = Router(tags=["accounts"])


class CodeIn(Schema):
    """The popup's code and the verifier whose hash the popup was opened with. Without a code: what
    was left for this verifier, where a full page took the popup's place. `forum` is what its reader
    will know this sign-in by, in the list of his."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(default=None, max_length=100)
    verifier: str = Field(min_length=32, max_length=200)
    forum: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$")


class RenewalIn(Schema):
    model_config = ConfigDict(extra="forbid")

    renewal: str = Field(max_length=200)


class AuthorOut(Schema):
    id: str
    name: str
    avatar: str
    kind: str


class TokenOut(Schema):
    token: str
    author: AuthorOut


class SignInOut(TokenOut):
    """`token` acts for so many `seconds`; `renewal` brings the next of both, once."""

    renewal: str
    seconds: int


@router.post("/tokens", response={201: SignInOut}, summary="Exchange a sign-in code for a token")
def create_token(request: HttpRequest, data: CodeIn) -> Status[dict[str, Any]]:
    """The embed's half of signing in: the token acts for the account in this frame only."""
    refuse_cross_site(request)
    refuse_while_paused()
    limit("token", network_of(request))
    where = Where(data.forum, device_of(request.headers.get("User-Agent", "")))
    if data.code is None:
        made = fetch_sign_in(verifier=data.verifier, where=where)
    else:
        made = exchange_code(code=data.code, verifier=data.verifier, where=where)
    return Status(201, sign_in_shape(made))


@router.post("/tokens/renew", response={201: SignInOut}, summary="Renew a token")
def renew_token(request: HttpRequest, data: RenewalIn) -> Status[dict[str, Any]]:
    """The next token and the next renewal secret. Asked again within a minute (its answer was lost)
    it answers the same; later a used secret ends the sign-in, for two people have it."""
    refuse_cross_site(request)
    limit("token", network_of(request))
    return Status(201, sign_in_shape(renew_sign_in(data.renewal)))


@router.delete("/tokens", response={204: None}, summary="Sign out")
def delete_token(request: HttpRequest) -> Status[None]:
    """The bearer's token stops acting at once."""
    require_author(request)
    end_token(bearer(request) or "")
    return Status(204, None)


def sign_in_shape(made: SignIn) -> dict[str, Any]:
    held = token_shape(made.author, made.token)
    return {**held, "renewal": made.renewal, "seconds": made.seconds}


def token_shape(author: Author, token: str) -> dict[str, Any]:
    return {"token": token, "author": author_shape(author)}
