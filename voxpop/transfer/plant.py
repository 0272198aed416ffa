"""The last step of an import: the spool's pages and trees become rows of the forum.

Each batch is one transaction, in which every count is exact when it commits: a page that is open
meanwhile, or a run that is killed, leaves a smaller forum but never a wrong one. Comments come in
path order, so what they answer is always there before them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.accounts.names import clean_name, skeleton
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Site
from voxpop.forums.origins import check_origin
from voxpop.threads import addresses, log, markup
from voxpop.threads.actions.vote import rank
from voxpop.threads.fragments import comment_fragment
from voxpop.threads.markup.sanitise import sanitise
from voxpop.threads.models import Comment, Revision, Status, Thread, ThreadAlias
from voxpop.transfer.actions.export_forum import SETTINGS
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.spool import Spool

BATCH = 1000
BATCH_BYTES = 4 * 1024**2
UNRENDERABLE = "Its text could not be rendered safely."
_COLOUR = re.compile("(#[0-9a-fA-F]{6})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Called inside each batch's transaction with the comments that it brought.
Note = Callable[[list[Comment]], None]


def plant(spool: Spool, forum: Forum, note: Note) -> None:
    """Write what the spool holds into the forum; what is there already is left as it is."""
    _plant_threads(spool, forum)
    _plant_authors(spool, forum)
    for batch in _batches(spool):
        with transaction.atomic():
            note(_plant_comments(batch, forum))
    if spool.settings:
        with transaction.atomic():
            _pin(spool)
            _settle(forum, spool.settings)


def _plant_threads(spool: Spool, forum: Forum) -> None:
    pages = spool.db.execute("SELECT n, thread_id FROM page ORDER BY n").fetchall()
    for chunk in in_chunks(pages):
        with transaction.atomic():
            _plant_pages(spool, forum, dict(chunk))


def _plant_pages(spool: Spool, forum: Forum, pages: dict[int, int | None]) -> None:
    """The threads of these pages that the forum has not got, and every alias of all of them."""
    members = _members(spool, list(pages))
    new = {page: _new_thread(forum, members[page]) for page, there in pages.items() if not there}
    _rename_taken(forum, new)
    Thread.objects.bulk_create(new.values())
    ThreadAlias.objects.bulk_create(
        (
            ThreadAlias(forum=forum, thread_id=pages[page] or new[page].id, kind=kind, value=value)
            for page, its_members in members.items()
            for member in its_members
            for kind, value in member.aliases
        ),
        ignore_conflicts=True,
    )
    spool.db.executemany(
        "UPDATE page SET thread_id = ? WHERE n = ?", [(new[page].id, page) for page in new]
    )


class _Member(NamedTuple):
    """One of the file's threads that are about one page."""

    created: int
    identifier: str
    url: str
    title: str
    is_closed: bool
    more: dict[str, Any]
    aliases: list[tuple[str, str]]


def _members(spool: Spool, pages: list[int]) -> dict[int, list[_Member]]:
    """page -> its threads, the busiest first."""
    marks = ",".join("?" * len(pages))
    its_threads = f"FROM thread t WHERE t.page IN ({marks})"
    aliases: dict[int, list[tuple[str, str]]] = {}
    for thread, kind, value in spool.db.execute(
        f"SELECT thread, kind, value FROM name WHERE thread IN (SELECT n {its_threads})"  # noqa: S608
        " ORDER BY n",
        pages,
    ):
        aliases.setdefault(thread, []).append((kind, value))
    members: dict[int, list[_Member]] = {}
    for page, n, more, *row in spool.db.execute(
        "SELECT page, n, more, created, identifier, url, title, is_closed"
        f" {its_threads} ORDER BY page, n != page, n",
        pages,
    ):
        known = orjson.loads(more) if more else {}
        member = _Member._make([*row, known, aliases.get(n, [])])
        members.setdefault(page, []).append(member)
    return members


