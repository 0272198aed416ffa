"""The overlay: what one viewer sees over the shared snapshot. Small, private, never cached."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from voxpop.accounts.api import AuthorOut
from voxpop.accounts.models import Author
from voxpop.accounts.shapes import author_shape
from voxpop.accounts.tokens import require_author
from voxpop.edge.floor import raise_floor
from voxpop.threads import overlay
from voxpop.threads.api.writing import PostedOut, own_comment
from voxpop.threads.models import Status

router = Router(tags=["viewer"])


class OwnOut(Schema):
    id: str
    editable_until: str


class SourceOut(Schema):
    source: str
    revision: int


class OverlayOut(Schema):
    viewer: AuthorOut
    votes: dict[str, int]
    held: list[PostedOut]
    own: list[OwnOut]
    flags: list[str]
    powers: list[str]


@router.get("/me/comments/{comment}", response=SourceOut, summary="What I typed, to change it")
def own_source(request: HttpRequest, comment: str) -> dict[str, Any]:
    """The text of my newest edit, also one that still waits; `revision` is what an edit carries."""
    found = own_comment(comment, require_author(request))
    standing = found.revisions.exclude(status=Status.REJECTED).order_by("-number")
    newest = standing.values_list("source", flat=True).first()
    return {"source": newest or found.source, "revision": found.revision}


def read_overlay(author: Author, public_id: str, response: HttpResponse) -> dict[str, Any]:
    """What this viewer alone sees of the thread: an OverlayOut. Reacting apps add to it above.

    Whoever may have changed the thread elsewhere, at the desk or on its public page, is told the
    place of its log: the page below his overlay is to be no older.
    """
    place = overlay.find_place(public_id, author)
    mine = overlay.read_mine(author, place) if place else overlay.Mine()
    if place and (mine.powers or mine.has_posted_lately):
        raise_floor(response, {public_id: place.seq})
    return {
        "viewer": author_shape(author, place.forum.id if place else None),
        "votes": mine.votes,
        "held": mine.held,
        "own": mine.own,
        "flags": mine.flags,
        "powers": mine.powers,
    }
