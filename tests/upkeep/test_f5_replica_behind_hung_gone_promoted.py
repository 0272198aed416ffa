"""F5, F6: pages come from the replica only while it stands where the primary does (P2, P3)."""

import itertools
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.standby import Standby
from voxpop.stack.ports import free_port, free_ports

pytestmark = [pytest.mark.server, pytest.mark.long]

CROWD = 50
# Connections of a process: its pool's, and the worker's listener beside it.
MOST = 8 + 1
FORUM = ("--origin", "https://magazine.test", "--owner", "owner@magazine.test")


class Site:
    """A server, its primary and the replica it reads from."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports()
        # A commit is in the log at once: what is written there later reaches no replica earlier.
        told = {"synchronous_commit": "on"}
        self.primary = Postgres(folder / "primary", next(ports), is_durable=False, settings=told)
        self.primary.start()
        self.standby = Standby(
            folder / "standby", next(ports), is_durable=False, primary=self.primary
        )
        self.server = Running(folder / "data", free_port(), {"VOXPOP_DATABASE": self.primary.dsn})
        self.server.data.mkdir()
        self.server.command("forum", "create", "magazine", *FORUM)
        self.standby.start()
        self.server.environment["VOXPOP_DATABASE_REPLICA"] = self.standby.dsn
        self.server.start()
        self.ada = self.server.guest("Ada")
        self.ids: list[str] = []
        self.limits = itertools.cycle(range(1, 101))
        # A process that has just begun opens its connections one by one: on a busy machine that
        # takes longer than a writer waits, who is told to come again.
        wait_until(self._takes_writes, "a first comment", 30)

    def _takes_writes(self) -> bool:
        answer = self.server.post(self.ada, "the first")
        if answer.status == 201:
            self.ids.append(answer.json()["id"])
        return answer.status == 201

    def say(self, statement: str) -> None:
        with psycopg.connect(self.standby.admin_dsn, autocommit=True) as admin:
            admin.execute(statement)

    def post(self) -> None:
        """A comment, and the next read has it."""
        answer = self.server.post(self.ada, f"number {len(self.ids)}")
        assert answer.status == 201, answer.body
        self.ids.append(answer.json()["id"])
        assert self.shown() == self.ids

    def connections(self) -> int:
        """How many the product has to the primary."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'voxpop'"
        with psycopg.connect(self.primary.admin_dsn) as admin:
            ((found,),) = admin.execute(asked)
        return int(found)

    def shown(self) -> list[str]:
        return [comment["id"] for comment in self.server.comments()]

    def counted(self) -> dict[str, int]:
        lines = self.server.ask("GET", "/metrics").body.decode().splitlines()
        told = [line.rsplit(" ", 1) for line in lines if line.startswith("voxpop_replica_total{")]
        return {name.split('"')[1]: int(float(value)) for name, value in told}

    def reads_at_the_replica(self) -> bool:
        """One page that nobody has made yet, and whether the replica did.

        Not the first after a comment: a busy machine's replica gets that a moment later.
        """
        limit = next(self.limits)
        if limit == 1:
            self.post()  # which no page that was made before has
        before = self.counted().get("replica", 0)
        page = f"/api/v1/threads/{self.server.thread()}/comments?sort=newest&limit={limit}"
        assert self.server.ask("GET", page).status == 200
        return self.counted().get("replica", 0) > before


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    folder = Path("/tmp") / f"voxpop-replica-{free_port()}"
    folder.mkdir(mode=0o711)
    made = Site(folder)
    yield made
    made.server.kill()
    made.standby.kill()
    made.primary.kill()
    shutil.rmtree(folder)


def test_it_serves_pages_and_never_an_older_one(site: Site) -> None:
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)
    for _ in range(30):
        site.post()


def test_behind(site: Site) -> None:
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)
    site.say("SELECT pg_wal_replay_pause()")
    before = site.counted()
    for _ in range(5):
        site.post()
    after = site.counted()
    assert after["replica"] == before["replica"]
    assert after["behind"] >= before["behind"] + 5
    site.say("SELECT pg_wal_replay_resume()")
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)


def test_however_many_ask_while_it_is_behind_the_primary_has_its_few_connections(
    site: Site,
) -> None:
    """All these pages fall to it, and nobody has made any of them yet."""
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)
    site.say("SELECT pg_wal_replay_pause()")
    try:
        site.post()
        page = f"/api/v1/threads/{site.server.thread()}/comments?sort=newest&limit="
        before, most = site.counted(), 0
        with ThreadPoolExecutor(CROWD) as crowd:
            asked = [crowd.submit(site.server.ask, "GET", f"{page}{n}") for n in range(1, 100)]
            while not all(each.done() for each in asked):
                most = max(most, site.connections())
        assert {each.result().status for each in asked} == {200}
        assert site.counted()["behind"] >= before["behind"] + 99
    finally:
        site.say("SELECT pg_wal_replay_resume()")
    assert 1 <= most <= MOST
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)


def test_hung(site: Site) -> None:
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)
    before = site.counted()
    site.standby.pause()
    began = time.monotonic()
    try:
        for _ in range(8):
            site.post()
        assert time.monotonic() - began < 20  # a busy machine's; nobody has waited for it
    finally:
        site.standby.resume()
    after = site.counted()
    assert after["replica"] == before["replica"]
    # It is asked once and then left alone: nobody after that waits for it.
    assert 1 <= after["away"] - before["away"] <= 4
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)


def test_gone_and_back(site: Site) -> None:
    site.standby.kill()
    for _ in range(5):
        site.post()
    site.standby.start()
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)


def test_promoted(site: Site) -> None:
    """One that takes writes of its own may agree about a place and not about what stands there."""
    wait_until(site.reads_at_the_replica, "a page from the replica", 30)
    site.say("SELECT pg_promote()")  # it waits until that is done
    site.say("SELECT 1")
    before = site.counted()
    # Pages that nobody has made yet, of a thread that is at the same place in both.
    for limit in itertools.islice(site.limits, 5):
        page = f"/api/v1/threads/{site.server.thread()}/comments?sort=newest&limit={limit}"
        assert site.server.ask("GET", page).status == 200
    assert site.counted()["replica"] == before["replica"]
    assert site.counted()["away"] > before["away"]
    site.post()
