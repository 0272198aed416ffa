"""A page of 50 comments, put together in every way: from the database, from this process, from
memcached; as a whole and by its fragments, with one question for all of them or one for each.

Each way does the same requests in turn on the same machine, on SQLite and on PostgreSQL, with two
memcached nodes on loopback. What a network between them adds is not in it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from html import escape
from pathlib import Path
from typing import Any

from bench.report import Report, arguments, percentile

THREADS = {"small": 20, "full": 200}
ROUNDS = {"small": 10, "full": 30}
COMMENTS = 60
NODES = 2
WAYS = ("none", "process", "memcached")
PARTS = ("rows", "multi-get", "one by one")


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(THREADS[sys.argv[2]], ROUNDS[sys.argv[2]])
        return
    options = arguments(__doc__ or "")
    report = Report("fragments", options.size)
    with ExitStack() as standing:
        folder = Path(standing.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o711)
        os.environ["VOXPOP_DATA"] = str(folder)  # our settings are read with the engines
        nodes, postgres = servers(standing, folder)
        for name, database in (("sqlite", ""), ("postgres", postgres)):
            print(f"{name} …", file=sys.stderr)
            found = measured(options.size, folder / name, database, nodes)
            report.raw_results.append({"database": name, **found})
            conclude(report, name, found)
    report.finish(as_json=options.json)


def servers(standing: ExitStack, folder: Path) -> tuple[str, str]:
    """memcached nodes and a PostgreSQL of our own: their addresses."""
    from voxpop.stack.engines.memcached import Memcached
    from voxpop.stack.engines.postgres import Postgres
    from voxpop.stack.ports import free_ports

    ports = free_ports()
    nodes = [Memcached(folder / f"memcached{n}", next(ports)) for n in range(NODES)]
    postgres = Postgres(folder / "postgres", next(ports))
    for engine in (*nodes, postgres):
        standing.callback(engine.stop)
        engine.start()
    return ",".join(node.address for node in nodes), postgres.dsn


def measured(size: str, data: Path, database: str, nodes: str) -> dict[str, Any]:
    """What a process of its own measures: settings are read once."""
    told = {"VOXPOP_DATA": str(data), "VOXPOP_DATABASE": database, "VOXPOP_MEMCACHED": nodes}
    done = subprocess.run(
        [sys.executable, __file__, "--measure", size],
        env={**os.environ, **told, "DJANGO_SETTINGS_MODULE": "voxpop.settings"},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def conclude(report: Report, database: str, found: dict[str, Any]) -> None:
    middle = {}
    for way in (*WAYS, *PARTS):
        middle[way] = statistics.median(found["seconds"][way]) * 1000
        report.figures[f"{database}, {way}"] = {
            "median_ms": round(middle[way], 3),
            "p99_ms": round(percentile(found["seconds"][way], 0.99) * 1000, 3),
        }
    report.figures[f"{database}, a page"] = {
        "bytes": found["bytes"], "sealed": found["sealed"],
        "seal_ms": round(found["seal_ms"], 3), "open_ms": round(found["open_ms"], 3),
    }  # fmt: skip
    for way in WAYS[1:]:
        report.ratios[f"{database}: a page by {way} / by none"] = round(
            middle[way] / middle["none"], 3
        )
    for way in PARTS[1:]:
        report.ratios[f"{database}: its comments by {way} / with their rows"] = round(
            middle[way] / middle["rows"], 3
        )
    several = middle["one by one"] / middle["multi-get"]
    report.ratios[f"{database}: one question a page against one a comment"] = round(several, 1)


def measure(threads: int, rounds: int) -> None:
    """Print one line of JSON; the settings are this process's."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from bench.thread_page import get
    from voxpop import cache
    from voxpop.cache.memcached import Memcached
    from voxpop.cache.memory import Memory
    from voxpop.wsgi import freeze

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    names = make_threads(threads)
    memcached = Memcached(settings.MEMCACHED)
    caches = {
        "none": Memory(lambda: 0), "process": Memory(lambda: 1 << 30), "memcached": memcached,
    }  # fmt: skip
    seconds: dict[str, list[float]] = {way: [] for way in (*WAYS, *PARTS)}
    parts = assemblies(memcached)
    freeze()
    for turn in range(rounds + 1):
        for name in names:
            for way, chosen in caches.items():
                cache._cache = lambda chosen=chosen: chosen  # type: ignore[assignment,misc]
                note(seconds[way], turn, lambda name=name: get(name))
            for way, assemble in parts.items():
                note(seconds[way], turn, lambda name=name, assemble=assemble: assemble(name[1]))
    page = get(names[0])
    sealed = memcached._sealed("name", page)
    print(
        json.dumps({
            "seconds": seconds,
            "bytes": len(page),
            "sealed": len(sealed),
            "seal_ms": quickest(lambda: memcached._sealed("name", page)) * 1000,
            "open_ms": quickest(lambda: memcached._opened("name", sealed)) * 1000,
        })
    )  # fmt: skip


