"""Durable comments per second through HTTP on PostgreSQL, against the bare driver, and votes.

As bench/post.py: the statements of a real post, recorded, run again with fresh keys by psycopg over
as many connections as the server writes on, one durable transaction each, in the same run. Once all
in one thread, whose seq is the one row that everybody waits for, once in many.
"""

import itertools
import os
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import post
from bench.client import Connection, Loop
from bench.post import CONNECTIONS, PROCESSES, WRITERS, Writer, known_guest, through_http
from bench.report import Report, arguments, percentile
from bench.scale import postgres
from bench.serving import Server

SIZES = {"small": (300, 3, 3), "full": (3_000, 5, 10)}  # comments, rounds, seconds of votes
THREADS = 64
VOTES_A_SECOND = 1_000


@dataclass(frozen=True)
class Round:
    """A second: comments through HTTP, transactions by the driver; in many threads, and in one."""

    http_many: float
    http_one: float
    bare_many: float
    bare_one: float
    waits: list[float]


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("post-pg", options.size)
    count, rounds, seconds = SIZES[options.size]
    with tempfile.TemporaryDirectory() as name, postgres(Path(name)):
        furnish()
        server = Server(Path(name) / "data", options=("--processes", str(PROCESSES)))
        server.start()
        server.wait_for_fellows(PROCESSES)
        try:
            conclude(report, posts(server, count, rounds))
            report.figures["votes"] = votes(report, seconds)
        finally:
            server.stop()
    report.finish(as_json=options.json)


def furnish() -> None:
    from voxpop.forums.models import Forum, Site

    forum = Forum.objects.create(shortname="bench", name="Bench")
    Site.objects.create(forum=forum, origin="https://magazine.test")


