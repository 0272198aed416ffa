"""Becoming a guest of a forum over HTTP."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from voxpop.accounts.actions import become_guest
from voxpop.accounts.api import TokenOut, token_shape
from voxpop.accounts.first_party import refuse_cross_site
from voxpop.forums.reading import find_forum
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit

router = Router(tags=["accounts"])


class GuestIn(Schema):
    """The e-mail is for the guest's own mail only: never shown, never hashed outward."""

    model_config = ConfigDict(extra="forbid")

    forum: str = Field(max_length=40)
    name: str = Field(max_length=200)
    email: str = Field(default="", max_length=254)


@router.post("/guests", response={201: TokenOut}, summary="Become a guest of a forum")
def create_guest(request: HttpRequest, data: GuestIn) -> Status[dict[str, Any]]:
    """A name in one forum, and the bearer token by which its wearer is known there."""
    refuse_cross_site(request)
    refuse_while_paused()
    limit("guest", network_of(request))
    guest, token = become_guest(forum=find_forum(data.forum), name=data.name, email=data.email)
    return Status(201, token_shape(guest, token))