def note(seconds: list[float], turn: int, act: Callable[[], object]) -> None:
    """The first turn fills what is to be filled."""
    began = time.perf_counter()
    act()
    if turn:
        seconds.append(time.perf_counter() - began)


def quickest(act: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    return min(once() for _ in range(200))


def assemblies(memcached: Any) -> dict[str, Callable[[str], bytes]]:
    """The comments of a thread's first page, joined: with their rows, and from memcached."""
    from voxpop.threads import reading
    from voxpop.threads.models import Thread
    from voxpop.threads.rows import Columns

    known: dict[str, Thread] = {}
    # What names a fragment's bytes: votes change it as well, so that its revision does not.
    places = Columns(sql="c.seq", is_fragment=True)

    def page(query: str, columns: Columns) -> Any:
        name = query.removeprefix("i=").partition("&")[0]
        thread = known.get(name) or known.setdefault(name, Thread.objects.get(identifier=name))
        return reading.read_thread(thread, sort="best", columns=columns)

    def rows(query: str) -> bytes:
        joined: bytes = page(query, reading.FRAGMENTS).joined()
        return joined

    def keep(query: str) -> None:
        found = page(query, reading.FRAGMENTS).rows
        seqs = [row.content for row in page(query, places).rows]
        memcached.set_many(
            {
                f"fragment {row.id} {seq}": bytes(row.content)
                for row, seq in zip(found, seqs, strict=True)
            }
        )

    def joined(query: str, fetch: Callable[[list[str]], dict[str, bytes]]) -> bytes:
        keys = [f"fragment {row.id} {row.content}" for row in page(query, places).rows]
        found = fetch(keys)
        if len(found) < len(keys):
            keep(query)
        return b"".join([found.get(key, b"") for key in keys])

    def one_by_one(keys: list[str]) -> dict[str, bytes]:
        found = {key: memcached.get(key) for key in keys}
        return {key: body for key, body in found.items() if body is not None}

    return {
        "rows": rows,
        "multi-get": lambda query: joined(query, memcached.get_many),
        "one by one": lambda query: joined(query, one_by_one),
    }


def make_threads(count: int) -> list[tuple[str, str]]:
    """Threads that say what people say: the same sentence again and again would pack too well."""
    from bench.thread_page import make_forum, make_thread, path_of
    from demo.debate import debate
    from voxpop.threads import standing
    from voxpop.threads.models import Comment

    forum = make_forum()
    said = iter(debate(count * COMMENTS))
    for number in range(count):
        # Its size is what names a thread there.
        make_thread(forum, COMMENTS + number)
        comments = list(Comment.objects.filter(thread__identifier=f"thread-{COMMENTS + number}"))
        for comment, each in zip(comments, said, strict=False):
            comment.html = f"<p>{escape(each.text)}</p>"
            standing.dress(comment)
        Comment.objects.bulk_update(comments, ["html", *standing.DRESS])
    return [path_of(forum, COMMENTS + number, "best") for number in range(count)]


if __name__ == "__main__":
    main()
