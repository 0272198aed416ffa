"""Over JSON: where I ask for what is mine. A frame opens that page; a token alone erases nobody who
has an account, since he is to prove himself anew first."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from voxpop.accounts.models import AuthorKind
from voxpop.privacy.links import link_for
from voxpop.threads.api.writing import writer

router = Router(tags=["privacy"])


class PageOut(Schema):
    url: str


@router.post("/me/privacy", response=PageOut, summary="Where I take or erase what is mine")
def create_privacy_link(request: HttpRequest) -> dict[str, Any]:
    """A guest's is behind a link of his own, good for a day; an account's behind its sign-in."""
    author = writer(request, "privacy")
    if author.kind != AuthorKind.GUEST:
        return {"url": f"{settings.HOST}/home/privacy/"}
    return {"url": link_for(author)}
