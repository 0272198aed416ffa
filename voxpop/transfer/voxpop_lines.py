"""Reads our own export: JSON lines, whole or not at all, and believed no more than any file."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from voxpop import ids
from voxpop.errors import Problem
from voxpop.moderation.models import Verb
from voxpop.moderation.rules import EXPLAINED, STATUS_AFTER
from voxpop.transfer.fields import Fields
from voxpop.transfer.records import (
    ImportedAuthor,
    ImportedBan,
    ImportedComment,
    ImportedDecision,
    ImportedFlag,
    ImportedSettings,
    ImportedThread,
    ImportedVote,
    Record,
    page_address,
)
from voxpop.transfer.stops import because

LONGEST_LINE = 4 * 1024**2
MOST_SITES = 1000
# What each verb is about, and nothing else.
TARGETS: dict[Verb, set[str]] = {
    **{verb: {"comment"} for verb in [*STATUS_AFTER, Verb.APPROVE_EDIT, Verb.REJECT_EDIT]},
    **{verb: {"thread"} for verb in (Verb.LOCK, Verb.UNLOCK, Verb.PREMODERATE, Verb.TRUST)},
    **{verb: {"thread"} for verb in (Verb.SENSITIVE, Verb.HARMLESS)},
    Verb.PIN: {"thread", "comment"},
    Verb.UNPIN: {"thread"},
    Verb.BAN: {"ban"},
    Verb.LIFT_BAN: {"ban"},
    # About people, whose rows an export does not have: history, which nothing is undone by.
    **{verb: set() for verb in (Verb.GIVE, Verb.REFUSE, Verb.WIPE, Verb.WIPE_FORUM)},
}
BADGES = {"", "moderator", "owner"}


def read_voxpop(stream: Iterable[bytes]) -> Iterator[Record]:
    """Every record of the export; Problem("invalid") when it is damaged, changed or cut off."""
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    settings: dict[str, Any] = {"sites": []}
    has_votes = False
    for line in _lines(stream):
        row = _row(line)
        kind = str(row.get("type"))
        if kind == "end":
            if row.get("sha256") != digest.hexdigest() or row.get("counts") != dict(counts):
                raise Problem("invalid", because("changed"))
            yield ImportedSettings({**settings, "votes": has_votes})
            return
        if not counts and row.get("voxpop_export") != 1:
            raise Problem("invalid", because("not_ours"))
        digest.update(line)
        counts[kind] += 1
        if kind == "header":
            has_votes = row.get("votes") is True
        elif kind == "forum":
            settings.update(row)
        elif kind == "site":
            settings["sites"].append(str(row.get("origin")))
            if len(settings["sites"]) > MOST_SITES:
                raise Problem("invalid", because("sites", n=MOST_SITES))
        elif kind in _READERS:
            yield _READERS[kind](Fields(row))
        else:
            # From a later Voxpop, perhaps: better nothing than a forum that lacks what it says.
            raise Problem("invalid", because("no_type"))
    raise Problem("invalid", because("cut_off"))


def _lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            raise Problem("invalid", because("long_line"))


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise Problem("invalid", because("no_object"))
    return row


def _author(row: Fields) -> ImportedAuthor:
    return ImportedAuthor(
        key=row.text("key")[:200],
        name=row.text("name"),
        email=row.text("email"),
        is_guest=row.switch("guest"),
    )


def _thread(row: Fields) -> ImportedThread:
    return ImportedThread(
        key=row.text("id"),
        created=row.created(),
        aliases=row.pairs("aliases"),
        identifier=row.text("identifier")[:300],
        url=page_address(row.text("url"))[0],
        title=row.text("title"),
        is_closed=row.switch("locked"),
        more={
            "public_id": row.text("id"),
            "is_premoderated": row.switch("premoderated"),
            "is_sensitive": row.switch("sensitive"),
            "pinned": row.text("pinned"),
        },
    )


def _comment(row: Fields) -> ImportedComment:
    badge = row.text("badge")
    return ImportedComment(
        key=row.text("id"),
        number=ids.private(row.text("id")),
        alias=row.text("alias")[:60],
        thread=row.text("thread"),
        parent=row.text("parent"),
        author=row.author("author"),
        created=row.created(),
        status=row.status(),
        text=row.text("source"),
        more={
            "html": row.text("html"),
            "edited": row.time("edited"),
            "verdict": row.text("verdict")[:200],
            "badge": badge if badge in BADGES else "",
            "revision": row.whole("revision"),
            "has_unnamed_votes": row.switch("unnamed_votes"),
            "up": row.whole("up"),
            "down": row.whole("down"),
            "flags": row.whole("flags") if "flags" in row.row else 0,
            "revisions": [_revision(each) for each in row.rows("revisions")],
        },
    )


def _vote(row: Fields) -> ImportedVote:
    return ImportedVote(
        comment=row.text("comment")[:60],
        author=row.author("author"),
        value=row.value(),
        changed=row.created("changed"),
    )


def _flag(row: Fields) -> ImportedFlag:
    return ImportedFlag(
        comment=row.text("comment")[:60],
        author=row.author("author"),
        reason=row.reason(),
        created=row.created(),
    )


def _ban(row: Fields) -> ImportedBan:
    author, network = row.author("author"), row.text("network")[:50]
    if not author and not network:
        raise row.wrong("author")
    return ImportedBan(
        key=row.text("key")[:300],
        author=author,
        network=network,
        reason=row.text("reason")[:300],
        by=row.author("by"),
        created=row.created(),
        ends=row.time("ends"),
        lifted=row.time("lifted"),
    )


def _decision(row: Fields) -> ImportedDecision:
    verb = row.verb()
    decision = ImportedDecision(
        key=row.text("id")[:60],
        number=ids.private(row.text("id")),
        verb=verb,
        comment=row.text("comment")[:60],
        thread=row.text("thread")[:60],
        ban=row.text("ban")[:300],
        by=row.author("by"),
        reason=row.text("reason")[:300],
        told=row.ground() if verb in EXPLAINED else "",
        before=_before(verb, row.inner("before")),
        created=row.created(),
        undone=row.time("undone"),
        undone_by=row.author("undone_by"),
    )
    for target in ("comment", "thread", "ban"):
        if bool(getattr(decision, target)) != (target in TARGETS[verb]):
            raise row.wrong(target)
    return decision


def _before(verb: Verb, row: Fields) -> dict[str, Any]:
    """What undoing goes back to, as the verb itself has written it and nothing else."""
    if verb in STATUS_AFTER:
        verdict = row.text("verdict")[:200]
        return {"status": row.status(), "verdict": verdict, "flags": row.whole("flags")}
    if verb in {Verb.APPROVE_EDIT, Verb.REJECT_EDIT}:
        return {"revision": row.whole("revision"), "shown": row.whole("shown")}
    if "thread" in TARGETS[verb]:
        switches = ("is_locked", "is_premoderated", "is_sensitive")
        return {name: row.switch(name) for name in switches} | {"pinned": row.text("pinned")[:60]}
    return {}


def _revision(row: Fields) -> dict[str, Any]:
    return {
        "number": row.whole("number"),
        "created": row.created(),
        "status": row.status(),
        "verdict": row.text("verdict")[:200],
        "source": row.text("source"),
        "html": row.text("html"),
    }


_READERS: dict[str, Callable[[Fields], Record]] = {
    "author": _author,
    "thread": _thread,
    "comment": _comment,
    "vote": _vote,
    "flag": _flag,
    "ban": _ban,
    "decision": _decision,
}
