"""One page of 50 comments of threads of 50 … 200,000, every sort, at the origin without a cache.

Measured in one process by calling the WSGI application: no network, so that what is seen is the
page itself. Django's CPU is the page's process time less that of its SQL statements, which are run
again alone, on the same connection, with the same parameters.
"""

import os
import random
import statistics
import tempfile
import time
from typing import Any

from bench.report import Report, arguments, percentile

SIZES = {"small": [50, 2_000, 20_000], "full": [50, 1_000, 20_000, 200_000]}
ROUNDS = {"small": 300, "full": 1_000}
SORTS = ("best", "newest", "oldest")


def main() -> None:
    options = arguments(__doc__ or "")
    with tempfile.TemporaryDirectory() as data:
        os.environ["VOXPOP_DATA"] = data
        os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
        import django

        django.setup()
        report = Report("thread-page", options.size)
        measure(report, SIZES[options.size], ROUNDS[options.size])
        report.finish(as_json=options.json)


def measure(report: Report, sizes: list[int], rounds: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    forum = make_forum()
    for size in sizes:
        make_thread(forum, size)
    cases = [(size, sort) for size in sizes for sort in SORTS]
    results = {case: {"wall": [], "cpu": []} for case in cases}
    for size, sort in cases:
        get(path_of(forum, size, sort))
    # Rounds go over all cases in turn, so that a busy moment of the machine touches all alike.
    for _ in range(rounds):
        for case in cases:
            wall, cpu = timed(lambda case=case: get(path_of(forum, *case)))
            results[case]["wall"].append(wall)
            results[case]["cpu"].append(cpu)
    conclude(report, forum, sizes, results, rounds)


def conclude(report: Report, forum: Any, sizes: list[int], results: Any, rounds: int) -> None:
    smallest, largest = sizes[0], sizes[-1]
    above, statements = {}, {}
    for size in sizes:
        for sort in SORTS:
            recorded = recorded_sql(path_of(forum, size, sort))
            sql = [timed(lambda: run_again(recorded))[1] for _ in range(rounds // 3)]
            cpu = statistics.median(results[size, sort]["cpu"])
            above[size, sort] = (cpu - statistics.median(sql)) * 1000
            statements[size, sort] = len(recorded)
            report.raw_results.append(
                {"size": size, "sort": sort, "sql_cpu": sql, **results[size, sort]}
            )
            wall = results[size, sort]["wall"]
            report.figures[f"{size:,} {sort}"] = {
                "median_ms": round(statistics.median(wall) * 1000, 3),
                "p99_ms": round(percentile(wall, 0.99) * 1000, 3),
                "cpu_ms": round(cpu * 1000, 3),
                "sql_cpu_ms": round(statistics.median(sql) * 1000, 3),
                "django_cpu_ms": round(above[size, sort], 3),
                "queries": len(recorded),
            }
    ratios = {
        sort: statistics.median(results[largest, sort]["cpu"])
        / statistics.median(results[smallest, sort]["cpu"])
        for sort in SORTS
    }
    worst_p99 = max(percentile(results[case]["wall"], 0.99) for case in results) * 1000
    report.ratios.update({f"{largest:,}/{smallest} {s}": round(r, 3) for s, r in ratios.items()})
    report.goal(
        f"cost at {largest:,} against 50",
        goal="<= 1.3",
        got=round(max(ratios.values()), 3),
        met=max(ratios.values()) <= 1.3,
    )
    report.goal("p99", goal="< 10 ms", got=round(worst_p99, 2), met=worst_p99 < 10)
    report.goal(
        "Django CPU above SQL",
        goal="<= 0.2 ms",
        got=round(max(above.values()), 3),
        met=max(above.values()) <= 0.2,
    )
    report.goal(
        "queries fixed in number",
        goal="the same for every size and sort",
        got=sorted(set(statements.values())),
        met=len(set(statements.values())) == 1,
    )


def make_forum() -> Any:
    from voxpop.forums.models import Forum, Site

    forum = Forum.objects.create(shortname="bench", name="Bench")
    Site.objects.create(forum=forum, origin="https://magazine.test")
    return forum


def make_thread(forum: Any, size: int) -> None:
    """A thread of `size` comments: a fifth of them roots, the rest replies anywhere below."""
    from django.utils import timezone

    from voxpop import ids
    from voxpop.accounts.models import Author
    from voxpop.threads import addresses
    from voxpop.threads.actions.vote import rank
    from voxpop.threads.fragments import comment_fragment
    from voxpop.threads.models import Comment, Thread, ThreadAlias

    chance = random.Random(size)
    author = Author.objects.create(kind="user", name="Ann Author")
    name = f"thread-{size}"
    thread = Thread.objects.create(
        public_id=addresses.thread_public_id(forum.shortname, "i", name),
        forum=forum,
        identifier=name,
        url=f"https://magazine.test/{name}",
        comment_count=size,
        last_commented=timezone.now(),
        seq=size,
    )
    ThreadAlias.objects.create(forum=forum, thread=thread, kind="i", value=name)
    start = int(time.time() * 1000) - size * 1000
    made: list[Any] = []
    for number in range(size):
        number_id = ids.new_id(start + number * 1000)
        parent = None if number % 5 == 0 else chance.choice(made[-200:])
        if parent is not None and parent.depth >= 40:
            parent = None
        up, down = chance.randrange(30), chance.randrange(8)
        comment = Comment(
            id=number_id,
            forum=forum,
            thread=thread,
            author=author,
            parent=parent,
            root_id=number_id if parent is None else parent.root_id,
            depth=0 if parent is None else parent.depth + 1,
            path=(b"" if parent is None else parent.path) + number_id.to_bytes(8, "big"),
            status="published",
            is_shown=True,
            source="x",
            html=f"<p>{'A sentence that somebody might have written here. ' * 4}</p>",
            up=up,
            down=down,
            rank=rank(up, down),
            seq=number + 1,
        )
        comment.fragment = comment_fragment(comment, author)
        if parent is not None:
            parent.replies += 1
            roots[parent.root_id].branch += 1
        else:
            roots[comment.id] = comment
        made.append(comment)
    for start_at in range(0, size, 5_000):
        Comment.objects.bulk_create(made[start_at : start_at + 5_000])
    roots.clear()


roots: dict[int, Any] = {}


def path_of(forum: Any, size: int, sort: str) -> tuple[str, str]:
    return f"/embed/{forum.shortname}/thread", f"i=thread-{size}&sort={sort}"


def get(target: tuple[str, str]) -> bytes:
    path, query = target
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "localhost:8000",
        "wsgi.input": None,
        "wsgi.url_scheme": "http",
    }
    status: list[str] = []
    from voxpop.wsgi import application

    response = application(environ, lambda s, headers: status.append(s))
    body = b"".join(response)
    response.close()
    if not status[0].startswith("200"):
        raise SystemExit(f"{path}?{query} answered {status[0]}")
    return body


def timed(act: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def recorded_sql(target: tuple[str, str]) -> list[tuple[str, Any]]:
    """The statements of one page with their parameters, as the database gets them."""
    from django.db import connection

    recorded: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        recorded.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(keep):
        get(target)
    return recorded


def run_again(recorded: list[tuple[str, Any]]) -> None:
    """The statements alone, by the bare driver on Django's own connection."""
    from django.db import connection

    raw = connection.connection.cursor()
    for sql, parameters in recorded:
        raw.execute(sql.replace("%s", "?"), tuple(parameters or ())).fetchall()


if __name__ == "__main__":
    main()
