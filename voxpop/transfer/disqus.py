"""Reads the XML that Disqus exports: streaming, in constant memory, one damaged record at a time.

The file is cut into records before any XML parser sees it, and each record is parsed alone. So a
stray byte, a broken attribute or a lost end tag costs one record and not the file, and no document
type or entity can ever reach the parser: outside the records they refuse the file, inside one they
are not XML (SAFETY T30).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET

from voxpop.errors import Problem
from voxpop.threads import addresses
from voxpop.threads.models import Status
from voxpop.transfer.records import (
    ImportedAuthor,
    ImportedComment,
    ImportedThread,
    Record,
    Skipped,
    page_address,
)
from voxpop.transfer.stops import because

LARGEST_RECORD = 1024**2
# Elements of one record outside CDATA: a real post has about fifteen.
MOST_ELEMENTS = 2000

CUT_OFF = "it has no end"
TOO_LARGE = "it is larger than 1 MiB"
TOO_DEEP = "it holds too many elements"
NOT_XML = "it is not well-formed XML"
HOLDS_ANOTHER = "it swallowed the record after it"
NO_DATE = "its date cannot be read"
NO_ID = "it has no id"
NO_THREAD = "it names no thread"


class Piece(NamedTuple):
    """The bytes of one record and where they stand; or why there are none."""

    kind: str
    place: int
    data: bytes
    reason: str = ""


def read_disqus(stream: Iterable[bytes]) -> Iterator[Record]:
    """Every record of the export; Problem("invalid") when it is none."""
    is_empty = True
    for piece in split(stream):
        is_empty = False
        yield from _parsed(piece)
    if is_empty:
        raise Problem("invalid", because("nothing"))


# CDATA and comments hide what they hold: inside one only its end counts.
_TOKEN = re.compile(
    rb"<(?:(?P<open>thread|post)(?=[\s>/])|/(?P<close>thread|post)\s{0,8}>"
    rb"|(?P<hide>!\[CDATA\[|!--)|(?P<declare>!DOCTYPE|!ENTITY))|(?P<show>\]\]>|-->)",
    re.IGNORECASE,
)
_SHOWN_BY = {b"![CDATA[": b"]]>", b"!--": b"-->"}
_OVERLAP = 32  # longer than any token, so that none is lost between two chunks


def split(stream: Iterable[bytes]) -> Iterator[Piece]:
    """The records of the stream, each whole; Problem("invalid") at a document type or an entity."""
    cutter = _Cutter()
    for chunk in stream:
        yield from cutter.feed(chunk)
    yield from cutter.give_up()


class _Cutter:
    """Where we are in the stream: between records, or in one; in the open, or in CDATA."""

    def __init__(self) -> None:
        self.buffer = b""
        self.base = 0  # where the buffer begins in the file
        self.done = 0  # how much of the buffer has been looked at
        self.kind = ""  # of the record we are in
        self.start = 0  # and where it begins in the buffer
        self.is_too_large = False
        self.shown_by = b""  # the token that ends the CDATA or comment we are in

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        self.buffer += chunk
        for token in _TOKEN.finditer(self.buffer, self.done):
            yield from self._take(token)
            self.done = token.end()
        self._forget()

    def give_up(self) -> Iterator[Piece]:
        """What is left when the stream has ended: nothing, or a record without an end."""
        if self.kind:
            reason = TOO_LARGE if self.is_too_large else CUT_OFF
            yield Piece(self.kind, self.base + self.start, b"", reason)
        elif self.shown_by:
            yield Piece("comment", self.base + self.done, b"", CUT_OFF)

    def _take(self, token: re.Match[bytes]) -> Iterator[Piece]:
        kind = token.lastgroup
        if self.shown_by:
            if token[0] == self.shown_by:
                self.shown_by = b""
        elif kind == "hide" and (self.kind or token["hide"] == b"!--"):
            self.shown_by = _SHOWN_BY[token["hide"].upper()]
        elif kind == "declare" and not self.kind:
            raise Problem("invalid", because("doctype"))
        elif kind == "open" and not (self.kind == "post" and token["open"].lower() == b"thread"):
            yield from self.give_up()
            self.kind, self.start = token["open"].lower().decode(), token.start()
            self.is_too_large = False
        elif kind == "close" and token["close"].lower().decode() == self.kind:
            place = self.base + self.start
            if self.is_too_large:
                yield Piece(self.kind, place, b"", TOO_LARGE)
            else:
                yield Piece(self.kind, place, self.buffer[self.start : token.end()])
            self.kind = ""

    def _forget(self) -> None:
        """Drop what is behind us, and the body of a record that has grown too large."""
        seen = max(self.done, len(self.buffer) - _OVERLAP)
        if self.kind and len(self.buffer) - self.start > LARGEST_RECORD:
            self.is_too_large = True
        dropped = seen if not self.kind or self.is_too_large else self.start
        self.done = seen - dropped
        self.start -= dropped  # negative while only the place of a too large record is kept
        self.buffer = self.buffer[dropped:]
        self.base += dropped


_DSQ = "http://disqus.com/disqus-internals"
_ID = f"{{{_DSQ}}}id"
_OPENING = f'<r xmlns:dsq="{_DSQ}">'.encode()
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def _parsed(piece: Piece) -> Iterator[Record]:
    """The record of a piece, after the author it names; or why there is none."""
    if piece.reason:
        yield Skipped(piece.kind, "", piece.place, piece.reason)
        return
    key = ""
    try:
        fields = _Fields(_element(piece.data))
        key = fields.key()
        yield from _thread(fields, key) if piece.kind == "thread" else _comment(fields, key)
    except ValueError as error:
        yield Skipped(piece.kind, key or _key_in(piece.data), piece.place, str(error))


def _element(data: bytes) -> ET.Element:
    """The record as XML; invalid bytes and control characters in it are dropped, nothing else."""
    if data.count(b"<") > MOST_ELEMENTS and _CDATA.sub(b"", data).count(b"<") > MOST_ELEMENTS:
        raise ValueError(TOO_DEEP)
    for mend in (bytes, _mended):
        try:
            return ET.fromstring(_OPENING + mend(data) + b"</r>")[0]  # noqa: S314 see the module
        except ET.ParseError:
            continue
    raise ValueError(NOT_XML)


def _mended(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").translate(_FORBIDDEN).encode("utf-8", "replace")


def _key_in(data: bytes) -> str:
    """The id in a record that could not be parsed, for the report."""
    found = re.search(rb'dsq:id="([^"]{1,60})"', data[:200])
    return found[1].decode("utf-8", "replace") if found else ""


class _Fields:
    """The children of a record by name."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element
        self.children = {child.tag.rpartition("}")[2]: child for child in element}

    def key(self) -> str:
        return (self.element.get(_ID) or self.element.get("id") or "").strip()[:60]

    def text(self, name: str) -> str:
        child = self.children.get(name)
        return "" if child is None else "".join(child.itertext()).strip()

    def is_true(self, name: str, default: bool = False) -> bool:
        text = self.text(name).lower()
        return text in {"true", "1"} if text else default

    def reference(self, name: str) -> str:
        """The id that a <thread> or <parent> refers to: its attribute, in old files its text."""
        child = self.children.get(name)
        if child is None:
            return ""
        return (child.get(_ID) or child.get("id") or "".join(child.itertext())).strip()[:60]

    def created(self) -> int:
        try:
            moment = datetime.fromisoformat(self.text("createdAt"))
        except ValueError:
            raise ValueError(NO_DATE) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not datetime(1990, 1, 1, tzinfo=UTC) <= moment <= datetime(2100, 1, 1, tzinfo=UTC):
            raise ValueError(NO_DATE)
        return int(moment.timestamp()) * 10**6 + moment.microsecond


