"""Over HTTP: a frame exchanges the site's token, once, for a token of its own."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from voxpop.accounts.api import TokenOut, token_shape
from voxpop.accounts.first_party import refuse_cross_site
from voxpop.forums.reading import find_forum
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.sso.actions import sign_in
from voxpop.sso.tokens import LARGEST

router = Router(tags=["accounts"])


class SsoIn(Schema):
    """The token that the site signed; the nonce that this frame gave it, if it did."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=LARGEST)
    nonce: str = Field(default="", max_length=100)


@router.post(
    "/forums/{forum}/sso", response={201: TokenOut}, summary="Sign in with the site's own sign-in"
)
def create_sso_token(request: HttpRequest, forum: str, data: SsoIn) -> Status[dict[str, Any]]:
    """The site's user is an author of this forum alone. A token is taken once: an answer that was
    lost is made good by the next page, which brings another token."""
    refuse_cross_site(request)
    refuse_while_paused()
    limit("sso", network_of(request))
    author, token = sign_in(forum=find_forum(forum), token=data.token, nonce=data.nonce)
    return Status(201, token_shape(author, token))
