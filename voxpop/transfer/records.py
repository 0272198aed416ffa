"""What every format is read into: threads, comments, and what could not be read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from voxpop.errors import Problem
from voxpop.moderation.models import Verb
from voxpop.threads import addresses
from voxpop.threads.models import FlagReason, Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ImportedThread:
    """One thread of the file. `key` is its id there."""

    key: str
    created: int  # Unix microseconds, as everywhere in an import
    aliases: tuple[tuple[str, str], ...]  # (kind, value), as ThreadAlias has them
    identifier: str = ""
    url: str = ""
    title: str = ""
    is_closed: bool = False
    is_deleted: bool = False
    more: dict[str, Any] = field(default_factory=dict)  # what only our own export knows


@dataclass(frozen=True, slots=True)
class ImportedAuthor:
    """Who wrote; `key` is what makes two comments' author one author of the forum."""

    key: str
    name: str
    email: str = ""
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """One comment of the file. `parent` and `thread` are ids of the file, "" for none."""

    key: str
    thread: str
    author: str
    created: int
    text: str
    parent: str = ""
    status: Status = Status.PUBLISHED
    alias: str = ""  # the old id by which links find it
    number: int | None = None  # the row's id, which it keeps where nobody else has it
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedVote:
    """One author's vote on one comment, both by their ids of the file."""

    comment: str
    author: str
    value: int  # 1 or -1
    changed: int


@dataclass(frozen=True, slots=True)
class ImportedFlag:
    """One reader's report of one comment, both by their ids of the file."""

    comment: str
    author: str
    reason: FlagReason
    created: int


@dataclass(frozen=True, slots=True)
class ImportedBan:
    """An author or a network that may not write; people by their keys of the file, "" for none."""

    key: str  # by which decisions of the file name it
    author: str
    network: str
    reason: str
    by: str
    created: int
    ends: int | None
    lifted: int | None


@dataclass(frozen=True, slots=True)
class ImportedDecision:
    """What a moderator decided; everything it is about by its key of the file, "" for none."""

    key: str
    number: int | None  # the row's id, which it keeps where nobody else has it
    verb: Verb
    comment: str
    thread: str
    ban: str
    by: str
    reason: str
    told: str
    before: dict[str, Any]
    created: int
    undone: int | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that was left out, where it stands in the file, and why."""

    kind: str
    key: str
    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedSettings:
    """What our own export says of the forum itself: its settings, and `sites`.

    With `votes` the file has every vote, and tallies are counted from them.
    """

    values: dict[str, Any]


Record = (
    ImportedThread
    | ImportedAuthor
    | ImportedComment
    | ImportedVote
    | ImportedFlag
    | ImportedBan
    | ImportedDecision
    | ImportedSettings
    | Skipped
)


def page_address(url: str) -> tuple[str, str]:
    """The address and its key; nothing when it is not the address of a page (SAFETY R04)."""
    try:
        return (url, addresses.url_key(url)) if url else ("", "")
    except Problem:
        return "", ""


def microseconds(moment: datetime) -> int:
    """The time of a row, as records have it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def rfc3339(moment: datetime) -> str:
    """The time to the microsecond, as exports and the database have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(microseconds: int) -> datetime:
    """The time of a record."""
    return _EPOCH + timedelta(microseconds=microseconds)
