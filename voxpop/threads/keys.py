"""Surrogate keys: what a snapshot wears and what a change purges. Short, at most eight a response.

`t:` a thread's snapshots · `e:` its tail · `f:` what shows a forum's newest (recent, trending,
feeds) · `s:` what shows a forum's settings.
"""


def thread_key(public_id: str) -> str:
    return f"t:{public_id}"


def tail_key(public_id: str) -> str:
    return f"e:{public_id}"


def forum_key(shortname: str) -> str:
    return f"f:{shortname}"


def settings_key(shortname: str) -> str:
    return f"s:{shortname}"


def worn_by_thread(public_id: str, shortname: str) -> list[str]:
    """The keys of every snapshot of one thread: it shows the thread, dressed by its forum."""
    return [thread_key(public_id), settings_key(shortname)]


def changed_with_thread(public_id: str, shortname: str) -> list[str]:
    """What a change inside a thread makes old: its snapshots, its tail, the forum's newest."""
    return [thread_key(public_id), tail_key(public_id), forum_key(shortname)]
