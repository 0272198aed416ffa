"""Writers over HTTP: form → author → verb → shape. Answers are private, verbs are limited."""

from typing import Any, Literal

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import BaseModel, ConfigDict, Field

from voxpop import ids
from voxpop.accounts.first_party import refuse_cross_site
from voxpop.accounts.models import Author
from voxpop.accounts.tokens import require_author
from voxpop.edge.floor import raise_floor
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.reading import find_forum
from voxpop.limits.address import network_of
from voxpop.limits.once import Once
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.threads import markup, schemas
from voxpop.threads.actions import (
    ThreadRef,
    delete_comment,
    edit_comment,
    flag_comment,
    post_comment,
    vote,
)
from voxpop.threads.models import WAITING, Comment, Revision, Status
from voxpop.threads.shapes import own_json, own_shape

router = Router(tags=["comments"])


class Strict(BaseModel):
    """An unknown property is a mistake or an attack (SAFETY T38)."""

    model_config = ConfigDict(extra="forbid")


class ThreadIn(Strict):
    """The page: its identifier where it has one, its address, its title."""

    identifier: str | None = Field(default=None, max_length=300)
    url: str = Field(max_length=2000)
    title: str = Field(default="", max_length=500)


class CommentIn(Strict):
    thread: ThreadIn
    parent: str | None = Field(default=None, max_length=20)
    source: str = Field(max_length=50_000)
    # Left empty by people, filled in by machines; hidden from view in the form (SAFETY T26).
    website: str = Field(default="", max_length=500)


class EditIn(Strict):
    source: str = Field(max_length=50_000)
    revision: int


class VoteIn(Strict):
    value: int


class FlagIn(Strict):
    reason: str = Field(max_length=20)


class PreviewIn(Strict):
    source: str = Field(max_length=50_000)


class PostedOut(schemas.CommentOut):
    fragment: str
    reason: str | None = None
    awaits: Literal["author"] | None = None


class PreviewOut(Schema):
    html: str


@router.post(
    "/forums/{forum}/comments",
    response={201: PostedOut, 202: PostedOut},
    summary="Post a comment",
)
def create_comment(request: HttpRequest, forum: str, data: CommentIn) -> HttpResponse:
    """Creates the thread at its first comment. 201: published; 202: held, with what may be told."""
    author = writer(request, "comment")
    place = find_forum(forum)
    once = keyed(request, author, _posted)
    with once.before_refusing():
        post_comment(
            forum=place,
            thread=ThreadRef(data.thread.identifier or "", data.thread.url, data.thread.title),
            author=author,
            source=data.source,
            parent=_parent(data.parent, place),
            address=network_of(request),
            is_trapped=bool(data.website),
            once=once,
        )
    return kept(once)


@router.patch(
    "/comments/{comment}", response={200: PostedOut, 202: PostedOut}, summary="Edit a comment"
)
def change_comment(request: HttpRequest, comment: str, data: EditIn) -> HttpResponse:
    """An edit is judged like a new comment; while it is held the approved text stays (202)."""
    author = writer(request, "edit")
    found = own_comment(comment, author)
    once = keyed(request, author, _edited)
    with once.before_refusing():
        edit_comment(
            comment=found, author=author, source=data.source, revision=data.revision, once=once
        )
    return kept(once)


@router.delete(
    "/comments/{comment}", response={200: schemas.CommentOut}, summary="Delete a comment"
)
def remove_own_comment(request: HttpRequest, comment: str) -> HttpResponse:
    author = writer(request, "edit")
    found = own_comment(comment, author)
    once = keyed(request, author, _posted_ok)
    with once.before_refusing():
        delete_comment(comment=found, author=author, once=once)
    return kept(once)


@router.put("/comments/{comment}/vote", response={200: VoteIn}, summary="Vote")
def put_vote(request: HttpRequest, comment: str, data: VoteIn) -> dict[str, Any]:
    """The same vote a hundred times is one vote. Tallies follow within a second."""
    author = writer(request, "vote")
    vote(comment=published_comment(comment), author=author, value=data.value)
    return {"value": data.value}


@router.put("/comments/{comment}/flag", response={200: FlagIn}, summary="Report to moderators")
def put_flag(request: HttpRequest, comment: str, data: FlagIn) -> dict[str, Any]:
    author = writer(request, "flag")
    flag_comment(comment=published_comment(comment), author=author, reason=data.reason)
    return {"reason": data.reason}


@router.post("/preview", response={200: PreviewOut}, summary="Render without posting")
def preview(request: HttpRequest, data: PreviewIn) -> dict[str, Any]:
    """The server's own renderer; needs no account and keeps nothing."""
    refuse_cross_site(request)
    limit("preview", network_of(request))
    return {"html": markup.render(data.source)}


def writer(request: HttpRequest, action: str) -> Author:
    """Who writes, after the checks that every write passes: paused? whose? too often?"""
    refuse_while_paused()
    author = require_author(request)
    limit(action, f"author:{author.id}")
    limit(action, network_of(request))
    return author


def keyed(request: HttpRequest, author: Author, answer: Any) -> Once:
    """The request's Idempotency-Key, scoped to the author (SAFETY T45)."""
    return Once(
        actor=f"author:{author.id}",
        key=request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
        body=f"{request.method} {request.path}\n".encode() + request.body,
        answer=answer,
    )


def kept(once: Once) -> HttpResponse:
    """The answer as it was kept in the verb's transaction."""
    return answered(once.status, once.body)


def answered(status: int, body: bytes) -> HttpResponse:
    """A kept answer, with the floor of what it did: also when it is given a second time, to
    somebody who never got the first."""
    response = HttpResponse(body, status=status, content_type="application/json")
    if status in {200, 201}:  # 202: it waits, and the log has not moved
        comment = orjson.loads(body)
        raise_floor(response, {comment["thread"]: comment["seq"]})
    return response


def published_comment(public_id: str) -> Comment:
    found = Comment.objects.select_related("forum", "thread").filter(
        id=ids.private(public_id) or 0, status=Status.PUBLISHED
    )
    comment = found.first()
    if comment is None:
        raise Problem("not_found")
    return comment


def own_comment(public_id: str, author: Author) -> Comment:
    """The author's own comment, whatever its status; somebody else's looks like none."""
    found = Comment.objects.select_related("forum", "thread").filter(
        id=ids.private(public_id) or 0, author=author
    )
    comment = found.first()
    if comment is None:
        raise Problem("not_found")
    return comment


def _parent(public_id: str | None, forum: Forum) -> Comment | None:
    if public_id is None:
        return None
    found = Comment.objects.filter(
        id=ids.private(public_id) or 0, forum=forum, status=Status.PUBLISHED
    ).first()
    if found is None:
        raise Problem("not_found", "The comment you answer is no longer there.")
    return found


def _posted(comment: Comment) -> tuple[int, bytes]:
    is_published = comment.status == Status.PUBLISHED
    return 201 if is_published else 202, own_json(comment)


def _posted_ok(comment: Comment) -> tuple[int, bytes]:
    return 200, own_json(comment)


def _edited(revision: Revision) -> tuple[int, bytes]:
    return 202 if revision.status in WAITING else 200, orjson.dumps(
        own_shape(revision.comment, pending=revision)
    )
