"""Several workers, as processes, on one outbox: who is killed loses nothing, and order holds."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import fresh_database
from voxpop.stack.engines.postgres import Postgres

pytestmark = pytest.mark.server

EVENTS = 500
THREADS = 250
POISON = 77  # never succeeds
LEASE = 3  # seconds, instead of sixty

# What every process runs first: a table of its own, whose consequence writes down what it did.
TABLE = """
import os, signal, sys, time
import django
django.setup()
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from voxpop.events import Event, claiming, dispatch, record, worker

@dataclass(frozen=True)
class Said(Event):
    thread: str
    number: int

    @property
    def line(self):
        return self.thread

heard = os.open(os.environ["HEARD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def listen(event):
    if event.number == {poison}:
        raise OSError("never")
    time.sleep(0.005)
    if event.number == int(os.environ.get("HANG_AT", -1)) and not Path("hung").exists():
        Path("hung").touch()
        os.kill(os.getpid(), signal.SIGSTOP)
    os.write(heard, f"{{event.thread}} {{event.number}} {{os.getpid()}}\\n".encode())

dispatch.install({{Said: dispatch.Consequences(later=[listen])}})
claiming.LEASE = worker.LEASE = timedelta(seconds={lease})
worker.TICK = float(os.environ.get("TICK", 1))
"""
WORK = """
ours = worker.Worker()
ours.start()
print("works", flush=True)
sys.stdin.read()
ours.stop()
"""
SAY = """
from django.db import transaction
for number in range({events}):
    with transaction.atomic():
        record(Said(f"thread-{{number % {threads}}}", number))
"""


@dataclass
class House:
    """A database with nobody in it, and what was heard."""

    folder: Path
    database: str
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def say(self, events: int) -> None:
        self.run(table() + SAY.format(events=events, threads=THREADS))

    def hire(self, **more: str) -> subprocess.Popen[str]:
        log = (self.folder / "worker.log").open("a")
        with log:
            worker = subprocess.Popen(
                [sys.executable, "-c", table() + WORK], env=self.environment | more, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=self.folder,
            )  # fmt: skip
        self.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "works\n", (self.folder / "worker.log").read_text()
        return worker

    def fire(self, worker: subprocess.Popen[str]) -> None:
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(30) == 0

    def heard(self) -> list[tuple[str, int, int]]:
        file = self.folder / "heard"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(thread, int(number), int(pid)) for thread, number, pid in map(str.split, lines)]

    def left(self) -> list[int]:
        """The numbers of the events that are still in the outbox."""
        sql = "SELECT payload FROM events_outboxevent ORDER BY id"
        if self.database:
            with psycopg.connect(self.database) as server:
                return [payload["number"] for (payload,) in server.execute(sql)]
        with closing(sqlite3.connect(self.folder / "voxpop.sqlite3", timeout=20)) as file:
            return [json.loads(payload)["number"] for (payload,) in file.execute(sql)]

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "voxpop.settings",
            "VOXPOP_DATA": str(self.folder),
            "VOXPOP_DATABASE": self.database,
            "VOXPOP_LOG_LEVEL": "error",
            "HEARD": str(self.folder / "heard"),
        }


def table() -> str:
    return TABLE.format(poison=POISON, lease=LEASE)


# On SQLite there is one worker as a rule.
@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.long),
        pytest.param("postgres", marks=pytest.mark.xdist_group("postgres")),
    ]
)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    database = ""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        database = fresh_database(server)
    ours = House(tmp_path, database)
    ours.run("import django\ndjango.setup()\nfrom voxpop.server.prepare import *\nmake_schema()")
    yield ours
    for worker in ours.workers:
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            assert pipe is not None
            pipe.close()


@pytest.mark.long
def test_two_workers_share_the_outbox_and_one_that_is_killed_loses_nothing(house: House) -> None:
    first, second = house.hire(), house.hire()
    speaking = threading.Thread(target=house.say, args=[EVENTS])
    speaking.start()
    try:
        wait_until(lambda: {pid for *_, pid in house.heard()} == {first.pid, second.pid}, "both")
        first.send_signal(signal.SIGKILL)
        first.wait(20)
    finally:
        speaking.join()
    # The poisoned event stays, and what came after it in its thread.
    waiting = [POISON, POISON + THREADS]
    wait_until(lambda: house.left() == waiting, "the end of the outbox", 60)
    orders: dict[str, list[int]] = defaultdict(list)
    for thread, number, _ in house.heard():
        if number not in orders[thread]:
            orders[thread].append(number)
    followed = [number for order in orders.values() for number in order]
    assert sorted(followed) == sorted({*range(EVENTS)} - {*waiting})
    assert all(order == sorted(order) for order in orders.values())
    # Twice is only what the killed one had done and could not say any more.
    twice = len(house.heard()) - (EVENTS - len(waiting))
    assert twice <= sum(pid == first.pid for *_, pid in house.heard())
    house.fire(second)


@pytest.mark.long
def test_what_a_hanging_worker_has_claimed_is_done_by_another(house: House) -> None:
    events = 50
    house.say(events)
    hung = house.hire(HANG_AT="10")
    wait_until((house.folder / "hung").exists, "the hang")
    other = house.hire()
    wait_until(lambda: house.left() == [], "the end of the outbox", 60)
    hung.send_signal(signal.SIGCONT)
    house.fire(hung)
    house.fire(other)
    assert {number for _, number, _ in house.heard()} == {*range(events)}
    assert house.left() == []


@pytest.mark.long
@pytest.mark.parametrize("house", ["postgres"], indirect=True)
def test_the_bell_wakes_a_worker_that_would_not_look_for_an_hour(house: House) -> None:
    worker = house.hire(TICK="3600")
    bells = "SELECT pid FROM pg_stat_activity WHERE application_name = 'voxpop bell'"
    bells += " AND datname = current_database()"
    with psycopg.connect(house.database, autocommit=True) as server:
        wait_until(lambda: server.execute(bells).fetchall(), "the listener")
        house.say(1)
        wait_until(house.heard, "what the bell brought")
        # A lost connection is made anew, and whoever comes back looks at once.
        (pid,) = server.execute(bells).fetchone() or [None]
        server.execute("SELECT pg_terminate_backend(%s)", [pid])
        house.say(1)
        wait_until(lambda: len(house.heard()) == 2, "what came meanwhile")
    house.fire(worker)
