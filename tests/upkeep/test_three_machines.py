"""The operator's way from one process to three machines, and what comes later: another edge node, a
new version, a standby that takes over, Cassandra. The document's own commands, in order."""

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.conf import settings

from tests.browser.harness.waiting import wait_until
from tests.upkeep.asking import Reader
from tests.upkeep.machines import Machine, machines
from tests.upkeep.passages import PATIENCE, follow, is_well, passage

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.alone]

ADDRESSES = {
    "web": "10.0.0.1", "app": "10.0.0.2", "data": "10.0.0.3", "edge2": "10.0.0.4",
    "standby": "10.0.0.5",
    "reader": "10.0.0.9", "wide": "10.0.0.21",
}  # fmt: skip
# What stands in for the package of Cassandra's makers: three small nodes, each at its address. They
# are started by another thread than the main one, so that they do not end with this process.
CASSANDRA = """
ip address add 10.0.0.22/24 dev eth0
ip address add 10.0.0.23/24 dev eth0
VOXPOP_DATA=/srv/cassandra /opt/voxpop/.venv/bin/python - <<'END'
import threading
from pathlib import Path
from voxpop.stack.engines import EngineFailed
from voxpop.stack.engines.cassandra import Cassandra

def start():
    for number in (21, 22, 23):
        start_node(Cassandra(
            Path(f"/srv/cassandra/{{number}}"), cache=Path("{jars}"), address=f"10.0.0.{{number}}",
            seed="10.0.0.21",
        ))
    started.set()

def start_node(node):
    for left in range(4, -1, -1):
        try:
            node.start(240)
            return
        except EngineFailed:  # its seed was busy
            if not left:
                raise

started = threading.Event()
thread = threading.Thread(target=start)
thread.start()
thread.join()
assert started.is_set()
END
"""
IN_CASSANDRA = """VOXPOP_DATA=/srv/cassandra /opt/voxpop/.venv/bin/python - <<'END'
import django
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
django.setup()
from voxpop.cassandra import Client
client = Client([("10.0.0.21", 9042)], "voxpop")
client.session(60)
owners = {row.owner for row in client.read("SELECT owner FROM timeline_month", [], 20)}
(forum,) = [owner for owner in owners if owner.startswith("forum:")]
months = client.read("SELECT month FROM timeline_month WHERE owner = ?", [forum], 20)
print(sum(len(client.read("SELECT id FROM timeline WHERE owner = ? AND month = ?",
                          [forum, row.month], 20)) for row in months))
(copies,) = client.read("SELECT replication FROM system_schema.keyspaces"
                        " WHERE keyspace_name = 'voxpop'", [], 20)
print(*[copy for name, copy in copies.replication.items() if name != "class"])
END
"""
COMMENTS = """runuser -u postgres -- psql voxpop --tuples-only --no-align \
--command "SELECT count(*) FROM threads_comment{}" """


