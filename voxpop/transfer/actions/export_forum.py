"""Export a forum: everything in it as JSON lines that name no other forum's rows (SAFETY R32).

The first line says what the file is, the last one how much there should be and the SHA-256 of all
before it. The order is fixed, so two exports of one state are the same bytes.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeVar

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet

from voxpop import ids
from voxpop.accounts.faces import name_in
from voxpop.accounts.models import Author, AuthorKind
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment, Flag, PendingTally, Revision, Thread, Vote
from voxpop.transfer.actions.export_judged import bans_of, decisions_of
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.keys import author_key
from voxpop.transfer.records import rfc3339

FORMAT = 1
# What an owner can set; the name in the address is not among it.
SETTINGS = (
    *("name", "language", "sort", "allows_guests", "guest_proof"),
    *("is_premoderated", "holds_first_comment"),
    *("edit_minutes", "vote_mode", "depth_shown", "closes_after_days", "word_list", "greeting"),
    *("post_label", "reply_label", "placeholder", "accent", "is_listed", "shows_more"),
)
_CHUNK = 500

Voice = TypeVar("Voice", Vote, Flag)


def export_forum(forum: Forum, *, with_private: bool = False) -> Iterator[bytes]:
    """The lines of the export; guests' e-mail addresses only `with_private`."""
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    for row in _rows(forum, with_private):
        line = orjson.dumps(row) + b"\n"
        digest.update(line)
        counts[row["type"]] += 1
        yield line
    yield orjson.dumps({"type": "end", "counts": counts, "sha256": digest.hexdigest()}) + b"\n"


def _rows(forum: Forum, with_private: bool) -> Iterator[dict[str, Any]]:
    yield {"type": "header", "voxpop_export": FORMAT, "forum": forum.shortname, "votes": True}
    yield {"type": "forum", **{name: getattr(forum, name) for name in SETTINGS}}
    for site in forum.sites.order_by("origin"):
        yield {"type": "site", "origin": site.origin}
    yield from _authors(forum, with_private)
    threads = forum.threads.order_by("public_id").select_related("pinned")
    for thread in threads.prefetch_related("aliases").iterator(_CHUNK):
        yield _thread(thread)
        yield from _comments(thread)
    yield from _votes(forum)
    yield from _flags(forum)
    yield from bans_of(forum, with_private)
    yield from decisions_of(forum, with_private)


def _authors(forum: Forum, with_private: bool) -> Iterator[dict[str, Any]]:
    """Whoever left a trace here. Users of the server come as their names and nothing else."""
    seen = Author.objects.filter(
        Q(id__in=Comment.objects.filter(forum=forum).values("author"))
        | Q(id__in=Vote.objects.filter(comment__forum=forum).values("author"))
        | Q(id__in=Flag.objects.filter(comment__forum=forum).values("author"))
        | Q(id__in=forum.bans.exclude(author=None).values("author"))
        | Q(user__in=forum.bans.exclude(by=None).values("by"))
        | Q(user__in=forum.decisions.exclude(by=None).values("by"))
        | Q(user__in=forum.decisions.exclude(undone_by=None).values("undone_by"))
    )
    keys = sorted((author_key(author), author.id) for author in seen.iterator(_CHUNK))
    for chunk in in_chunks(keys, _CHUNK):
        authors = Author.objects.in_bulk([number for _, number in chunk])
        for key, number in chunk:
            author = authors[number]
            is_guest = author.kind == AuthorKind.GUEST
            row = {
                "type": "author",
                "key": key,
                "name": name_in(author, forum.id),
                "guest": is_guest,
            }
            if with_private and author.forum_id == forum.id and author.email:
                row["email"] = author.email
            yield row


def _thread(thread: Thread) -> dict[str, Any]:
    aliases = sorted(thread.aliases.all(), key=lambda alias: alias.id)
    return {
        "type": "thread",
        "id": thread.public_id,
        "created": rfc3339(thread.created),
        "identifier": thread.identifier,
        "url": thread.url,
        "title": thread.title,
        "locked": thread.is_locked,
        "premoderated": thread.is_premoderated,
        "sensitive": thread.is_sensitive,
        "aliases": [[alias.kind, alias.value] for alias in aliases],
        "pinned": thread.pinned.public_id if thread.pinned else None,
    }


def _comments(thread: Thread) -> Iterator[dict[str, Any]]:
    """A thread's comments, each after what it answers."""
    comments = Comment.objects.filter(thread=thread).order_by("path").select_related("author")
    comments = comments.annotate(
        has_votes=Exists(Vote.objects.filter(comment=OuterRef("pk")))
        | Exists(PendingTally.objects.filter(comment=OuterRef("pk")))
    )
    for comment in (
        comments.defer("fragment", "shape").prefetch_related("revisions").iterator(_CHUNK)
    ):
        yield {
            "type": "comment",
            "id": comment.public_id,
            "thread": thread.public_id,
            "parent": ids.public(comment.parent_id) if comment.parent_id else None,
            "author": author_key(comment.author),
            "created": rfc3339(comment.created),
            "edited": rfc3339(comment.edited) if comment.edited else None,
            "status": comment.status,
            "verdict": comment.verdict,
            "badge": comment.badge,
            "source": comment.source,
            "html": comment.html,
            "revision": comment.revision,
            "up": comment.up,
            "down": comment.down,
            "unnamed_votes": bool(comment.up + comment.down) and not comment.has_votes,
            "flags": comment.flags,
            "alias": comment.imported_id,
            "revisions": [
                _revision(revision)
                for revision in sorted(comment.revisions.all(), key=lambda r: r.number)
            ],
        }


def _votes(forum: Forum) -> Iterator[dict[str, Any]]:
    """Every vote, by its voter's key; of one moment in the order in which they were kept."""
    votes = Vote.objects.filter(comment__forum=forum).order_by("comment_id", "changed", "id")
    for vote in _with_authors(votes):
        yield {
            "type": "vote",
            **_whose(vote),
            "value": vote.value,
            "changed": rfc3339(vote.changed),
        }


def _flags(forum: Forum) -> Iterator[dict[str, Any]]:
    """Every report; how many of them still wait for an answer, the comment says."""
    flags = Flag.objects.filter(comment__forum=forum).order_by("comment_id", "created", "id")
    for flag in _with_authors(flags):
        created = rfc3339(flag.created)
        yield {"type": "flag", **_whose(flag), "reason": flag.reason, "created": created}


def _with_authors(rows: QuerySet[Voice]) -> Iterator[Voice]:
    return rows.select_related("author").iterator(_CHUNK)


def _whose(voice: Vote | Flag) -> dict[str, str]:
    return {"comment": ids.public(voice.comment_id), "author": author_key(voice.author)}


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "created": rfc3339(revision.created),
        "status": revision.status,
        "verdict": revision.verdict,
        "source": revision.source,
        "html": revision.html,
    }
