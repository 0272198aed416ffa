"""Timelines on Cassandra (one node, and three) beside the same contract on PostgreSQL and SQLite.

Every store is filled with the same entries: a tenth of them in the timeline of one busy owner, the
others spread over owners with two hundred each, all of them over a year, loaded owner by owner.
Timed are one append as a comment's consequence does it (an author's and a forum's entry), and one
page of 25, the newest or from somewhere within, when a hundredth of the rows is there and when all
are: a hundredth of the ordinary owners, each with all its entries, so that pages are of like work,
and of the busy one's year every hundredth. Each time Cassandra has first done what loading left it
to do: nobody loads a year in minutes.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from bench.report import Report, arguments, percentile

ROWS = {"small": 1_000_000, "full": 10_000_000}
ASKED = {"small": 1000, "full": 2000}
RESTS = 5  # looks, a second apart, at which nothing is done: one task begins after another
EACH = 200  # entries of an ordinary owner
HUNDRED, FIRST = 100, 1  # whose number leaves FIRST when divided by HUNDRED is there first
AT_ONCE = 5000
PAGE = 25
SETTLING = 1800.0  # seconds at most, for the compaction of what was loaded
STARTING = 240.0  # seconds; nodes start one after the other
YEAR_MS = 365 * 86_400_000
STORES = ("cassandra", "three nodes", "postgres", "sqlite")
NODES = {"cassandra": 1, "three nodes": 3}


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], ROWS[sys.argv[3]], ASKED[sys.argv[3]])
        return
    options = arguments(__doc__ or "")
    report = Report("timelines", options.size)
    with ExitStack() as standing:
        folder = Path(standing.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o711)
        os.environ["VOXPOP_DATA"] = str(folder)  # our settings are read with the engines
        for name in STORES:
            print(f"{name} …", file=sys.stderr)
            with ExitStack() as alone:  # one server at a time has the machine
                told = server(alone, folder, name)
                found = measured(name, options.size, {**told, "VOXPOP_DATA": str(folder / name)})
            report.raw_results.append({"store": name, **found})
            # The next takes half an hour, and nothing is kept of a run that does not end.
            print(json.dumps(report.raw_results[-1]), file=sys.stderr)
            for what, figure in found.items():
                report.figures[f"{name}: {what}"] = figure
    conclude(report)
    report.finish(as_json=options.json)


def server(standing: ExitStack, folder: Path, name: str) -> dict[str, str]:
    """Start what the store needs; the settings that name it."""
    from voxpop.stack.ports import free_ports

    ports = free_ports()
    if name == "postgres":
        from voxpop.stack.engines.postgres import Postgres

        postgres = Postgres(folder / "pg", next(ports))
        standing.callback(postgres.stop)
        postgres.start()
        return {"VOXPOP_DATABASE": postgres.dsn}
    if name in NODES:
        return {"VOXPOP_CASSANDRA": cluster(standing, folder / name, NODES[name])}
    return {}


def cluster(standing: ExitStack, folder: Path, count: int) -> str:
    """So many nodes of Cassandra, each with an address; how they are reached."""
    from django.conf import settings

    from voxpop.stack.engines.cassandra import Cassandra
    from voxpop.stack.ports import free_ports

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxpop.settings")
    ports = free_ports()
    port, storage = next(ports), next(ports)
    nodes = [
        Cassandra(
            folder / str(number),
            cache=settings.CASSANDRA_JARS,
            address=f"127.0.0.{number}",
            port=port,
            storage_port=storage,
            heap="1g",
        )
        for number in range(1, count + 1)
    ]
    for node in nodes:
        standing.callback(node.kill)
        node.start(STARTING)
    return ",".join(node.contact for node in nodes)


def measured(name: str, size: str, environment: dict[str, str]) -> dict[str, Any]:
    """What a process of its own finds out about this store."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", name, size],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(name: str, rows: int, asked: int) -> None:
    """Fill the store and ask it; prints one JSON object."""
    from voxpop.cli import load_django

    load_django([])
    from voxpop.server.prepare import make_schema

    make_schema()
    from voxpop import cassandra
    from voxpop.timelines.chosen import timelines

    if name in NODES:
        cassandra.client().session(120)  # its tables are made now
    store = timelines()
    owners = max(rows // EACH, 10)
    chance = random.Random(7)
    load(store, made(rows, owners, is_first=True))
    settle(name)
    begins("a hundredth is asked")
    page_few = pages(store, chance, range(FIRST, owners + 1, HUNDRED), asked)
    begins("loading")
    begun = time.perf_counter()
    count = load(store, made(rows, owners, is_first=False))
    loaded = time.perf_counter() - begun
    begins("settling")
    settled = settle(name)
    begins("all are asked")
    page_all = pages(store, chance, range(1, owners + 1), asked)
    appends = timed(append_one(store, chance, owners), asked)
    print(
        json.dumps(
            {
                "rows": rows,
                "loaded, rows a second": round(count / loaded),
                "seconds until it had settled": settled,
                "append p50 ms": ms(appends, 0.5),
                "append p99 ms": ms(appends, 0.99),
                "page p50 ms": ms(page_all, 0.5),
                "page p99 ms": ms(page_all, 0.99),
                "page p50 ms, a hundredth": ms(page_few, 0.5),
                "page p99 ms, a hundredth": ms(page_few, 0.99),
            }
        )
    )


def begins(what: str) -> None:
    """Tell whoever waits: only while it loads may anything else run beside."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def settle(name: str) -> float:
    """Seconds until no node of Cassandra compacts or flushes any more; raises where that is never.

    https://cassandra.apache.org/doc/5.0/cassandra/managing/operating/virtualtables.html
    """
    if name not in NODES:
        return 0.0
    from voxpop import cassandra

    session = cassandra.client().session(120)
    hosts = session.cluster.metadata.all_hosts()
    begun, quiet = time.perf_counter(), 0
    while quiet < RESTS:
        busy = sum(
            len(list(session.execute("SELECT * FROM system_views.sstable_tasks", host=host)))
            for host in hosts
        )
        quiet = 0 if busy else quiet + 1
        if time.perf_counter() - begun > SETTLING:
            raise SystemExit(f"{name} still works on {busy} tables after {SETTLING:g} s")
        time.sleep(1)
    return round(time.perf_counter() - begun, 1)


def made(rows: int, owners: int, *, is_first: bool) -> Iterator[Any]:
    """Whose entries there are, owner by owner, each one's oldest first: the hundredth that is there
    first, or the others."""
    from voxpop import ids
    from voxpop.timelines.contract import Entry, Owner, OwnerKind

    begin = int(time.time() * 1000) - YEAR_MS
    for whose in range(owners + 1):
        count = rows // 10 if whose == 0 else rows * 9 // 10 // owners
        for number in range(count):
            place = number if whose == 0 else whose
            if (place % HUNDRED == FIRST) == is_first:
                entry = Entry(ids.first_id_at(begin + number * YEAR_MS // count) + whose)
                yield Owner(OwnerKind.FORUM, whose), entry


def load(store: Any, entries: Iterator[Any]) -> int:
    """All of them; how many."""
    count = 0
    while some := list(islice(entries, AT_ONCE)):
        store.append(some)
        count += len(some)
    return count


def pages(store: Any, chance: random.Random, owners: Sequence[int], asked: int) -> list[float]:
    """Seconds of each page: the busy owner's or one of these, half of them somewhere within."""
    from voxpop import ids
    from voxpop.timelines.contract import Owner, OwnerKind

    now = int(time.time() * 1000)

    def ask() -> None:
        whose = Owner(OwnerKind.FORUM, chance.choice([0, chance.choice(owners)]))
        within = ids.first_id_at(now - chance.randint(0, YEAR_MS))
        store.page(whose, after=chance.choice([None, within]), limit=PAGE)

    timed(ask, asked // 10)  # what is asked for the first time has to be prepared
    return timed(ask, asked)


def append_one(store: Any, chance: random.Random, owners: int) -> Callable[[], None]:
    from voxpop import ids
    from voxpop.timelines.contract import Entry, Owner, OwnerKind

    def append() -> None:
        entry = Entry(ids.new_id())
        author = Owner(OwnerKind.AUTHOR, chance.randint(1, owners))
        store.append([(author, entry), (Owner(OwnerKind.FORUM, 0), entry)])

    return append


def timed(ask: Callable[[], None], times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        found.append(time.perf_counter() - begun)
    return found


def ms(values: list[float], share: float) -> float:
    return round(percentile(values, share) * 1000, 3)


def conclude(report: Report) -> None:
    """Flat, and who is the quicker: both as ratios within this run."""
    by_store = {each["store"]: each for each in report.raw_results}
    for name, found in by_store.items():
        report.ratios[f"{name}: page p99, all rows / a hundredth"] = round(
            found["page p99 ms"] / found["page p99 ms, a hundredth"], 2
        )
    for name in NODES:
        for other in ("postgres", "sqlite"):
            for what in ("append p50 ms", "page p50 ms", "page p99 ms"):
                ratio = round(by_store[name][what] / by_store[other][what], 2)
                report.ratios[f"{name} / {other}: {what}"] = ratio
        flat = report.ratios[f"{name}: page p99, all rows / a hundredth"]
        report.goal(f"page p99 is flat, {name}", goal="<= 1.3", got=flat, met=flat <= 1.3)
    report.figures["from which size on Cassandra pays"] = pays(by_store)


def pays(by_store: dict[str, Any]) -> str:
    """In words: what this run says, and no more."""
    sql = by_store["postgres"]
    rows = f"{sql['rows']:,} rows"
    page, append = "page p50 ms", "append p50 ms"
    quicker = [name for name in NODES if by_store[name][page] < sql[page]]
    if quicker:
        return f"at {rows} a page is quicker than from PostgreSQL: {', '.join(quicker)}"
    least = min(by_store[name][page] for name in NODES)
    return (
        f"not up to {rows}: a page takes {least} ms at best where PostgreSQL takes {sql[page]} ms,"
        f" an append {min(by_store[name][append] for name in NODES)} ms and {sql[append]} ms. Where"
        " the rows no longer fit one primary, or must be taken while a machine is away."
    )


if __name__ == "__main__":
    main()
