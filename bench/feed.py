"""The feed of somebody who follows a thousand people; posting for ten followers and for very many.

All of it on PostgreSQL. Among all people and comments stand a few readers who follow a thousand
each, some of them people with so many followers that what they write is put into nobody's feed.
Timed is the whole request of `/home/feed/` as the origin answers it: its newest page and pages from
anywhere in the year before; and, of one who posts for ten followers and one who posts for many,
the post and what the worker has to do about it afterwards.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.report import Report, arguments, percentile

SIZES = {
    "small": {"people": 20_000, "comments": 100_000, "fans": 5_000, "asked": 200},
    "full": {"people": 1_000_000, "comments": 10_000_000, "fans": 100_000, "asked": 1000},
}
READERS = 20
FOLLOWED = 1000
WIDELY = 50  # of them
READERS_IDS = range(1, READERS + 1)
POSTS = 200
YEAR_MS = 365 * 86_400_000
# Rows are numbered: a person's id is his number, a comment's its moment as everywhere.
FILL = """
INSERT INTO accounts_user (id, password, email, is_active, is_operator, language, created)
  SELECT n, '', 'p' || n || '@bench.test', true, false, '', now()
  FROM generate_series(1, {people}) n;
INSERT INTO accounts_author
    (id, kind, name, name_skeleton, user_id, email, is_active, created, handle)
  SELECT n, 'user', 'Person ' || n, 'person' || n, n, '', true, now(), 'p' || n
  FROM generate_series(1, {people}) n;
INSERT INTO threads_comment (id, forum_id, thread_id, author_id, root_id, depth, path, status,
    is_shown, sanitizer, badge, created, revision, seq, up, down, rank, replies, branch, flags,
    verdict, address, source, html, fragment, shape)
  SELECT id, {forum}, {thread}, 1 + floor(random() * {people}), id, 0, int8send(id), 'published',
    true, 1, '', now(), 1, 0, 0, 0, 0, 0, 0, 0, '', '', 'A comment.', '<p>A comment.</p>', '', ''
  FROM (SELECT {begin} + n * {step} + n % 1000 AS id
    FROM generate_series(1, {comments}) n) numbered;
INSERT INTO people_follow (id, by_id, of_id)
  SELECT reader * 1000000 + n, reader, {readers} + 1 + n
  FROM generate_series(1, {readers}) reader, generate_series(1, {followed}) n;
INSERT INTO people_follow (id, by_id, of_id)
  SELECT 100000000 + n, {people} - n, {readers} + 2 FROM generate_series(1, {fans}) n;
INSERT INTO people_follow (id, by_id, of_id)
  SELECT 200000000 + n, {people} - n, {few} FROM generate_series(1, 10) n;
INSERT INTO people_widelyfollowed (author_id)
  SELECT {readers} + 1 + n FROM generate_series(1, {widely}) n;
INSERT INTO timelines_timelineentry (owner, entry_id, kind, written)
  SELECT 'feed:' || f.by_id, c.id, 'comment', now()
  FROM people_follow f JOIN threads_comment c ON c.author_id = f.of_id
  WHERE f.by_id <= {readers} AND f.of_id > {readers} + 1 + {widely};
INSERT INTO timelines_timelineentry (owner, entry_id, kind, written)
  SELECT 'feed:x' || 1 + floor(random() * {people}), id, 'comment', now() FROM threads_comment;
