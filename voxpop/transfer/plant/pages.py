"""Pages become threads with all their names."""

from typing import Any, NamedTuple

import orjson
from django.db import transaction

from voxpop import ids
from voxpop.accounts.names import clean_name
from voxpop.forums.models import Forum
from voxpop.threads import addresses
from voxpop.threads.models import Thread, ThreadAlias
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.records import moment
from voxpop.transfer.spool import Spool


def plant_pages(spool: Spool, forum: Forum) -> None:
    pages = spool.db.execute(
        "SELECT p.n, p.thread_id FROM page p LEFT JOIN thread t ON t.page = p.n"
        " GROUP BY p.n ORDER BY MIN(t.created), p.n"
    ).fetchall()
    rising = ids.Rising()
    for chunk in in_chunks(pages):
        with transaction.atomic():
            _plant_some(spool, forum, dict(chunk), rising)


def _plant_some(
    spool: Spool, forum: Forum, pages: dict[int, int | None], rising: ids.Rising
) -> None:
    """The threads of these pages that the forum has not got, and every alias of all of them."""
    members = _members(spool, list(pages))
    new = {
        page: _new_thread(forum, members[page], rising)
        for page, there in pages.items()
        if not there
    }
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


def _new_thread(forum: Forum, members: list[_Member], rising: ids.Rising) -> Thread:
    first = members[0]
    created = min(member.created for member in members)
    names = [alias for member in members for alias in member.aliases]
    return Thread(
        id=rising.next(created // 1000),
        public_id=_public_id(forum, first.more.get("public_id", ""), names),
        forum=forum,
        identifier=next((m.identifier for m in members if m.identifier), ""),
        url=next((m.url for m in members if m.url), ""),
        title=clean_name(next((m.title for m in members if m.title), ""))[:500],
        created=moment(created),
        is_locked=bool(first.is_closed),
        is_premoderated=bool(first.more.get("is_premoderated")),
        is_sensitive=bool(first.more.get("is_sensitive")),
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
