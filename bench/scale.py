"""Two million comments over two hundred thousand threads, and one thread of 200,000, on PostgreSQL.

Pages of 50 are made at the origin without a cache, in every sort: the first page of threads of 50,
first pages of the one of 200,000, and pages that begin anywhere in it; and the whole of threads of
ten. Rows are copied in the database itself from a few that the product made, so that they are as
long as real ones and loading takes minutes. How large tables and indexes are is told per comment.
"""

import os
import random
import secrets
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import Report, arguments, percentile
from bench.thread_page import SORTS, get, make_forum, timed
from voxpop.stack.ports import free_port


@dataclass(frozen=True)
class Size:
    tens: int  # threads of ten comments
    fifties: int
    largest: int  # comments of the one large thread
    rounds: int


SIZES = {
    "small": Size(tens=4_000, fifties=200, largest=20_000, rounds=100),
    "full": Size(tens=190_000, fifties=2_000, largest=200_000, rounds=400),
}
GROUP = 5  # a root with four replies, each below the other
FORTNIGHT = 14 * 24 * 3600 * 1000
# Comments are so many milliseconds apart, so that their ids follow each other as in real life.
APART = 500


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("scale", options.size)
    with tempfile.TemporaryDirectory() as name, postgres(Path(name)) as admin:
        measure(report, SIZES[options.size], admin)
    report.finish(as_json=options.json)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A durable server of its own, with the product's tables, as the product's database; gives the
    superuser's address."""
    # The settings are read with the first import of ours, so that the password is chosen here.
    port, password = free_port(), secrets.token_hex(24)
    os.environ["VOXPOP_DATABASE"] = f"postgres://voxpop:{password}@127.0.0.1:{port}/voxpop"
    os.environ["VOXPOP_DATA"] = str(folder / "data")
    os.environ["VOXPOP_LIMITS"] = "off"
    os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
    from voxpop.stack.engines.postgres import Postgres

    folder.chmod(0o755)
    (folder / "postgres").mkdir()
    (folder / "postgres" / "password").write_text(password)
    server = Postgres(folder / "postgres", port=port)
    server.start()
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        yield server.admin_dsn
    finally:
        from django.db import connection

        connection.close()
        server.stop()


def measure(report: Report, size: Size, admin: str) -> None:
    from django.db import connection

    from voxpop import cache
    from voxpop.wsgi import freeze

    fill(size)
    settle(admin)
    report.figures["rows"] = sizes_of(connection)
    chance = random.Random(5)
    cases = {f"{kind}, {sort}": (kind, sort) for kind in KINDS for sort in SORTS}
    results: dict[str, list[float]] = {name: [] for name in cases}
    for kind, sort in cases.values():
        get(KINDS[kind](size, sort, chance))
    freeze()
    # Rounds go over all cases in turn, so that a busy moment of the machine touches all alike.
    for _ in range(size.rounds):
        for name, (kind, sort) in cases.items():
            target = KINDS[kind](size, sort, chance)
            cache.clear()
            results[name].append(timed(lambda target=target: get(target))[0])
    conclude(report, results)


def conclude(report: Report, results: dict[str, list[float]]) -> None:
    report.raw_results = [results]
    for name, walls in results.items():
        report.figures[name] = {
            "median_ms": round(statistics.median(walls) * 1000, 3),
            "p99_ms": round(percentile(walls, 0.99) * 1000, 3),
        }
    worst = max(percentile(walls, 0.99) for walls in results.values()) * 1000
    report.goal(
        "p99 of every page of every sort", goal="< 10 ms", got=round(worst, 2), met=worst < 10
    )
    for kind in ("first page of the largest", "any page of the largest"):
        of_small = {sort: statistics.median(results[f"a thread of 50, {sort}"]) for sort in SORTS}
        ratios = [statistics.median(results[f"{kind}, {sort}"]) / of_small[sort] for sort in SORTS]
        report.ratios[f"{kind} / a thread of 50"] = round(max(ratios), 3)
        report.goal(
            f"flat: {kind}", goal="<= 1.3", got=round(max(ratios), 3), met=max(ratios) <= 1.3
        )


# What is asked for: path and query.


def _ten(size: Size, sort: str, chance: random.Random) -> tuple[str, str]:
    return "/embed/bench/thread", f"i=tens-{chance.randrange(size.tens) + 1}&sort={sort}"


def _fifty(size: Size, sort: str, chance: random.Random) -> tuple[str, str]:
    return "/embed/bench/thread", f"i=fifties-{chance.randrange(size.fifties) + 1}&sort={sort}"


def _first(size: Size, sort: str, chance: random.Random) -> tuple[str, str]:
    return "/embed/bench/thread", f"i=largest-1&sort={sort}"


