"""The overlay: what one viewer sees over the shared snapshot. Small, private, never cached."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from voxpop import ids
from voxpop.accounts.api import AuthorOut
from voxpop.accounts.models import Author
from voxpop.accounts.shapes import author_shape
from voxpop.accounts.tokens import require_author
from voxpop.edge.floor import LIFETIME, raise_floor
from voxpop.forums.rules import may_moderate
from voxpop.threads import reading, rules
from voxpop.threads.api.writing import PostedOut, own_comment
from voxpop.threads.models import WAITING, Comment, Flag, Revision, Status, Thread, Vote
from voxpop.threads.shapes import own_shape, rfc3339

router = Router(tags=["viewer"])

MOST_OWN = 200


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
    found = reading.thread_by_public_id(public_id)
    answer: dict[str, Any] = {
        "viewer": author_shape(author),
        "votes": {},
        "held": [],
        "own": [],
        "flags": [],
        "powers": [],
    }
    if found is not None:
        answer.update(_in_thread(author, found))
        if answer["powers"] or _has_posted_lately(author, found):
            raise_floor(response, {public_id: found.seq})
    return answer


def _has_posted_lately(author: Author, thread: Thread) -> bool:
    since = ids.first_id_at(round((time.time() - LIFETIME) * 1000))
    own = Comment.objects.filter(thread=thread, author=author, id__gte=since)
    return own.exists()


def _told(comment: Comment) -> Comment:
    """One that waits, with whether it waits for himself (`unproven` selected)."""
    comment.awaits_author = hasattr(comment, "unproven")
    return comment


def _in_thread(author: Author, thread: Thread) -> dict[str, Any]:
    forum = thread.forum
    own = Comment.objects.filter(thread=thread, author=author).select_related("author")
    waiting = own.filter(status__in=WAITING).select_related("unproven").order_by("id")
    edits = Revision.objects.filter(
        comment__in=own.filter(status=Status.PUBLISHED), status=Status.HELD
    ).select_related("comment__author")
    votes = Vote.objects.filter(comment__thread=thread, author=author)
    flags = Flag.objects.filter(comment__thread=thread, author=author)
    published = own.filter(status=Status.PUBLISHED).order_by("-id")[:MOST_OWN]
    return {
        "votes": {row.comment.public_id: row.value for row in votes.select_related("comment")},
        "held": [
            *[own_shape(_told(comment)) for comment in waiting[:MOST_OWN]],
            *[own_shape(edit.comment, pending=edit) for edit in edits[:MOST_OWN]],
        ],
        "own": [
            {
                "id": comment.public_id,
                "editable_until": rfc3339(rules.editable_until(comment, forum)),
            }
            for comment in published
        ],
        "flags": [row.comment.public_id for row in flags.select_related("comment")],
        "powers": ["moderate"] if author.user and may_moderate(author.user, forum) else [],
    }