def _new_thread(forum: Forum, members: list[_Member]) -> Thread:
    first = members[0]
    created = min(member.created for member in members)
    names = [alias for member in members for alias in member.aliases]
    return Thread(
        id=ids.new_id(created // 1000),
        public_id=_public_id(forum, first.more.get("public_id", ""), names),
        forum=forum,
        identifier=next((m.identifier for m in members if m.identifier), ""),
        url=next((m.url for m in members if m.url), ""),
        title=clean_name(next((m.title for m in members if m.title), ""))[:500],
        created=moment(created),
        is_locked=bool(first.is_closed),
        is_premoderated=bool(first.more.get("is_premoderated")),
    )


def _public_id(forum: Forum, wanted: str, names: list[tuple[str, str]]) -> str:
    """The id that pages compute from the thread's best name: identifier, address, old id.

    An exported thread keeps its own, but only one that a name of it gives: nobody may sit on the
    id that another forum's page will compute.
    """
    computed = {
        kind: addresses.thread_public_id(forum.shortname, kind, value)
        for kind, value in reversed(names)
    }
    every = {addresses.thread_public_id(forum.shortname, *name) for name in names}
    if wanted in every:
        return wanted
    nameless = addresses.thread_public_id(forum.shortname, "n", wanted)
    return next((computed[kind] for kind in "iud" if kind in computed), nameless)


def _rename_taken(forum: Forum, new: dict[int, Thread]) -> None:
    """A computed id can belong to a thread that goes by another name since: take a free one."""
    wanted = [thread.public_id for thread in new.values()]
    taken = set(Thread.objects.filter(public_id__in=wanted).values_list("public_id", flat=True))
    for thread in new.values():
        if thread.public_id in taken:
            thread.public_id = addresses.thread_public_id(forum.shortname, "n", str(thread.id))


def _plant_authors(spool: Spool, forum: Forum) -> None:
    rows = spool.db.execute(
        "SELECT key, name, email, is_guest FROM author WHERE key IN"
        " (SELECT c.author FROM comment c JOIN tree t ON t.n = c.n WHERE NOT t.is_here)"
    ).fetchall()
    for chunk in in_chunks(rows):
        keys = [key for key, *_ in chunk]
        found = Author.objects.filter(forum=forum, imported_key__in=keys)
        known = {author.imported_key: author for author in found}
        new = {row[0]: _new_author(forum, *row) for row in chunk if row[0] not in known}
        Author.objects.bulk_create(new.values())
        spool.db.executemany(
            "UPDATE author SET author_id = ?, name = ? WHERE key = ?",
            [(author.id, author.name, key) for key, author in [*known.items(), *new.items()]],
        )


def _new_author(forum: Forum, key: str, name: str, email: str, is_guest: bool) -> Author:
    shown = clean_name(name)[:60].strip() or "Guest"
    return Author(
        kind=AuthorKind.GUEST if is_guest else AuthorKind.IMPORTED,
        name=shown,
        name_skeleton=skeleton(shown),
        forum=forum,
        email=email if "@" in email and len(email) <= 254 else "",
        imported_key=key,
    )


class Row(NamedTuple):
    """One comment as the spool has it, with its place in the forum."""

    id: int
    parent_id: int | None
    path: bytes
    thread_id: int
    author_id: int
    author_name: str
    created: int
    status: str
    text: str
    key: str
    alias: str
    number: int | None
    more: str


_ROWS = """
SELECT t.id, t.parent_id, t.path, p.thread_id, a.author_id, a.name, c.created,
  CASE WHEN h.is_deleted AND c.status = 'published' THEN 'deleted' ELSE c.status END,
  c.text, c.key, c.alias, c.number, c.more
FROM tree t JOIN page p ON p.n = t.page JOIN comment c ON c.n = t.n
  JOIN thread h ON h.key = c.thread JOIN author a ON a.key = c.author
WHERE NOT t.is_here ORDER BY t.page, t.path
"""


def _batches(spool: Spool) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for values in spool.db.execute(_ROWS):
        row = Row(*values)
        batch.append(row)
        size += len(row.text) + len(row.more)
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _plant_comments(batch: list[Row], forum: Forum) -> list[Comment]:
    comments = {row.id: _new_comment(forum, row) for row in batch}
    above = _Above(comments)
    for comment in comments.values():
        if comment.status == Status.PUBLISHED:
            above.show(comment)
    _log_reset(comments)
    Comment.objects.bulk_create(comments.values())
    above.save()
    Revision.objects.bulk_create(
        (revision for row in batch if row.more for revision in _revisions(row)),
        ignore_conflicts=True,
    )
    return list(comments.values())


def _new_comment(forum: Forum, row: Row) -> Comment:
    more = orjson.loads(row.more) if row.more else {}
    comment = Comment(
        id=row.id,
        forum=forum,
        thread_id=row.thread_id,
        author_id=row.author_id,
        parent_id=row.parent_id,
        root_id=int.from_bytes(row.path[:8], "big"),
        depth=len(row.path) // 8 - 1,
        path=row.path,
        status=row.status,
        source=row.text,
        created=moment(row.created),
        imported_id=row.alias or (None if row.id == row.number else f"voxpop:{row.key}"),
        sanitizer=markup.SANITIZER,
    )
    if more:
        _add_own(comment, more)
    _render(comment, row.text, more.get("html"))
    comment.fragment = comment_fragment(comment, Author(id=row.author_id, name=row.author_name))
    return comment


def _render(comment: Comment, text: str, own_html: str | None) -> None:
    """Nobody's HTML is believed, our own export's neither (SAFETY R01)."""
    try:
        comment.html = markup.render_imported(text) if own_html is None else sanitise(own_html)
    except Problem as problem:
        comment.html = ""
        # It keeps its place for those who answered it, and its source for the moderator.
        if comment.status == Status.PUBLISHED:
            is_empty = problem.code == "source_empty"
            comment.status = Status.DELETED if is_empty else Status.REJECTED
            comment.verdict = "" if is_empty else UNRENDERABLE


def _add_own(comment: Comment, more: dict[str, Any]) -> None:
    """What only our own export knows of a comment."""
    comment.up, comment.down = more["up"], more["down"]
    comment.rank = rank(comment.up, comment.down)
    comment.revision = more["revision"]
    comment.edited = moment(more["edited"]) if more["edited"] else None
    comment.verdict, comment.badge = more["verdict"], more["badge"]


def _revisions(row: Row) -> Iterator[Revision]:
    for said in orjson.loads(row.more)["revisions"]:
        yield Revision(
            comment_id=row.id,
            number=said["number"],
            source=said["source"],
            html=sanitise(said["html"]),
            created=moment(said["created"]),
            status=said["status"],
            verdict=said["verdict"],
        )


def _log_reset(comments: dict[int, Comment]) -> None:
    """One entry of each thread's log says that much has changed: open pages read it again."""
    by_thread: dict[int, list[Comment]] = {}
    for comment in comments.values():
        by_thread.setdefault(comment.thread_id, []).append(comment)
    for thread_id, its_comments in by_thread.items():
        published = [c for c in its_comments if c.status == Status.PUBLISHED]
        last = log.append(thread_id, ("reset", []), comments=len(published))
        for comment in its_comments:
            comment.seq = last
        if published:
            newest = max(comment.created for comment in published)
            Thread.objects.filter(id=thread_id).exclude(last_commented__gte=newest).update(
                last_commented=newest
            )


@dataclass
class _Shown:
    """A comment that was there before the batch, and what the batch adds to it."""

    parent_id: int | None
    root_id: int
    is_shown: bool
    was_shown: bool
    replies: int = 0
    branch: int = 0


class _Above:
    """Who is to be seen, for a whole batch at once: the rule of `threads.standing`.

    A published comment is shown, and so is every removed one above it, whose place it holds.
    """

    def __init__(self, new: dict[int, Comment]) -> None:
        self.new = new
        self.old: dict[int, _Shown] = {}
        self._load({c.parent_id for c in new.values()} | {c.root_id for c in new.values()})

    def show(self, comment: "Comment | _Shown") -> None:
        while not comment.is_shown:
            comment.is_shown = True
            if comment.parent_id is None:
                return
            self._get(comment.root_id).branch += 1
            comment = self._get(comment.parent_id)
            comment.replies += 1

    def save(self) -> None:
        """Write what the batch has changed above it."""
        for number, above in self.old.items():
            if above.replies or above.branch or above.is_shown != above.was_shown:
                Comment.objects.filter(id=number).update(
                    replies=F("replies") + above.replies,
                    branch=F("branch") + above.branch,
                    is_shown=above.is_shown,
                )

    def _get(self, number: int) -> "Comment | _Shown":
        if number in self.new:
            return self.new[number]
        if number not in self.old:
            self._load({number})
        return self.old[number]

    def _load(self, numbers: set[int | None]) -> None:
        missing = [n for n in numbers if n is not None and n not in self.new]
        for chunk in in_chunks(missing):
            found = Comment.objects.filter(id__in=chunk).values_list(
                "id", "parent_id", "root_id", "is_shown"
            )
            for number, parent, root, is_shown in found:
                self.old[number] = _Shown(parent, root, is_shown, is_shown)


def _pin(spool: Spool) -> None:
    """Pinned comments stay pinned."""
    for more, thread_id in spool.db.execute(
        "SELECT t.more, p.thread_id FROM thread t JOIN page p ON p.n = t.page WHERE t.more != ''"
    ):
        if pinned := orjson.loads(more)["pinned"]:
            row = spool.db.execute("SELECT id FROM tree WHERE key = ?", [pinned]).fetchone()
            if row:
                Thread.objects.filter(id=thread_id).update(pinned=row[0])


def _settle(forum: Forum, settings: dict[str, Any]) -> None:
    """Set the forum as the export says, as far as an owner could have set it himself."""
    for name in SETTINGS:
        if name in settings:
            setattr(forum, name, settings[name])
    try:
        others = {field.name for field in Forum._meta.concrete_fields} - set(SETTINGS)
        forum.clean_fields(exclude=others)
    except ValidationError as wrong:
        raise Problem("invalid", "The settings in this export are not valid.") from wrong
    if not _COLOUR.fullmatch(forum.accent):
        forum.accent = ""
    forum.revision += 1
    forum.save()
    for origin in settings["sites"]:
        Site.objects.get_or_create(forum=forum, origin=check_origin(origin))


def moment(microseconds: int) -> datetime:
    """The time of a record."""
    return _EPOCH + timedelta(microseconds=microseconds)
