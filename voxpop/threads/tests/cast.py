"""A forum with its people, for tests: an owner, two readers, a guest, an outsider's forum."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.test import Client

from voxpop import ids
from voxpop.accounts.actions import become_guest, sign_up
from voxpop.accounts.models import Author, TokenKind
from voxpop.accounts.tokens import issue_token
from voxpop.forums.models import Forum, Membership, Role, Site
from voxpop.threads import actions
from voxpop.threads.models import Comment, Thread

ORIGIN = "https://magazine.test"
PAGE = f"{ORIGIN}/story"


@dataclass
class Person:
    author: Author
    token: str

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """A JSON request as this person's browser frame sends it."""
        return Client().generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.token}",
                "Idempotency-Key": key or str(uuid.uuid4()),
            },
        )

    def post(self, forum: Forum, source: str, parent: str | None = None, **more: Any) -> Any:
        thread = {"url": more.pop("url", PAGE), "title": "Story"}
        body = {"thread": thread, "source": source, **({"parent": parent} if parent else {})}
        return self.send("POST", f"/forums/{forum.shortname}/comments", body, **more)


class Cast:
    thread: Thread

    def __init__(self, shortname: str = "magazine", **settings: Any) -> None:
        self.forum = Forum.objects.create(shortname=shortname, name="Magazine", **settings)
        Site.objects.create(forum=self.forum, origin=ORIGIN)
        self.owner = self.user("Olive Owner", f"owner@{shortname}.test")
        Membership.objects.create(forum=self.forum, user=self.owner.author.user, role=Role.OWNER)
        self.ann = self.user("Ann Reader", f"ann@{shortname}.test")
        self.bob = self.user("Bob Reader", f"bob@{shortname}.test")

    @classmethod
    def standing(cls) -> "Cast":
        """A fresh cast under its own name, with one comment in one thread."""
        cast = cls(ids.public(ids.new_id()))
        cast.thread = cast.comment().thread
        return cast

    def user(self, name: str, email: str) -> Person:
        author = sign_up(email=email, name=f"{name} {self.forum.shortname}").author
        return Person(author, issue_token(author, TokenKind.EMBED))

    def guest(self, name: str = "Gus Guest") -> Person:
        return Person(*become_guest(forum=self.forum, name=name))

    def comment(self, source: str = "A comment.", **more: Any) -> Comment:
        author = more.pop("author", self.ann.author)
        return actions.post_comment(
            forum=self.forum,
            thread=actions.ThreadRef(url=PAGE, title="Story"),
            author=author,
            source=source,
            **more,
        )
