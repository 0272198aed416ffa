"""Durable comments per second through HTTP, rendering and all, against the bare driver.

The bare driver runs the same statements with the same parameters, one durable transaction per
comment (SQLite WAL, synchronous=FULL), in the same run. The statements are recorded from a real
post, so "the same" is not an opinion. It runs them twice: over one connection, which is the best it
can do since SQLite has one writer, and over as many as the server has, in as many threads.
"""

import functools
import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.client import Connection, Loop, post
from bench.report import Report, arguments, percentile
from bench.serving import Server

SIZES = {"small": 300, "full": 3_000}
# Whose connections fall to the processes by chance: so many that each gets its share.
WRITERS = 16
PROCESSES = 2
# Each process of the server writes on one (server/bridge.py).
CONNECTIONS = PROCESSES
ROUNDS = 5
TEXT = (
    "I read this **twice**. The second part, on [tides](https://example.org/tides), is new to me."
)


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("post", options.size)
    count = SIZES[options.size]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), options=("--processes", str(PROCESSES)))
        prepare(Path(folder))
        server.start()
        server.wait_for_fellows(PROCESSES)
        try:
            loop = Loop(server.port)
            writers = [Writer(known_guest(f"Guest {n}"), Connection()) for n in range(WRITERS)]
            through_http(loop, writers, 160)
            rounds = []
            # In turns, so that all meet the same disk and the same busy moments.
            for _ in range(ROUNDS):
                rate, waits = through_http(loop, writers, count // ROUNDS)
                behind = wait_for_the_outbox()
                one = by_the_bare_driver(Path(folder), count // ROUNDS, 1)
                wait_for_the_outbox()
                many = by_the_bare_driver(Path(folder), count // ROUNDS, CONNECTIONS)
                wait_for_the_outbox()
                rounds.append(Round(rate, waits, one, many, behind))
            parts = milliseconds_per_part(Path(folder))
        finally:
            server.stop()
    conclude(report, rounds, parts)
    report.finish(as_json=options.json)


@dataclass(frozen=True)
class Writer:
    token: str
    connection: Connection


@dataclass(frozen=True)
class Round:
    """Comments a second; each one's seconds; the bare driver's transactions a second; the seconds
    after the last comment until all that follows was done."""

    rate: float
    waits: list[float]
    over_one: float
    over_many: float
    behind: float


def conclude(report: Report, rounds: list[Round], parts: dict[str, float]) -> None:
    waits = [wait for each in rounds for wait in each.waits]
    report.raw_results = [vars(each) for each in rounds]
    report.figures = {
        "comments/s through HTTP": round(statistics.median(each.rate for each in rounds), 1),
        "transactions/s by the bare driver": {
            "over one connection": round(statistics.median(each.over_one for each in rounds), 1),
            f"over {CONNECTIONS}": round(statistics.median(each.over_many for each in rounds), 1),
        },
        "ms median": round(statistics.median(waits) * 1000, 2),
        "ms p99": round(percentile(waits, 0.99) * 1000, 2),
        "s until all that follows was done": round(max(each.behind for each in rounds), 2),
        "ms per part": parts,
    }
    # Of neighbouring measurements, so that a busy minute of the machine is in both.
    one = statistics.median(each.rate / each.over_one for each in rounds)
    many = statistics.median(each.rate / each.over_many for each in rounds)
    report.ratios = {
        "http / bare driver over one connection": round(one, 3),
        f"http / bare driver over {CONNECTIONS}": round(many, 3),
    }
    report.goal(
        "of the bare driver, one connection", goal=">= 0.30", got=round(one, 3), met=one >= 0.30
    )
    report.goal("of the bare driver, as many", goal=">= 0.30", got=round(many, 3), met=many >= 0.30)


def prepare(folder: Path) -> None:
    os.environ["VOXPOP_DATA"] = str(folder)
    os.environ["VOXPOP_LIMITS"] = "off"
    os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from voxpop.forums.models import Forum, Site

    forum = Forum.objects.create(shortname="bench", name="Bench")
    Site.objects.create(forum=forum, origin="https://magazine.test")


def known_guest(name: str) -> str:
    """The token of somebody who wrote here before: strangers would wait once so many come."""
    from voxpop import ids
    from voxpop.accounts.models import Author, TokenKind
    from voxpop.accounts.tokens import issue_token
    from voxpop.forums.models import Forum
    from voxpop.screening.draft import TRUSTED_AFTER
    from voxpop.threads.models import Comment, Thread

    forum = Forum.objects.get(shortname="bench")
    older, _ = Thread.objects.get_or_create(public_id="0" * 20, forum=forum, url="https://older")
    author = Author.objects.create(kind="guest", name=name, forum=forum)
    yesterday = int(time.time() * 1000) - 24 * 3600 * 1000
    for number in (ids.id_at(yesterday) for _ in range(TRUSTED_AFTER)):
        Comment.objects.create(
            id=number,
            forum=forum,
            thread=older,
            author=author,
            root_id=number,
            path=number.to_bytes(8, "big"),
            status="published",
            source=name,
            html=name,
        )
    return issue_token(author, TokenKind.GUEST)


def wait_for_the_outbox() -> float:
    """Seconds until nothing of the events recorded so far is left to be done.

    What the bare driver writes has events too, and the server follows them: during the next
    measurement, were it not waited for.
    """
    from voxpop.events.models import OutboxEvent

    began = time.monotonic()
    while OutboxEvent.objects.exists():
        if time.monotonic() - began > 120:
            raise SystemExit("the outbox is not emptied within 120 s")
        time.sleep(0.05)
    return time.monotonic() - began


def through_http(
    loop: Loop,
    writers: list[Writer],
    count: int,
    thread: Callable[[], str] = lambda: "t",
) -> tuple[float, list[float]]:
    """`count` comments by all who write, each on a connection of his own; rate and waits.

    `thread` names the thread of each comment.
    """
    waits: list[float] = []
    failures: list[Any] = []
    left = count

    def write(writer: Writer) -> None:
        nonlocal left
        if not left:
            return
        left -= 1
        began = time.monotonic()

        def done(status: int, head: bytes, body: bytes, at: float) -> None:
            waits.append(at - began)
            if status != 201:
                failures.append((status, body))
            write(writer)

        loop.ask(writer.connection, question(writer.token, thread()), done)

    began = time.monotonic()
    for writer in writers:
        write(writer)
    loop.run(lambda: len(waits) == count, within=120)
    took = time.monotonic() - began
    if failures or len(waits) < count:
        raise SystemExit(f"{len(failures)} posts failed: {failures[:1]}; {len(waits)} of {count}")
    return count / took, waits


def question(token: str, name: str) -> bytes:
    thread = {"identifier": name, "url": f"https://magazine.test/{name}", "title": "T"}
    body = json.dumps({"thread": thread, "source": f"{TEXT} {uuid.uuid4()}"}).encode()
    return post("/api/v1/forums/bench/comments", "localhost", body, token, str(uuid.uuid4()))


def by_the_bare_driver(folder: Path, count: int, connections: int) -> float:
    """The statements of one post, recorded, then run again with fresh keys: transactions/s."""
    recorded = record_one_post()

    def run_some() -> None:
        connection = connect(folder)
        for _ in range(count // connections):
            run_again(connection, recorded)
        connection.close()

    threads = [threading.Thread(target=run_some) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count // connections * connections / (time.perf_counter() - began)


def connect(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "voxpop.sqlite3", isolation_level=None, timeout=10)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
    )
    return connection


def record_one_post() -> list[tuple[str, tuple[Any, ...]]]:
    """Every statement of a post between its request and its answer, with parameters."""
    from django.db import connection
    from django.test import Client

    token = _token()
    recorded: list[tuple[str, tuple[Any, ...]]] = []

    def keep(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        recorded.append((sql.replace("%s", "?"), tuple(parameters or ())))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(keep):
        response = Client(SERVER_NAME="localhost").post(
            "/api/v1/forums/bench/comments",
            json.dumps(
                {
                    "thread": {"identifier": "t", "url": "https://magazine.test/t"},
                    "source": f"{TEXT} {uuid.uuid4()}",
                }
            ),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())},
        )
    if response.status_code != 201:
        raise SystemExit(f"the recorded post answered {response.status_code}")
    return recorded


@functools.cache
def _token() -> str:
    """One person who posts all that is recorded."""
    return known_guest("Recorder")


def run_again(connection: sqlite3.Connection, recorded: list[Any]) -> None:
    """One durable transaction: keys that must differ are made new, the rest stays as recorded."""
    from voxpop import ids

    fresh: dict[Any, Any] = {}
    made = _made_by(recorded)
    number = ids.new_id()
    fresh[made["comment"]] = number
    fresh[made["path"]] = number.to_bytes(8, "big")
    fresh[made["key"]] = str(uuid.uuid4())
    seq = None
    connection.execute("BEGIN IMMEDIATE")
    for sql, parameters in recorded:
        if sql.split(None, 1)[0] in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}:
            continue
        values = [fresh.get(_hashable(value), value) for value in parameters]
        if "threads_threadevent" in sql and seq is not None:
            values = [seq if value == made["seq"] else value for value in values]
        rows = connection.execute(sql, values).fetchall()
        if sql.startswith("UPDATE threads_thread"):
            seq = rows[0][0]
    connection.execute("COMMIT")


def _made_by(recorded: list[Any]) -> dict[str, Any]:
    """What the recorded post made itself: the comment's id and path, its place, its key."""
    made: dict[str, Any] = {}
    for sql, parameters in recorded:
        if sql.startswith("INSERT INTO threads_comment "):
            names = [name.strip() for name in sql[sql.index("(") + 1 : sql.index(")")].split(",")]
            row = dict(zip(names, parameters, strict=True))
            made.update(comment=row["id"], path=_hashable(row["path"]), seq=row["seq"])
        if sql.startswith("INSERT INTO limits_answered "):
            made["key"] = parameters[1]
    return made


def _hashable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def milliseconds_per_part(folder: Path) -> dict[str, float]:
    """Where the time of one post goes, by calling its parts alone, without HTTP."""
    from voxpop.threads import markup

    def per_call(act: Any, times: int = 200) -> float:
        began = time.perf_counter()
        for _ in range(times):
            act()
        return round((time.perf_counter() - began) / times * 1000, 3)

    recorded = record_one_post()
    connection = connect(folder)
    return {
        "whole post in process": per_call(record_one_post, 50),
        "render to safe HTML": per_call(lambda: markup.render(TEXT)),
        "statements and commit, bare": per_call(lambda: run_again(connection, recorded), 50),
        "statements in number": len(recorded),
    }


if __name__ == "__main__":
    main()
