"""How much of the reading a replica takes off the primary, and whether writers see what they wrote.

A primary, a replica that follows it, and one server. Each of several people writes a comment in a
thread of his, asks for the thread at once, and then reads pages of all threads, ten for each
comment. No page is kept from one reader to the next, so that each is made by one of the two.
"""

import itertools
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.post import known_guest
from bench.post_pg import furnish
from bench.report import Report, arguments
from bench.scale import postgres
from bench.serving import Server
from voxpop.stack.ports import free_port

SIZES = {"small": 10, "full": 60}  # seconds
PEOPLE = 4
READS_A_COMMENT = 10
FOLLOWS_WITHIN = 60  # seconds


class Person:
    """One who writes in a thread of his own and reads everybody's."""

    def __init__(self, server: Server, number: int) -> None:
        self.server, self.name = server, f"thread-{number}"
        self.token = known_guest(f"Guest {number}")
        self.connection = server.connection()
        self.thread = ""
        self.writes = self.own_seen = self.reads = 0
        self.failed: list[int] = []

    def write(self) -> None:
        """A comment, and the page that has it."""
        page = {"identifier": self.name, "url": f"https://magazine.test/{self.name}"}
        status, answer = self.server.post(
            "/api/v1/forums/bench/comments",
            {"thread": page | {"title": self.name}, "source": f"number {self.writes}"},
            token=self.token,
            connection=self.connection,
        )
        if status != 201:
            raise SystemExit(f"a comment was refused: {status} {answer}")
        self.writes += 1
        self.thread = answer["thread"] if isinstance(answer["thread"], str) else self._thread()
        self.own_seen += answer["id"].encode() in self.read(self.thread)

    def read(self, thread: str) -> bytes:
        """The newest comments of a thread."""
        self.connection.request("GET", f"/api/v1/threads/{thread}/comments?sort=newest&limit=20")
        response = self.connection.getresponse()
        body = response.read()
        self.reads += 1
        if response.status != 200:
            self.failed.append(response.status)
        return body

    def _thread(self) -> str:
        self.connection.request("GET", f"/api/v1/forums/bench/threads?identifier={self.name}")
        found: str = json_of(self.connection.getresponse().read())["id"]
        return found


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("replica", options.size)
    with tempfile.TemporaryDirectory() as name, postgres(Path(name)), replica(Path(name)):
        furnish()
        server = Server(Path(name) / "data", keeps_snapshots=False)
        server.start()
        try:
            people = [Person(server, number) for number in range(PEOPLE)]
            for person in people:
                person.write()
            before = counted(server)
            seconds = live(people, SIZES[options.size])
            after = counted(server)
        finally:
            server.stop()
    conclude(report, people, {way: after[way] - before.get(way, 0) for way in after}, seconds)
    report.finish(as_json=options.json)


@contextmanager
def replica(folder: Path) -> Iterator[None]:
    """One that follows the server of bench.scale.postgres, as the product's replica."""
    from voxpop.stack.engines.postgres import Postgres
    from voxpop.stack.engines.standby import Standby

    port = urlsplit(os.environ["VOXPOP_DATABASE"]).port
    assert port is not None
    primary = Postgres(folder / "postgres", port)
    follower = Standby(folder / "standby", free_port(), primary=primary)
    follower.start(FOLLOWS_WITHIN)
    os.environ["VOXPOP_DATABASE_REPLICA"] = follower.dsn
    try:
        yield
    finally:
        follower.stop()


def live(people: list[Person], seconds: int) -> float:
    """Everybody at once, for so long; how long it was."""
    threads = [person.thread for person in people]
    until = time.monotonic() + seconds

    def one(person: Person) -> None:
        turn = itertools.cycle(threads)
        while time.monotonic() < until:
            person.write()
            for _ in range(READS_A_COMMENT - 1):
                person.read(next(turn))

    began = time.monotonic()
    running = [threading.Thread(target=one, args=(person,)) for person in people]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return time.monotonic() - began


def counted(server: Server) -> dict[str, int]:
    """Pages so far, by who made them (docs/metrics.md, voxpop_replica_total)."""
    lines = server.get("/metrics")[1].decode().splitlines()
    told = [line.rsplit(" ", 1) for line in lines if line.startswith("voxpop_replica_total{")]
    return {name.split('"')[1]: int(float(value)) for name, value in told}


def conclude(report: Report, people: list[Person], ways: dict[str, int], seconds: float) -> None:
    writes, own = sum(each.writes for each in people), sum(each.own_seen for each in people)
    reads, pages = sum(each.reads for each in people), sum(ways.values())
    failed = [status for each in people for status in each.failed]
    report.raw_results = [{"ways": ways, "writes": writes, "own seen": own, "reads": reads}]
    report.ratios["served by the replica"] = round(ways.get("replica", 0) / max(pages, 1), 3)
    report.figures |= {
        "pages, by who made them": ways,
        "reads a second": round(reads / seconds, 1),
        "comments a second": round(writes / seconds, 1),
    }
    report.goal(
        "own writes seen at once", goal="100 %", got=f"{own} of {writes}", met=own == writes
    )
    report.goal("reads that failed", goal="0", got=len(failed), met=not failed)


def json_of(body: bytes) -> Any:
    import json

    return json.loads(body)


if __name__ == "__main__":
    main()
