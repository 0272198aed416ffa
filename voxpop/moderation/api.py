"""Moderating over HTTP: from the thread itself (bearer token) and from the desk (session)."""

from collections.abc import Iterable
from typing import Any, Literal

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja import Status as Answer
from pydantic import AwareDatetime, ConfigDict, Field

from voxpop.accounts.models import User
from voxpop.accounts.tokens import author_of
from voxpop.edge.floor import raise_floor
from voxpop.errors import Problem
from voxpop.limits.address import network_of
from voxpop.moderation import actions, rules, shapes
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.moderation.reading import read_queue
from voxpop.threads.models import Comment, Status

router = Router(tags=["moderation"])

LONGEST_CLEANING = 24 * 30  # hours that "remove all by this author" reaches back


class Input(Schema):
    """What is not named here cannot be set from outside (SAFETY T38)."""

    model_config = ConfigDict(extra="forbid")


class QueueIn(Schema):
    forum: str = Field(max_length=40)
    kind: Literal["all", "held", "flagged", "edits"] = "all"
    after: str | None = Field(default=None, max_length=20)


class CommentDecisionIn(Input):
    """`revision`: the held edit that is meant. `seen`: the status the moderator was looking at.
    `reason` is for moderators; `told`, of what is rejected or deleted, for the comment's author."""

    decision: Literal["approve", "reject", "spam", "delete", "restore"]
    reason: str = Field(default="", max_length=300)
    told: Literal["advertising", "off_topic", "abusive", "rules"] | None = None
    revision: int | None = Field(default=None, ge=1, lt=2**31)
    seen: Literal["published", "held", "rejected", "spam", "deleted"] | None = None


class ThreadDecisionIn(Input):
    decision: Literal[
        "lock", "unlock", "pin", "unpin", "premoderate", "trust", "sensitive", "harmless"
    ]
    reason: str = Field(default="", max_length=300)
    comment: str | None = Field(default=None, max_length=20)


class BanIn(Input):
    """`remove_hours`: also mark as spam what the author wrote here in so many hours."""

    author: str = Field(max_length=20)
    ends: AwareDatetime | None = None
    covers_network: bool = False
    reason: str = Field(default="", max_length=300)
    remove_hours: int = Field(default=0, ge=0, le=LONGEST_CLEANING)


class DecisionOut(Schema):
    id: str
    verb: str
    by: str | None
    comment: str | None
    thread: str | None
    ban: str | None
    reason: str
    told: str
    created: str
    undone: str | None


class DecidedOut(Schema):
    """The decision, and how what it was about stands now."""

    decision: DecisionOut
    comment: dict[str, Any] | None = None
    thread: dict[str, Any] | None = None
    ban: dict[str, Any] | None = None
    removed: list[str] | None = None


class QueueOut(Schema):
    items: list[dict[str, Any]]
    next: str | None


@router.get("/queue", response=QueueOut, summary="What waits for a decision")
def queue(request: HttpRequest, query: Query[QueueIn]) -> dict[str, Any]:
    """Held and flagged comments and held edits of one forum, who has waited longest first."""
    forum = rules.access_forum(_moderator(request), query.forum)
    page = read_queue([forum], kind=query.kind, after=query.after)
    return {"items": [shapes.queue_shape(item) for item in page.items], "next": page.next}


@router.post(
    "/comments/{comment}/decisions",
    response={201: DecidedOut},
    summary="Approve, reject, mark as spam, delete or restore a comment, or decide about its edit",
)
def decide_comment(
    request: HttpRequest, response: HttpResponse, comment: str, data: CommentDecisionIn
) -> Answer[dict[str, Any]]:
    user = _moderator(request)
    if data.revision is None:
        found = rules.access_comment(user, comment)
        decision = actions.decide(
            comment=found,
            verb=Verb(data.decision),
            by=user,
            reason=data.reason,
            told=Ground(data.told) if data.told else None,
            seen=Status(data.seen) if data.seen else None,
        )
    else:
        revision = rules.access_revision(user, comment, data.revision)
        if data.decision not in {"approve", "reject"}:
            raise Problem("invalid", errors={"decision": "An edit is approved or rejected."})
        if data.told:
            raise Problem("invalid", errors={"told": "Of an edit its author is told no ground."})
        found = revision.comment
        decision = actions.decide_edit(
            revision=revision, approves=data.decision == "approve", by=user, reason=data.reason
        )
        found.refresh_from_db()
    raise_floor(response, _reached([found]))
    return Answer(201, _decided(decision, comment=shapes.comment_shape(found)))