@dataclass
class Fleet:
    """The machines, whoever asks from outside, and the operator's own words."""

    machines: dict[str, Machine]
    truth: str = "data"  # whose PostgreSQL is the primary
    words: dict[str, str] = field(
        # The longer first: the shorter one stands in it.
        default_factory=lambda: {
            "PASSWORD2": secrets.token_hex(12),
            "PASSWORD": secrets.token_hex(12),
            "=SECRET": f"={secrets.token_hex(32)}",
        }
    )

    def __post_init__(self) -> None:
        self.outside = Reader(self.machines["reader"], "https://comments.example.org")

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def comments(self, machine: str = "", which: str = "") -> int:
        """How many there are in the PostgreSQL of that machine; without one, in the primary."""
        return int(self[machine or self.truth].run(COMMENTS.format(which)))

    @contextmanager
    def writers(self) -> Iterator[list[int]]:
        """Somebody else writes all the while; the status of each comment."""
        found: list[int] = []
        writer = Reader(self["reader"], self.outside.address)
        writer.become_guest("Ben")
        ends = threading.Event()

        def write() -> None:
            while not ends.is_set():
                found.append(writer.write(f"number {len(found)}"))

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield found
        finally:
            ends.set()
            thread.join()


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Three machines, as the passage makes them out of one process."""
    with machines(ADDRESSES) as made:
        made["reader"].run("echo '10.0.0.1 comments.example.org' >> /etc/hosts")
        fleet = Fleet(made)
        _one_process(fleet)
        _two_machines(fleet)
        follow(made, passage("3. The edge on a third machine"), fleet.words)
        yield fleet


def _one_process(fleet: Fleet) -> None:
    follow(fleet.machines, passage("1. One process"), fleet.words)
    reader = Reader(fleet["app"], "http://127.0.0.1:8001")
    wait_until(lambda: reader.ask("/readyz")[0] == 200, "one process", PATIENCE)
    reader.post("said to one process")
    backup, restore = passage("SQLite")
    follow(fleet.machines, [backup])
    reader.post("said after the backup")
    removed = reader.post("removed after the backup")
    reader.delete(removed)
    follow(fleet.machines, [restore])
    wait_until(lambda: reader.sees("said to one process"), "what was restored", PATIENCE)
    assert "after the backup" not in reader.page()
    fleet.outside.token = reader.token


def _two_machines(fleet: Fleet) -> None:
    follow(fleet.machines, passage("2. The data on a machine of its own"), fleet.words)
    reader = Reader(fleet["app"], "http://127.0.0.1:8001")
    reader.token = fleet.outside.token
    wait_until(lambda: reader.sees("said to one process"), "what was moved", PATIENCE)
    reader.post("said to two machines")
    assert fleet.comments("data") == 2


def test_from_one_process_to_three_machines(fleet: Fleet) -> None:
    outside = fleet.outside
    both = ("said to one process", "said to two machines")
    try:
        wait_until(lambda: outside.sees(*both), "a page through three machines", PATIENCE)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{fleet['web'].logs()}") from None
    # It is kept at the edge by now, and what is new is there all the same.
    outside.post("said to three machines")
    wait_until(lambda: outside.sees(*both, "said to three machines"), "the purged page", PATIENCE)
    # And nobody reaches what is inside by the front door.
    assert outside.ask("/readyz")[0] == 404


def test_another_edge_node_comes_and_goes(fleet: Fleet) -> None:
    outside = fleet.outside
    *come, leave_web, leave_node, leave_app = passage("Several edge nodes")
    follow(fleet.machines, come, fleet.words)
    # Each has its share of the pages, and what is kept at either is purged.
    wait_until(lambda: nodes_of(fleet) == {"edge1", "edge2"}, "both nodes", PATIENCE)
    page = "/embed/magazine/thread?i=a-page&sort=newest"
    wait_until(lambda: "; hit" in kept(fleet, page)[0], "a copy at one node", PATIENCE)
    outside.post("said to two nodes")
    pages = ["/embed/magazine/thread?i=a-page", page, f"{page}&lang=de", f"{page}&lang=fr"]
    wait_until(
        lambda: all("said to two nodes" in outside.ask(each)[1] for each in pages),
        "the purged pages", PATIENCE,
    )  # fmt: skip
    assert "BAD" not in fleet["app"].run("voxpop doctor || true")
    # One that is lost takes no reader with it.
    fleet["edge2"].run("ip link set eth0 down")
    wait_until(lambda: nodes_of(fleet) == {"edge1"}, "the other node alone", PATIENCE)
    fleet["edge2"].run("ip link set eth0 up")
    wait_until(lambda: nodes_of(fleet) == {"edge1", "edge2"}, "both nodes again", PATIENCE)
    follow(fleet.machines, [leave_web, leave_node, leave_app], fleet.words)
    wait_until(lambda: nodes_of(fleet) == {"edge1"}, "one node", PATIENCE)
    outside.post("said to one node")
    wait_until(lambda: outside.sees("said to one node"), "the page", PATIENCE)


def nodes_of(fleet: Fleet) -> set[str]:
    """Which edge nodes answer whoever reads twenty pages."""
    pages = [f"/embed/magazine/thread?i=page-{number}" for number in range(20)]
    return {told.partition(";")[0] for told in kept(fleet, *pages)}


def kept(fleet: Fleet, *paths: str) -> list[str]:
    """What the edge says of its copy of each page."""
    asked = " ".join(f"'{fleet.outside.address}{path}'" for path in paths)
    said = fleet["reader"].run(f"curl -skI --max-time 20 {asked} || true")
    return re.findall(r"^cache-status: (.+)$", said, re.M | re.I)


def test_a_new_version_fails_nobody(fleet: Fleet) -> None:
    outside = fleet.outside
    wait_until(lambda: outside.write("before the new version") == 201, "a comment", PATIENCE)
    with fleet.writers() as statuses:
        wait_until(lambda: len(statuses) > 5, "writers", PATIENCE)
        follow(fleet.machines, passage("A new version"), fleet.words)
        so_far = len(statuses)
        wait_until(lambda: len(statuses) > so_far + 5, "writers", PATIENCE)
    # Who writes so much is told to wait, by the product and on purpose.
    assert set(statuses) <= {201, 429}, statuses
    wait_until(lambda: outside.sees("before the new version"), "the page", PATIENCE)


def test_a_standby_takes_over(fleet: Fleet) -> None:
    follow(fleet.machines, passage("Following"), fleet.words)
    outside = fleet.outside
    removed = outside.post("removed while the standby heard nothing")
    wait_until(lambda: fleet.comments("standby") == fleet.comments("data"), "the standby", PATIENCE)
    fleet["standby"].run("ip link set eth0 down")
    outside.delete(removed)
    # As when the power goes.
    fleet["data"].run("pg_ctlcluster 15 main stop --mode immediate")
    fleet["standby"].run("ip link set eth0 up")

    *over, again, named, doctor = passage("Taking over")
    follow(fleet.machines, over, fleet.words)
    fleet.truth = "standby"
    wait_until(lambda: outside.sees("said to three machines"), "the page", PATIENCE)
    wait_until(lambda: outside.write("said to the standby") == 201, "a comment", PATIENCE)
    wait_until(lambda: outside.sees("said to the standby"), "that comment", PATIENCE)
    # The standby had not got it, and nobody has brought it back.
    assert "removed while" not in outside.page()

    follow(fleet.machines, [again, named, doctor], fleet.words)
    outside.write("said to both")
    wait_until(lambda: fleet.comments("standby") == fleet.comments("data"), "the old one", PATIENCE)


def test_timelines_in_cassandra(fleet: Fleet) -> None:
    fleet["wide"].run(CASSANDRA.format(jars=settings.CASSANDRA_JARS), seconds=600)
    follow(fleet.machines, passage("Cassandra"), fleet.words)
    wait_until(lambda: is_well(fleet["app"], "voxpop doctor"), "health", PATIENCE)
    assert "ok   cassandra: answers" in fleet["app"].run("voxpop doctor")
    told = fleet["wide"].run(IN_CASSANDRA).split()
    assert told == [str(fleet.comments(which=" WHERE status = 'published'")), "3"]