def _thread(fields: _Fields, key: str) -> Iterator[Record]:
    if not key:
        raise ValueError(NO_ID)
    identifier = fields.text("id")[: addresses.MAX_IDENTIFIER]
    url, url_key = page_address(fields.text("link"))
    names = (("d", key), ("i", identifier), ("u", url_key))
    yield ImportedThread(
        key=key,
        created=fields.created(),
        aliases=tuple((kind, value) for kind, value in names if value),
        identifier=identifier,
        url=url,
        title=fields.text("title"),
        is_closed=fields.is_true("isClosed"),
        is_deleted=fields.is_true("isDeleted"),
    )


def _comment(fields: _Fields, key: str) -> Iterator[Record]:
    created = fields.created()
    thread = fields.reference("thread")
    if not thread:
        raise ValueError(NO_THREAD)
    text = fields.text("message")
    if "<post dsq:id=" in text:
        raise ValueError(HOLDS_ANOTHER)
    author = _author(fields)
    key = key or _key_of_content(thread, created, author.key, text)
    yield author
    yield ImportedComment(
        key=key,
        alias=key,
        thread=thread,
        parent=fields.reference("parent"),
        author=author.key,
        created=created,
        status=_status(fields),
        text=text,
    )


def _key_of_content(thread: str, created: int, author: str, text: str) -> str:
    """Old files hold posts without an id: what they say makes one, the same in every run."""
    content = "\0".join((thread, str(created), author, text)).encode()
    return "x" + hashlib.blake2b(content, digest_size=16).hexdigest()


def _status(fields: _Fields) -> Status:
    if fields.is_true("isSpam"):
        return Status.SPAM
    if fields.is_true("isDeleted"):
        return Status.DELETED
    return Status.PUBLISHED if fields.is_true("isApproved", default=True) else Status.HELD


def _author(fields: _Fields) -> ImportedAuthor:
    """Usernames tell people apart; guests and the unknown have nothing but a name."""
    child = fields.children.get("author")
    inner = _Fields(child) if child is not None else None
    name, username, email = (
        (inner.text("name"), inner.text("username"), inner.text("email")) if inner else ("", "", "")
    )
    is_guest = not username
    name = name or username or "Guest"
    key = f"disqus-guest:{name.casefold()}" if is_guest else f"disqus:{username.casefold()}"
    if len(key) > 200:
        key = f"disqus-long:{hashlib.blake2b(key.encode(), digest_size=20).hexdigest()}"
    return ImportedAuthor(key=key, name=name, email=email, is_guest=is_guest)
