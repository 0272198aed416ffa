"""The shared surfaces of a thread: where each is, and what its bytes say."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

# What writers say: `say-WHO-NUMBER-rREVISION`, found again in whatever a surface makes of it.
SAID = re.compile(r"say-[a-z0-9]+-\d+-r\d+")
_ARTICLE = re.compile(r"<article ([^>]*)>(.*?)</article>", re.DOTALL)
_ID = re.compile(r'data-id="([0-9a-z]+)"')
_UP = re.compile(r'class="n up"[^>]*>(\d*)<')
_COUNT = re.compile(r'(?:"count":|id="count">)(\d+)')


@dataclass(frozen=True)
class Thread:
    """A page's discussion as the auditor knows it."""

    forum: str
    identifier: str
    public_id: str

    @property
    def name(self) -> str:
        return f"{self.forum}/{self.identifier}"

    @property
    def url(self) -> str:
        return f"https://{self.forum}.test/{self.identifier}"


@dataclass(frozen=True)
class Surface:
    name: str
    address: str  # with {forum}, {identifier}, {thread}, {after}
    parse: Callable[[bytes], Any]

    def path(self, thread: Thread, after: int | None = None) -> str:
        """The surface's address for one thread."""
        return self.address.format(
            forum=thread.forum,
            identifier=quote(thread.identifier),
            thread=thread.public_id,
            after=after,
        )


def said(html: str) -> str:
    """What a comment says: its writer's words, or the beginning of whatever else is there."""
    found = SAID.search(html)
    return found[0] if found else html.strip()[:60]


def _html(body: bytes) -> dict[str, Any]:
    text = body.decode()
    counted = _COUNT.search(text)
    return {
        "shown": [
            _article(*article) for article in _ARTICLE.findall(text) if "gone" not in article[0]
        ],
        "whole": "after=" not in text,
        "count": int(counted[1]) if counted else None,
    }


def _article(opening: str, rest: str) -> list[Any]:
    number, up = _ID.search(opening), _UP.search(rest)
    return [number[1] if number else "", said(rest), int(up[1] or 0) if up else 0]


def _comments(body: bytes) -> dict[str, Any]:
    page = json.loads(body)
    return {"shown": _shown(page["comments"]), "whole": not (page["next"] or page["gaps"])}


def _thread(body: bytes) -> dict[str, Any]:
    return {"count": json.loads(body)["count"]}


def _recent(body: bytes) -> dict[str, Any]:
    return {"shown": _shown(json.loads(body)["comments"])}


def _tail(body: bytes) -> dict[str, Any]:
    tail = json.loads(body)
    now = {
        comment["id"]: comment
        for event in tail["events"]
        for comment in event.get("comments", ())
        if comment["status"] == "published"
    }
    return {
        # What they say now, not at their place: only a removal makes that wrong.
        "shown": _shown(list(now.values())),
        "events": [
            [event["seq"], event["kind"], [each["id"] for each in event.get("comments", ())]]
            for event in tail["events"]
        ],
        "count": tail["count"],
    }


def _shown(comments: list[dict[str, Any]]) -> list[list[Any]]:
    return [
        [comment["id"], said(comment["html"]), comment["up"]]
        for comment in comments
        if comment["status"] == "published"
    ]


EMBED = Surface("embed", "/embed/{forum}/thread?i={identifier}", _html)
PUBLIC = Surface("public", "/t/{thread}/", _html)
COMMENTS = Surface("comments", "/api/v1/threads/{thread}/comments?limit=100&sort=oldest", _comments)
THREAD = Surface("thread", "/api/v1/threads/{thread}", _thread)
LOOKUP = Surface("lookup", "/api/v1/forums/{forum}/threads?identifier={identifier}", _thread)
RECENT = Surface("recent", "/api/v1/forums/{forum}/comments", _recent)
TAIL = Surface("tail", "/api/v1/threads/{thread}/events?after={after}", _tail)

# What names a place in one thread's log, and is read by everybody.
PAGES = (EMBED, PUBLIC, COMMENTS, THREAD, LOOKUP)
