"""What a database holds, so that two can be compared: counts, and a hash for every thread.

A thread's hash is chained along its log and then over its comments: it is the same in a copy, and
in no other. Values are compared as Python has them, so that SQLite and PostgreSQL agree.
"""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from django.apps import apps
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from voxpop.threads.models import Comment, Thread, ThreadEvent

AT_ONCE = 2000
Chains = dict[str, str]

# What readers and moderators go by; what is made of it (fragments) follows from it.
_OF_A_COMMENT = (
    "id", "parent_id", "author_id", "path", "status", "revision", "seq", "up", "down", "created",
    "edited", "source", "html",
)  # fmt: skip
_OF_AN_EVENT = ("seq", "kind", "comments", "created")


@dataclass(frozen=True)
class Facts:
    schema: list[str]  # the last migration of each app
    counts: dict[str, int]  # table → rows
    threads: Chains  # public id → hash

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def facts_of(alias: str) -> Facts:
    """Everything, in one pass over threads, log and comments."""
    counts = {table.db_table: rows for table, rows in _counts(alias)}
    return Facts(schema_of(alias), counts, chains(alias))


def differences(one: Facts, other: Facts) -> list[str]:
    """In what the two are not the same, a sentence each; at most three threads by name."""
    found = []
    if one.schema != other.schema:
        odd = sorted(set(one.schema) ^ set(other.schema))
        found.append(f"The schema differs: {', '.join(odd[:5])}.")
    for table in sorted(one.counts.keys() | other.counts.keys()):
        here, there = one.counts.get(table), other.counts.get(table)
        if here != there:
            found.append(f"{table} has {here} rows here and {there} there.")
    wrong = sorted(
        thread
        for thread in one.threads.keys() | other.threads.keys()
        if one.threads.get(thread) != other.threads.get(thread)
    )
    if wrong:
        found.append(f"{len(wrong)} threads differ, among them {', '.join(wrong[:3])}.")
    return found


def schema_of(alias: str) -> list[str]:
    """The last applied migration of every app, as app.name; nothing in an empty database."""
    recorder = MigrationRecorder(connections[alias])
    last: dict[str, str] = {}
    for app, name in recorder.applied_migrations():
        last[app] = max(name, last.get(app, ""))
    return sorted(f"{app}.{name}" for app, name in last.items())


def tables() -> list[type[Model]]:
    """Every model that has a table of its own."""
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.managed and not model._meta.proxy]


def _counts(alias: str) -> Iterator[tuple[Any, int]]:
    for model in tables():
        yield model._meta, model._base_manager.using(alias).count()


def chains(alias: str) -> Chains:
    """A hash for every thread, over its log in order and then its comments."""
    public_ids = dict(Thread.objects.using(alias).values_list("id", "public_id"))
    hashes = dict.fromkeys(public_ids, b"")
    for model, columns, order in (
        (ThreadEvent, _OF_AN_EVENT, "seq"),
        (Comment, _OF_A_COMMENT, "id"),
    ):
        rows = (
            model._base_manager.using(alias)
            .order_by("thread_id", order)
            .values_list("thread_id", *columns)
            .iterator(AT_ONCE)
        )
        for thread, of_thread in groupby(rows, key=itemgetter(0)):
            chain = hashes[thread]
            for row in of_thread:
                chain = hashlib.blake2b(chain + plain(row[1:]), digest_size=16).digest()
            hashes[thread] = chain
    return {public_ids[thread]: chain.hex() for thread, chain in hashes.items()}


def plain(row: tuple[Any, ...]) -> bytes:
    """The same bytes for the same values, whichever database they came from."""
    # PostgreSQL keeps the keys of JSON in an order of its own.
    how = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_SORT_KEYS
    return orjson.dumps(row, default=_plain_value, option=how)


def _plain_value(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    return str(value)
