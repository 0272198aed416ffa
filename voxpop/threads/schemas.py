"""The shapes as OpenAPI describes them. `shapes` makes them; a contract test compares the two."""

from typing import Any

from ninja import Schema


class AuthorOut(Schema):
    id: str
    name: str
    avatar: str
    kind: str
    badges: list[str]
    profile: str | None = None
    site_profile: str | None = None


class CommentOut(Schema):
    id: str
    thread: str
    parent: str | None = None
    root: str
    depth: int
    author: AuthorOut | None = None
    html: str | None = None
    created: str
    edited: str | None = None
    revision: int
    status: str
    score: int
    up: int
    down: int
    replies: int
    seq: int


class GapOut(Schema):
    """So many more comments of a root's branch follow off the page."""

    root: str
    more: int
    after: str


class CommentsOut(Schema):
    comments: list[CommentOut]
    gaps: list[GapOut]
    next: str | None = None
    seq: int


class ThreadOut(Schema):
    id: str
    forum: str
    identifiers: list[str]
    url: str
    title: str
    created: str | None = None
    count: int
    locked: bool
    closed: bool
    pinned: str | None = None
    seq: int


class ForumOut(Schema):
    shortname: str
    name: str
    language: str
    sort: str
    allows_guests: bool
    vote_mode: str
    depth_shown: int
    edit_minutes: int


class RecentComment(CommentOut):
    page: dict[str, str]


class RecentOut(Schema):
    comments: list[RecentComment]


class CountsOut(Schema):
    identifiers: dict[str, int]
    urls: dict[str, int]


class TailOut(Schema):
    events: list[dict[str, Any]]
    seq: int
    count: int
    mode: str
    wait: int
    reset: bool | None = None
