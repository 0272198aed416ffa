"""A forum with a site, people, and a hand to post for them."""

from collections.abc import Callable
from typing import Any

import pytest

from voxpop.accounts.models import Author, AuthorKind
from voxpop.forums.models import Forum, Site
from voxpop.threads.actions import ThreadRef, post_comment, publish_comment
from voxpop.threads.models import Comment

PAGE = "https://magazine.test/elm"

Post = Callable[..., Comment]


@pytest.fixture
def forum(db: None) -> Forum:
    forum = Forum.objects.create(shortname="magazine", name="Magazine")
    Site.objects.create(forum=forum, origin="https://magazine.test")
    return forum


@pytest.fixture
def ann(forum: Forum) -> Author:
    return Author.objects.create(kind=AuthorKind.GUEST, name="Ann <b>Lee</b>", forum=forum)


@pytest.fixture
def post(forum: Forum, ann: Author) -> Post:
    """post("text", parent=…, url=…): a published comment by Ann."""
    count = 0

    def post(source: str = "", url: str = PAGE, **fields: Any) -> Comment:
        nonlocal count
        count += 1
        comment = post_comment(
            forum=forum,
            thread=ThreadRef(url=url, title="Elm"),
            author=fields.pop("author", ann),
            source=source or f"Remark {count}",
            **fields,
        )
        publish_comment(comment)
        return Comment.objects.select_related("thread", "author").get(id=comment.id)

    return post