def posts(server: Server, count: int, rounds: int) -> list[Round]:
    loop = Loop(server.port)
    writers = [Writer(known_guest(f"Guest {n}"), Connection()) for n in range(WRITERS)]
    names = [f"many-{number}" for number in range(THREADS)]
    turn = itertools.cycle(names)
    through_http(loop, writers, 2 * THREADS, lambda: next(turn))
    through_http(loop, writers, 100)
    recorded = post.record_one_post()
    # In turns, so that all meet the same disk and the same busy moments.
    found = []
    for _ in range(rounds):
        many, waits = through_http(loop, writers, count // rounds, lambda: next(turn))
        one, _ = through_http(loop, writers, count // rounds)
        found.append(
            Round(
                many,
                one,
                by_the_bare_driver(recorded, count // rounds, names),
                by_the_bare_driver(recorded, count // rounds, ["t"]),
                waits,
            )
        )
    loop.close()
    return found


def conclude(report: Report, rounds: list[Round]) -> None:
    report.raw_results += [vars(each) for each in rounds]
    waits = [wait for each in rounds for wait in each.waits]
    names = ("http_many", "http_one", "bare_many", "bare_one")
    report.figures |= {
        f"{name}, a second": round(statistics.median(getattr(each, name) for each in rounds), 1)
        for name in names
    }
    report.figures["ms median"] = round(statistics.median(waits) * 1000, 2)
    report.figures["ms p99"] = round(percentile(waits, 0.99) * 1000, 2)
    for name, over, under, least in (
        ("http / bare driver", "http_many", "bare_many", 0.30),
        ("one hot thread / many, bare", "bare_one", "bare_many", 0.45),
        ("one hot thread / many, HTTP", "http_one", "http_many", 0.70),
    ):
        # Of neighbouring measurements, so that a busy minute of the machine is in both.
        got = statistics.median(getattr(each, over) / getattr(each, under) for each in rounds)
        report.ratios[name] = round(got, 3)
        report.goal(name, goal=f">= {least}", got=round(got, 3), met=got >= least)


def by_the_bare_driver(recorded: list[Any], count: int, names: list[str]) -> float:
    """The recorded transaction in these threads, over as many connections as the server's: rate."""
    import psycopg
    from django.conf import settings

    from voxpop.threads.models import Thread

    told = settings.DATABASES["default"]
    threads = dict(Thread.objects.filter(identifier__in=names).values_list("identifier", "id"))
    hot = Thread.objects.get(identifier="t").id
    turn = itertools.cycle(names)
    ready = threading.Barrier(CONNECTIONS + 1)

    def run_some() -> None:
        with psycopg.connect(
            host=told["HOST"], port=told["PORT"], dbname=told["NAME"], user=told["USER"],
            password=told["PASSWORD"], autocommit=True,
        ) as connection:  # fmt: skip
            ready.wait()
            for _ in range(count // CONNECTIONS):
                name = next(turn)
                run_again(connection, recorded, {hot: threads[name], "t": name})

    workers = [threading.Thread(target=run_some) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    return count // CONNECTIONS * CONNECTIONS / (time.perf_counter() - began)


def run_again(connection: Any, recorded: list[Any], thread: dict[Any, Any]) -> None:
    """One durable transaction: keys that must differ are made new, the rest stays as recorded."""
    from voxpop import ids

    made = post._made_by(recorded)
    number = ids.new_id()
    fresh = {
        **thread,
        made["comment"]: number,
        made["path"]: number.to_bytes(8, "big"),
        made["key"]: str(uuid.uuid4()),
    }
    seq = None
    connection.execute("BEGIN")
    for sql, parameters in recorded:
        if sql.split(None, 1)[0] in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET"}:
            continue
        values = [_fresh(fresh, value) for value in parameters]
        if "threads_threadevent" in sql and seq is not None:
            values = [seq if value == made["seq"] else value for value in values]
        cursor = connection.execute(sql.replace("?", "%s"), values, prepare=True)
        if sql.startswith("UPDATE threads_thread"):
            seq = cursor.fetchone()[0]
    connection.execute("COMMIT")


def _fresh(fresh: dict[Any, Any], value: Any) -> Any:
    key = post._hashable(value)
    try:
        return fresh.get(key, value)
    except TypeError:  # JSON, whose content is not looked at
        return value


def votes(report: Report, seconds: int) -> dict[str, Any]:
    """A thousand people a second vote for one comment; how often its thread changes."""
    from voxpop.accounts.models import Author
    from voxpop.forums.models import Forum
    from voxpop.threads.models import Comment, ThreadEvent, Vote

    forum = Forum.objects.get(shortname="bench")
    comment = Comment.objects.filter(thread__identifier="t").latest("id")
    people = Author.objects.bulk_create(
        Author(kind="guest", name=f"Voter {n}", forum=forum)
        for n in range(VOTES_A_SECOND * seconds)
    )
    began = time.perf_counter()
    for second in range(seconds):
        cast_votes(comment, people[second * VOTES_A_SECOND : (second + 1) * VOTES_A_SECOND])
        time.sleep(max(0.0, began + second + 1 - time.perf_counter()))
    took = time.perf_counter() - began
    settled = wait_until(lambda: Comment.objects.get(id=comment.id).up == len(people))
    events = ThreadEvent.objects.filter(thread_id=comment.thread_id, kind="votes").count()
    counted = Vote.objects.filter(comment=comment).count()
    # The last fold may fall into the second after the last vote.
    most = int(took) + 2
    report.goal(
        "events of the votes", goal=f"<= 1 a second ({most})", got=events, met=events <= most
    )
    report.goal(
        "votes counted", goal=f"{len(people)}", got=counted, met=settled and counted == len(people)
    )
    return {
        "votes a second": round(len(people) / took),
        "events": events,
        "seconds": round(took, 1),
    }


def cast_votes(comment: Any, people: list[Any]) -> None:
    """The rows that so many calls of `vote` write, a hundred of them in a transaction."""
    from django.db import transaction

    from voxpop.threads.models import PendingTally, Vote

    for start in range(0, len(people), 100):
        with transaction.atomic():
            Vote.objects.bulk_create(
                Vote(comment=comment, author=author, value=1)
                for author in people[start : start + 100]
            )
            PendingTally.objects.bulk_create(
                [PendingTally(comment=comment, thread_id=comment.thread_id)], ignore_conflicts=True
            )


def wait_until(is_so: Callable[[], bool], within: float = 20.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.2)
    return False


if __name__ == "__main__":
    os.environ.setdefault("VOXPOP_LIMITS", "off")
    main()