def _any(size: Size, sort: str, chance: random.Random) -> tuple[str, str]:
    """The page after a root that is somewhere in the sort."""
    from voxpop.threads import cursors
    from voxpop.threads.models import Comment, Thread
    from voxpop.threads.rows import Root, root_place

    thread = Thread.objects.get(identifier="largest-1")
    roots = Comment.objects.filter(thread=thread, parent=None).order_by("id")
    # By id, not by OFFSET: it is not what is measured, but it must not take all the time.
    at = thread.id + ((chance.randrange(size.largest * 9 // 10) * APART) << 21)
    root = roots.filter(id__gte=at)[0]
    place = root_place(Root(root.id, root.rank, bytes(root.path), root.branch, 0), sort)
    cursor = cursors.pack(f"{thread.id} {sort}", place)
    return f"/embed/bench/thread/{thread.public_id}/more", f"sort={sort}&after={cursor}"


KINDS = {
    "a thread of ten": _ten,
    "a thread of 50": _fifty,
    "first page of the largest": _first,
    "any page of the largest": _any,
}


# Filling.


def fill(size: Size) -> None:
    from django.db import connection

    forum = make_forum()
    pattern = make_pattern(forum)
    for name, threads, comments in (
        ("tens", size.tens, 10),
        ("fifties", size.fifties, 50),
        ("largest", 1, size.largest),
    ):
        multiply(connection, pattern, name, threads, comments)


def settle(admin: str) -> None:
    """As a database in service is: autovacuum has been at the rows that came, and what they made
    dirty is on the disk. Without, the first reader of each page marks its rows, and writes out
    others' to make room.
    """
    import psycopg

    name = os.environ["VOXPOP_DATABASE"].rpartition("/")[2]
    with psycopg.connect(admin, dbname=name, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def make_pattern(forum: Any) -> Any:
    """A thread with one group of comments as the product writes them: what all others repeat."""
    from bench.thread_page import make_thread
    from voxpop.threads.models import Thread

    make_thread(forum, GROUP)
    return Thread.objects.get(identifier=f"thread-{GROUP}")


def multiply(connection: Any, pattern: Any, name: str, threads: int, comments: int) -> None:
    """`threads` threads of so many comments each, made of the pattern by the database itself."""
    from voxpop import ids
    from voxpop.threads.models import Comment, Thread, ThreadAlias

    first = ids.id_at(int(pattern.created.timestamp() * 1000) - FORTNIGHT - ORDER[name] * FORTNIGHT)
    apart = APART << 21
    made = {
        "id": f"{first}::bigint + n * {comments} * {apart}::bigint",
        "public_id": f"lpad(to_hex({ORDER[name]} * 1000000 + n), 20, '0')",
        "identifier": f"'{name}-' || n",
        "url": f"'https://magazine.test/{name}-' || n",
        "comment_count": str(comments),
        "seq": str(comments),
    }
    columns = columns_of(Thread)
    shown = ", ".join(made.get(column, f"t.{column}") for column in columns)
    run(
        connection,
        f"INSERT INTO threads_thread ({', '.join(columns)}) SELECT {shown}"
        f" FROM threads_thread t, generate_series(1, {threads}) n WHERE t.id = {pattern.id}",
    )
    alias = {"thread_id": made["id"], "value": made["identifier"]}
    columns = [column for column in columns_of(ThreadAlias) if column != "id"]
    shown = ", ".join(alias.get(column, f"a.{column}") for column in columns)
    run(
        connection,
        f"INSERT INTO threads_threadalias ({', '.join(columns)}) SELECT {shown}"
        f" FROM threads_threadalias a, generate_series(1, {threads}) n"
        f" WHERE a.thread_id = {pattern.id}",
    )
    # The pattern's comments have depth 0 … 4; `g` is the group within the thread.
    root = f"({made['id']} + g * {GROUP * apart}::bigint)"
    path = " || ".join(
        f"CASE WHEN c.depth >= {depth} THEN int8send({root} + {depth * apart}) ELSE ''::bytea END"
        for depth in range(GROUP)
    )
    comment = {
        "id": f"{root} + c.depth * {apart}::bigint",
        "thread_id": made["id"],
        "parent_id": f"CASE WHEN c.depth > 0 THEN {root} + (c.depth - 1) * {apart}::bigint END",
        "root_id": root,
        "path": path,
        "seq": f"g * {GROUP} + c.depth + 1",
        "rank": "c.rank + (n * 7 + g * 13) % 1000",
        "imported_id": "NULL",
    }
    columns = columns_of(Comment)
    shown = ", ".join(comment.get(column, f"c.{column}") for column in columns)
    run(
        connection,
        f"INSERT INTO threads_comment ({', '.join(columns)}) SELECT {shown}"
        f" FROM threads_comment c, generate_series(1, {threads}) n,"
        f" generate_series(0, {comments // GROUP - 1}) g WHERE c.thread_id = {pattern.id}"
        " ORDER BY 1",
    )


ORDER = {"tens": 1, "fifties": 2, "largest": 3}


def columns_of(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def run(connection: Any, sql: str) -> None:
    """A statement of ours that may take minutes."""
    with connection.unhurried(), connection.cursor() as cursor:
        cursor.execute(sql)


def sizes_of(connection: Any) -> dict[str, Any]:
    """How many comments there are, and bytes of tables and of each index, per comment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT thread_id) FROM threads_comment")
        comments, threads = cursor.fetchone()
        cursor.execute(
            "SELECT pg_table_size('threads_comment'), pg_indexes_size('threads_comment'),"
            " pg_database_size(current_database())"
        )
        table, indexes, whole = cursor.fetchone()
        cursor.execute(
            "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes"
            " WHERE relname = 'threads_comment' ORDER BY 2 DESC"
        )
        each = {name: round(size / comments, 1) for name, size in cursor.fetchall() if size > 16384}
    return {
        "comments": comments,
        "threads": threads,
        "bytes a comment": {
            "table": round(table / comments),
            "indexes": round(indexes / comments),
            "whole database": round(whole / comments),
        },
        "bytes a comment, by index": each,
    }


if __name__ == "__main__":
    main()
