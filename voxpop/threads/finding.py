"""Finding a thread: by its page's identifier or address, or by its public id; one query each."""

import time
from typing import Any

from voxpop.forums.models import Forum
from voxpop.rows import read_one_with
from voxpop.threads import addresses
from voxpop.threads.models import Thread


def find_thread(
    forum: Forum, *, identifier: str | None = None, url: str | None = None
) -> Thread | None:
    """The forum's thread filed under the identifier, else under the address; one query."""
    return thread_by_alias(forum.id, *addresses.alias_of(identifier, url))


def thread_by_alias(forum_id: int, kind: str, value: str) -> Thread | None:
    return _one_thread(
        "JOIN threads_threadalias a ON a.thread_id = t.id"
        " WHERE a.forum_id = %s AND a.kind = %s AND a.value = %s",
        [forum_id, kind, value],
    )


def thread_by_public_id(public_id: str, forum_id: int | None = None) -> Thread | None:
    """The thread of this id, and of this forum where one is named; one query."""
    if forum_id is None:
        return _one_thread("WHERE t.public_id = %s", [public_id])
    return _one_thread("WHERE t.public_id = %s AND t.forum_id = %s", [public_id, forum_id])


def thread_public_id(forum: Forum, *, identifier: str | None = None, url: str | None = None) -> str:
    """The id that the page's thread has or will have."""
    return addresses.thread_public_id(forum.shortname, *addresses.alias_of(identifier, url))


def quietness(thread: Thread | None) -> float | None:
    """Seconds since somebody last commented, for `edge.policy.quietness`; None: never."""
    if thread is None or thread.last_commented is None:
        return None
    return time.time() - thread.last_commented.timestamp()


def _one_thread(where: str, parameters: list[Any]) -> Thread | None:
    found = read_one_with(
        Thread,
        ", f.shortname, f.sort",
        f"JOIN forums_forum f ON f.id = t.forum_id {where}",
        parameters,
    )
    if found is None:
        return None
    thread, (thread_forum, thread_sort) = found
    thread.forum_shortname, thread.forum_sort = thread_forum, thread_sort
    return thread
