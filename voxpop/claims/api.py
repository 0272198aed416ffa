"""Over JSON: what I wrote as a guest, made mine."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import BaseModel, ConfigDict, Field

from voxpop.claims.claiming import claim, claimable
from voxpop.threads.api.writing import writer

router = Router(tags=["people"])


class GuestIn(BaseModel):
    """The token by which this browser was a guest, where it has one. Never in an address."""

    model_config = ConfigDict(extra="forbid")

    guest: str = Field(default="", max_length=100)


class ClaimOut(Schema):
    comments: int


@router.post("/me/claims/look", response=ClaimOut, summary="What I could claim")
def look(request: HttpRequest, data: GuestIn) -> dict[str, Any]:
    """How many comments I wrote as a guest, here or with an address that is mine. Changes
    nothing; a POST because it carries a secret."""
    author = writer(request, "claim")
    return {"comments": sum(each.comments for each in claimable(author, data.guest))}


@router.put("/me/claims", response=ClaimOut, summary="Claim what I wrote as a guest")
def put_claim(request: HttpRequest, data: GuestIn) -> dict[str, Any]:
    """Those comments are mine from now on, on every site, and their votes; the guest is no more.
    How many there were: again, it is none."""
    return {"comments": claim(writer(request, "claim"), data.guest)}
