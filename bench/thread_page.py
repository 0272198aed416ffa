"""One page of 50 comments of threads of 50 … 200,000, every sort, at the origin without a cache.

Measured in one process by asking as the server asks: no network, so that what is seen is the page
itself, made from fragments every time (kept snapshots are forgotten before each page).
Django's CPU is the page's process time less what the driver took of it, execute and fetch, measured
in the same pages; what the measuring itself costs is measured as well and taken off.
"""

import os
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

    from voxpop import cache
    from voxpop.wsgi import freeze

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    forum = make_forum()
    for size in sizes:
        make_thread(forum, size)
    cases = [(size, sort) for size in sizes for sort in SORTS]
    results = {case: {"wall": [], "cpu": [], "sql": [], "queries": []} for case in cases}
    clock = DriverClock()
    own_cost = clock.own_cost()
    report.figures["own cost of a timed driver call, µs"] = round(own_cost * 1e6, 2)
    clock.watch()
    for case in cases:
        get(path_of(forum, *case))
    freeze()
    # Rounds go over all cases in turn, so that a busy moment of the machine touches all alike.
    for _ in range(rounds):
        for case in cases:
            cache.clear()
            clock.seconds, clock.statements, clock.calls = 0.0, 0, 0
            wall, cpu = timed(lambda case=case: get(path_of(forum, *case)))
            results[case]["wall"].append(wall)
            results[case]["cpu"].append(cpu - clock.calls * own_cost)
            results[case]["sql"].append(clock.seconds)
            results[case]["queries"].append(clock.statements)
    conclude(report, sizes, results)


def conclude(report: Report, sizes: list[int], results: Any) -> None:
    smallest, largest = sizes[0], sizes[-1]
    above: dict[tuple[int, str], float] = {}
    for size in sizes:
        for sort in SORTS:
            case = results[size, sort]
            cpu = statistics.median(case["cpu"])
            sql = statistics.median(case["sql"])
            differences = [c - s for c, s in zip(case["cpu"], case["sql"], strict=True)]
            above[size, sort] = statistics.median(differences) * 1000
            report.raw_results.append({"size": size, "sort": sort, **case})
            wall = results[size, sort]["wall"]
            report.figures[f"{size:,} {sort}"] = {
                "median_ms": round(statistics.median(wall) * 1000, 3),
                "p99_ms": round(percentile(wall, 0.99) * 1000, 3),
                "cpu_ms": round(cpu * 1000, 3),
                "sql_cpu_ms": round(sql * 1000, 3),
                "django_cpu_ms": round(above[size, sort], 3),
                "queries": sorted(set(case["queries"])),
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
        got=sorted({number for case in results.values() for number in case["queries"]}),
        met=len({number for case in results.values() for number in case["queries"]}) == 1,
    )


def make_forum() -> Any:
    from voxpop.forums.models import Forum, Site

    forum = Forum.objects.create(shortname="bench", name="Bench")
    Site.objects.create(forum=forum, origin="https://magazine.test")
    return forum


def make_thread(forum: Any, size: int) -> None:
    """A thread of `size` comments, every fifth a root with four replies below each other.

    All sizes have the same shape, so that a page holds the same 50 rows and only size differs.
    """
    from django.utils import timezone

    from voxpop import ids
    from voxpop.accounts.models import Author
    from voxpop.threads import addresses
    from voxpop.threads.models import Comment, Thread, ThreadAlias

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
    made: list[Comment] = []
    for number in range(size):
        at = ids.id_at(start + number * 1000)
        made.append(comment_at(at, made[-1] if number % 5 else None, thread, author))
        if len(made) == 5_000:
            Comment.objects.bulk_create(made)
            made = []
    Comment.objects.bulk_create(made)


def comment_at(at: int, parent: Any, thread: Any, author: Any) -> Any:
    from voxpop.threads import standing
    from voxpop.threads.actions.vote import rank
    from voxpop.threads.models import Comment

    up, down = at % 30, at % 7
    comment = Comment(
        id=at,
        forum=thread.forum,
        thread=thread,
        author=author,
        parent=parent,
        root_id=at if parent is None else parent.root_id,
        depth=0 if parent is None else parent.depth + 1,
        path=(b"" if parent is None else parent.path) + at.to_bytes(8, "big"),
        status="published",
        is_shown=True,
        source="x",
        html=f"<p>{'A sentence that somebody might have written here. ' * 4}</p>",
        up=up,
        down=down,
        rank=rank(up, down),
        branch=4 if parent is None else 0,
        replies=0 if parent is not None and parent.depth == 3 else 1,
    )
    standing.dress(comment)
    return comment


def _nothing() -> None:
    pass


def _called(call: Any) -> None:
    call()


def path_of(forum: Any, size: int, sort: str) -> tuple[str, str]:
    return f"/embed/{forum.shortname}/thread", f"i=thread-{size}&sort={sort}"


def get(target: tuple[str, str]) -> bytes:
    """The page as the server asks for it (server/application.py): from its address."""
    from voxpop.edge import front
    from voxpop.edge.cached import Asked

    path, query = target
    found = front.find(path)
    assert found is not None
    answer = front.answer(found, Asked(query))
    if answer.status != 200:
        raise SystemExit(f"{path}?{query} answered {answer.status}")
    assert isinstance(answer.body, bytes)
    return answer.body


def timed(act: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


class DriverClock:
    """Process time spent in the database driver, and how many statements it ran."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.statements = 0
        self.calls = 0

    def own_cost(self) -> float:
        """Seconds of a timed call of nothing that are not counted as the driver's."""
        nothing = self._timed(_called)
        self.seconds, began = 0.0, time.process_time()
        for _ in range(100_000):
            nothing(_nothing)
        whole = time.process_time() - began
        bare = time.process_time()
        for _ in range(100_000):
            _called(_nothing)
        return (whole - self.seconds - (time.process_time() - bare)) / 100_000

    def watch(self) -> None:
        """Time the driver wherever we call it: by ourselves and by Django's cursor."""
        from django.db.backends.sqlite3.base import SQLiteCursorWrapper

        from voxpop import rows

        rows.on_driver = self._timed(rows.on_driver)
        for name in ("execute", "fetchall", "fetchone"):
            setattr(SQLiteCursorWrapper, name, self._timed(getattr(SQLiteCursorWrapper, name)))

    def _timed(self, method: Any) -> Any:
        def timed_method(*arguments: Any) -> Any:
            called = arguments[0] if callable(arguments[0]) else method
            is_statement = called.__name__ == "execute"
            began = time.process_time()
            try:
                return method(*arguments)
            finally:
                self.seconds += time.process_time() - began
                self.statements += is_statement
                self.calls += 1

        return timed_method


if __name__ == "__main__":
    main()