@router.post(
    "/threads/{thread}/decisions",
    response={201: DecidedOut},
    summary="Lock, pin or pre-moderate a thread",
)
def decide_thread(
    request: HttpRequest, response: HttpResponse, thread: str, data: ThreadDecisionIn
) -> Answer[dict[str, Any]]:
    user = _moderator(request)
    found = rules.access_thread(user, thread)
    decision = actions.decide_thread(
        thread=found,
        verb=Verb(data.decision),
        by=user,
        comment=rules.access_comment(user, data.comment) if data.comment else None,
        reason=data.reason,
    )
    raise_floor(response, {found.public_id: found.seq})
    return Answer(201, _decided(decision, thread=shapes.thread_shape(found)))


@router.post("/forums/{forum}/bans", response={201: DecidedOut}, summary="Ban an author")
def create_ban(
    request: HttpRequest, response: HttpResponse, forum: str, data: BanIn
) -> Answer[dict[str, Any]]:
    user = _moderator(request)
    found = rules.access_forum(user, forum)
    author = rules.access_author([found], data.author)
    decision = actions.ban_author(
        forum=found,
        author=author,
        by=user,
        ends=data.ends,
        covers_network=data.covers_network,
        reason=data.reason,
    )
    removed = actions.remove_all_by(
        forum=found, author=author, by=user, hours=data.remove_hours, reason=data.reason
    )
    raise_floor(response, _reached(each.comment for each in removed if each.comment))
    numbers = [shapes.decision_shape(each)["comment"] for each in removed]
    return Answer(201, _decided(decision, ban=shapes.ban_shape(decision.ban), removed=numbers))


@router.delete("/forums/{forum}/bans/{ban}", response=DecidedOut, summary="Lift a ban")
def delete_ban(request: HttpRequest, forum: str, ban: str) -> dict[str, Any]:
    user = _moderator(request)
    found = rules.access_ban(user, ban)
    if found.forum_id != rules.access_forum(user, forum).id:
        raise Problem("not_found")
    decision = actions.lift_ban(ban=found, by=user)
    found.refresh_from_db()
    return _decided(decision, ban=shapes.ban_shape(found))


@router.post("/decisions/{decision}/undo", response=DecidedOut, summary="Undo a decision")
def undo_decision(request: HttpRequest, response: HttpResponse, decision: str) -> dict[str, Any]:
    user = _moderator(request)
    undone = actions.undo(decision=rules.access_decision(user, decision), by=user)
    if undone.thread:
        raise_floor(response, {undone.thread.public_id: undone.thread.seq})
    elif undone.comment:
        raise_floor(response, _reached([undone.comment]))
    return _decided(
        undone,
        comment=shapes.comment_shape(undone.comment) if undone.comment else None,
        thread=shapes.thread_shape(undone.thread) if undone.thread else None,
        ban=shapes.ban_shape(undone.ban),
    )


def _decided(decision: Decision, **about: Any) -> dict[str, Any]:
    return {"decision": shapes.decision_shape(decision), **about}


def _reached(comments: Iterable[Comment]) -> dict[str, int]:
    """How far the log of each of their threads has come with what was done to them."""
    reached: dict[str, int] = {}
    for comment in comments:
        thread = comment.thread.public_id
        reached[thread] = max(comment.seq, reached.get(thread, 0))
    return reached


def _moderator(request: HttpRequest) -> User:
    """Who acts: the account behind the bearer token, or whoever is signed in on our own origin.

    A cookie writes only from our own origin: `CookieWritesFromHereOnly` has seen to it (T08).
    """
    user = _signed_in(request)
    if request.method != "GET":
        rules.may_act_now(user, network_of(request))
    return user


def _signed_in(request: HttpRequest) -> User:
    author = author_of(request)
    if author is not None:
        if author.user is None:
            raise Problem("not_found")
        return author.user
    user: User | AnonymousUser = request.user
    if not isinstance(user, User):
        raise Problem("sign_in_required")
    return user