"""


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(SIZES[sys.argv[2]])
        return
    options = arguments(__doc__ or "")
    report = Report("feed", options.size)
    with ExitStack() as standing:
        folder = Path(standing.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o711)
        os.environ["VOXPOP_DATA"] = str(folder)
        from voxpop.stack.engines.postgres import Postgres
        from voxpop.stack.ports import free_ports

        postgres = Postgres(folder / "pg", next(free_ports()))
        standing.callback(postgres.stop)
        postgres.start()
        told = {"VOXPOP_DATABASE": postgres.dsn, "VOXPOP_DATA": str(folder / "data")}
        done = subprocess.run(
            [sys.executable, __file__, "--measure", options.size],
            env={**os.environ, **told}, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stdout)
    conclude(report, json.loads(done.stdout.splitlines()[-1]))
    report.finish(as_json=options.json)


def measure(size: dict[str, int]) -> None:
    """Fill the database and ask it; prints one JSON object."""
    from voxpop.cli import load_django

    load_django([])
    from voxpop.server.prepare import make_schema
    from voxpop.wsgi import freeze

    make_schema()
    begun = time.perf_counter()
    stage = filled(size)
    print(f"filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    freeze()
    found: dict[str, Any] = {**size, **requests(size["asked"]), **posts(stage)}
    print(json.dumps(found))


def filled(size: dict[str, int]) -> Any:
    """Everybody and everything; the thread that the posts go to."""
    from django.db import connection

    from voxpop import ids
    from voxpop.forums.models import Forum, Site
    from voxpop.threads.models import Thread

    forum = Forum.objects.create(shortname="bench", name="Bench")
    Site.objects.create(forum=forum, origin="https://bench.test")
    thread = Thread.objects.create(public_id="b" * 20, forum=forum, title="All of it")
    begin = ids.first_id_at(int(time.time() * 1000) - YEAR_MS)
    numbers = {
        "people": size["people"], "comments": size["comments"], "fans": size["fans"],
        "readers": READERS, "followed": FOLLOWED, "widely": WIDELY, "few": size["people"] // 2,
        "forum": forum.id, "thread": thread.id, "begin": begin,
        "step": (ids.first_id_at(int(time.time() * 1000)) - begin) // size["comments"] - 1,
    }  # fmt: skip
    with connection.unhurried(), connection.cursor() as cursor:
        again = without_indexes(cursor, "threads_comment", "timelines_timelineentry")
        for statement in FILL.format(**numbers).split(";")[:-1]:
            part = time.perf_counter()
            cursor.execute(statement)
            took = time.perf_counter() - part
            print(f"{statement.split('(')[0].strip()}: {took:.0f} s", file=sys.stderr)
        cursor.execute(
            "UPDATE timelines_timelineentry SET owner = 'feed:' || m.owner FROM"
            " (SELECT * FROM unnest(%s::text[], %s::text[]) AS t(number, owner)) m"
            " WHERE timelines_timelineentry.owner = 'feed:' || m.number",
            [list(map(str, READERS_IDS)), list(map(ids.public, READERS_IDS))],
        )
        for statement in again:
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
    return thread


def without_indexes(cursor: Any, *tables: str) -> list[str]:
    """Drop what a load of millions would keep in order row by row; the statements that make it."""
    again: list[str] = []
    for table in tables:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('u', 'f')",
            [table],
        )
        for name, definition in cursor.fetchall():
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
            " AND indexname NOT LIKE %s",
            [table, "%_pkey"],
        )
        for name, definition in cursor.fetchall():
            again.insert(0, definition)
            cursor.execute(f"DROP INDEX {name}")
    return again


def requests(asked: int) -> dict[str, Any]:
    """Seconds of the page as it is asked for: the newest, and from anywhere before."""
    from django.conf import settings
    from django.test import Client

    from voxpop import ids
    from voxpop.accounts.models import Author, User

    chance = random.Random(3)
    clients = []
    for number in READERS_IDS:
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.get(id=number), settings.AUTHENTICATION_BACKENDS[0])
        # The day's first page notes that the session lives, which is written and not the feed's.
        client.get("/home/feed/")
        clients.append(client)
    now = int(time.time() * 1000)

    def newest() -> None:
        answer = chance.choice(clients).get("/home/feed/")
        assert answer.content.count(b"<li class=") == 25, answer.content

    def older() -> None:
        place = ids.public(ids.first_id_at(now - chance.randint(YEAR_MS // 10, YEAR_MS * 8 // 10)))
        answer = chance.choice(clients).get(f"/home/feed/?after={place}")
        assert answer.content.count(b"<li class=") == 25, answer.content

    from voxpop.timelines.feed import read_feed

    reader = Author.objects.get(id=1)
    found: dict[str, Any] = {}
    for name, ask in (
        ("newest page", newest),
        ("older page", older),
        ("its rows alone", lambda: read_feed(reader)),
    ):
        timed(ask, asked // 10)
        found |= told(name, timed(ask, asked))
    return found


def posts(thread: Any) -> dict[str, Any]:
    """Seconds of a post and of what the worker does for the feeds, for few and for many."""
    from voxpop.accounts.models import Author
    from voxpop.people.models import Follow
    from voxpop.threads.actions import post_comment
    from voxpop.threads.events import CommentPublished
    from voxpop.threads.models import Thread
    from voxpop.timelines.feed import feed_followers

    thread = Thread.objects.select_related("forum").get(id=thread.id)
    many = Author.objects.select_related("user").get(id=READERS + 2)
    few = Author.objects.select_related("user").get(id=Follow.objects.get(id=200_000_001).of_id)
    taken: dict[str, list[float]] = {}
    for number in range(POSTS):
        for name, author in (("few", few), ("many", many)):
            begun = time.perf_counter()
            comment = post_comment(
                forum=thread.forum, thread=thread, author=author, source=f"{name} {number}"
            )
            taken.setdefault(f"post for {name}", []).append(time.perf_counter() - begun)
            event = CommentPublished("bench", thread.public_id, comment.seq, comment.id)
            begun = time.perf_counter()
            feed_followers(event)
            taken.setdefault(f"feeds for {name}", []).append(time.perf_counter() - begun)
    found: dict[str, Any] = {}
    for name, seconds in taken.items():
        found |= told(name, seconds[POSTS // 10 :])
    return found


def timed(ask: Callable[[], object], times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        found.append(time.perf_counter() - begun)
    return found


def told(name: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{name}, p50 ms": round(percentile(seconds, 0.5) * 1000, 2),
        f"{name}, p99 ms": round(percentile(seconds, 0.99) * 1000, 2),
    }


def conclude(report: Report, found: dict[str, Any]) -> None:
    report.raw_results.append(found)
    report.figures |= found
    newest, older = found["newest page, p99 ms"], found["older page, p99 ms"]
    flat = round(found["older page, p50 ms"] / found["newest page, p50 ms"], 2)
    post = round(found["post for many, p50 ms"] / found["post for few, p50 ms"], 2)
    later = round(found["feeds for many, p50 ms"] / found["feeds for few, p50 ms"], 2)
    report.ratios |= {
        "older page / newest page, p50": flat,
        "post for many / for few followers, p50": post,
        "what the worker does for it, many / few, p50": later,
    }
    report.goal("newest page, p99", goal="< 20 ms", got=f"{newest} ms", met=newest < 20)
    report.goal("a page of any age, p99", goal="< 20 ms", got=f"{older} ms", met=older < 20)
    report.goal("flat with age", goal="<= 1.3", got=flat, met=flat <= 1.3)
    report.goal("a post costs no more for many", goal="<= 1.1", got=post, met=post <= 1.1)
    report.goal("nor does the worker's part", goal="<= 1.1", got=later, met=later <= 1.1)


if __name__ == "__main__":
    main()
