"""Surrogate keys: what a snapshot wears and what a change purges. Short, at most eight a response.

`t:` a thread's snapshots · `e:` its tail · `c:` that a comment is not there · `f:` what shows a
forum's newest (recent, trending, feeds) · `s:` what shows a forum's settings · `n:` what shows
threads of all listed forums.
"""

import re

from voxpop import ids

_THREAD = re.compile(r"[0-9a-z]{20}", re.ASCII)


def thread_key(public_id: str) -> str:
    return f"t:{public_id}"


def tail_key(public_id: str) -> str:
    return f"e:{public_id}"


def comment_key(public_id: str) -> str:
    return f"c:{public_id}"


def forum_key(shortname: str) -> str:
    return f"f:{shortname}"


NETWORK_KEY = "n:all"


def settings_key(shortname: str) -> str:
    return f"s:{shortname}"


def worn_by_thread(public_id: str, shortname: str) -> list[str]:
    """The keys of every snapshot of one thread: it shows the thread, dressed by its forum."""
    return [thread_key(public_id), settings_key(shortname)]


def worn_by_missing_thread(public_id: str) -> list[str]:
    """What an answer wears that says that a thread is not there: its first comment purges it.

    Nothing where the name comes from an address that no thread can have.
    """
    return [thread_key(public_id)] if is_thread_id(public_id) else []


def worn_by_missing_comment(name: str) -> list[str]:
    """What an answer wears that says that a comment is not there: its being shown purges it.

    The same whether there is such a comment, which waits or was removed, or none.
    """
    number = ids.private(name)
    return [] if number is None else [comment_key(ids.public(number))]


def is_thread_id(text: str) -> bool:
    """Whether a thread may be called so: what stands in a key stands in a header."""
    return _THREAD.fullmatch(text) is not None


def changed_with_thread(public_id: str, shortname: str) -> list[str]:
    """What a change inside a thread makes old: its snapshots, its tail, the forum's newest."""
    return [thread_key(public_id), tail_key(public_id), forum_key(shortname)]
