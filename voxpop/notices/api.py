"""Over JSON: the overlay with the unread mark in it, and the tick "mail me replies"."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.accounts.tokens import require_author
from voxpop.notices.inbox import unread
from voxpop.notices.models import Kind, Pace
from voxpop.notices.wishes import (
    ask_for_mail,
    is_asking,
    those_with_an_address,
    wish,
    wishes_of,
)
from voxpop.people.reading import wants_of
from voxpop.threads.api.viewer import OverlayOut, read_overlay
from voxpop.threads.api.writing import writer

router = Router(tags=["viewer"])


class MineOut(OverlayOut):
    mutes: list[str]
    watching: bool
    unread: int
    mails: bool | None = None


class MailIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    replies: bool


class MailOut(BaseModel):
    replies: bool
    confirmed: bool


@router.get("/me/threads/{thread}", response=MineOut, summary="My overlay of a thread")
def overlay(request: HttpRequest, thread: str) -> HttpResponse:
    """My votes, my waiting comments, my powers, whom I mute, laid over the page by the browser;
    whether I watch it; how many notices I have not read (10: or more); whether a guest who left an
    address has asked for mail, and a site's user gets it."""
    author = require_author(request)
    wants = wants_of(author, thread)
    # Said as bytes: to hold so many rows of our own against the schema takes longer than all else.
    response = HttpResponse(content_type="application/json")
    mine = {
        **read_overlay(author, thread, response),
        "mutes": [ids.public(each) for each in wants.mutes],
        "watching": wants.is_watching,
        "unread": unread(author),
        "mails": _mails(author),
    }
    response.content = orjson.dumps(mine)
    return response


@router.put("/me/mail", response=MailOut, summary="Mail me replies")
def put_mail(request: HttpRequest, data: MailIn) -> dict[str, Any]:
    """A guest, and a site's user for whom nobody vouches, is asked at his address first whether it
    is his: until then `confirmed` is false."""
    author = writer(request, "mail")
    if data.replies:
        comes = ask_for_mail(author)
    else:
        wish(author, Kind.REPLY, mail=Pace.NEVER)
        comes = author.kind == AuthorKind.USER or author.id in those_with_an_address([author])
    return {"replies": data.replies, "confirmed": comes}


def _mails(author: Author) -> bool | None:
    if author.kind == AuthorKind.USER or not author.email:
        return None
    if author.kind == AuthorKind.SSO and not those_with_an_address([author]):
        return is_asking(author)
    return wishes_of(author).of(Kind.REPLY).mail != Pace.NEVER
