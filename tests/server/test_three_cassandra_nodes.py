"""Three real nodes on three addresses: one of them dies while they are written to, then two; and
all three hang behind the product."""

import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.browser.harness.waiting import wait_until
from tests.left_out import leave_out
from tests.server.behind import PROMISED, Behind, before_cassandra
from voxpop import ids
from voxpop.cassandra import Client
from voxpop.settings.environment import SettingsError
from voxpop.stack.engines.cassandra import Cassandra
from voxpop.stack.ports import free_ports
from voxpop.timelines.contract import Entry, Owner, OwnerKind, StoreAway
from voxpop.timelines.wide import WideTimelines

pytestmark = [pytest.mark.long, pytest.mark.alone]

ENTRIES, OWNERS, AT_ONCE = 6000, 20, 20
PATIENCE = 60
UP = 240  # seconds; they start one after the other


@pytest.fixture(scope="module")
def cluster() -> Iterator[list[Cassandra]]:
    folder = Path(tempfile.mkdtemp(prefix="voxpop-cassandra-three-"))
    ports = free_ports()
    port, storage = next(ports), next(ports)
    found = [
        Cassandra(
            folder / str(number),
            cache=settings.CASSANDRA_JARS,
            address=f"127.0.0.{number}",
            port=port,
            storage_port=storage,
        )
        for number in (1, 2, 3)
    ]
    try:
        for node in found:
            try:
                node.start(UP)
            except SettingsError as missing:
                leave_out("three Cassandra nodes", str(missing))
        yield found
    finally:
        for node in found:
            node.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def nodes(cluster: list[Cassandra]) -> list[Cassandra]:
    """All three, whatever the test before has done to them."""
    for node in cluster:
        if not node.is_running():
            node.start(UP)
    return cluster


@pytest.fixture
def client(nodes: list[Cassandra]) -> Iterator[Client]:
    ours = Client([(node.address, node.port) for node in nodes], f"test_{secrets.token_hex(6)}")
    ours.session(60)
    yield ours
    ours.close()


def test_what_was_acknowledged_while_a_node_died_is_all_there(nodes, client):
    """At a quorum of three copies nobody notices one; whoever was not answered writes again."""
    timelines = WideTimelines(client, PATIENCE)
    owners = [Owner(OwnerKind.INBOX, ids.new_id()) for _ in range(OWNERS)]
    entries = [Entry(ids.new_id()) for _ in range(ENTRIES)]
    acknowledged: set[int] = set()
    unanswered = 0
    a_third_is_in = threading.Event()

    def kill_one() -> None:
        a_third_is_in.wait()
        nodes[2].kill()

    killer = threading.Thread(target=kill_one)
    killer.start()
    for start in range(0, ENTRIES, AT_ONCE):
        some = entries[start : start + AT_ONCE]
        placed = [(owners[entry.id % OWNERS], entry) for entry in some]

        def is_in(placed=placed) -> bool:
            nonlocal unanswered
            try:
                timelines.append(placed)
            except StoreAway:
                unanswered += 1
                return False
            return True

        wait_until(is_in, "a quorum", 60)
        acknowledged.update(entry.id for entry in some)
        if start >= ENTRIES // 3:
            a_third_is_in.set()
    killer.join()
    assert not nodes[2].is_running()
    assert len(acknowledged) == ENTRIES
    all_are_there(timelines, owners, entries)

    # It comes back, and what it has missed is read through the others.
    nodes[2].start(UP)
    nodes[1].kill()
    all_are_there(timelines, owners, entries)


def test_each_row_is_on_all_three_and_two_of_them_decide(nodes, client):
    """LOCAL_QUORUM of three copies: what one alone says is neither believed nor enough."""
    timelines = WideTimelines(client, PATIENCE)
    owner, entry = Owner(OwnerKind.INBOX, ids.new_id()), Entry(ids.new_id())
    wait_until(lambda: is_written(timelines, owner, entry), "a quorum", UP)
    metadata = client.session(5).cluster.metadata
    assert len(metadata.get_replicas(client.keyspace, str(owner).encode())) == 3
    nodes[2].kill()
    wait_until(lambda: is_written(timelines, owner, entry), "a quorum of two", 2 * PATIENCE)
    assert timelines.page(owner, limit=5) == [entry]
    nodes[1].kill()
    for _ in range(3):
        client.breaker.went_well()
        assert not is_written(timelines, owner, Entry(ids.new_id()))
        client.breaker.went_well()
        assert not is_readable(timelines, owner)


def test_while_all_three_hang_posts_go_on_nobody_waits_and_then_all_is_there(
    nodes, server, record_property
):
    behind = before_cassandra(server, nodes, ",".join(node.contact for node in nodes))
    behind.start()
    try:
        added = behind.added()
        record_property("ms added while three nodes hang", added)
        assert max(added.values()) <= PROMISED, added
        behind.pause()
        guest = server.guest()
        said = [f"Said {number}" for number in range(3)]
        assert [server.post(guest, each).status for each in said] == [201] * 3
        assert activity(behind) == (503, [])
    finally:
        behind.resume()
    wait_until(lambda: activity(behind) == (200, said[::-1]), "the timeline", UP)
    assert server.stop() == 0


def activity(behind: Behind) -> tuple[int, list[str]]:
    """The status of the page, and what was said last of all that is on it."""
    path, cookie = behind.pages["activity"], f"session={behind.session}"
    answer = behind.server.ask("GET", path, Cookie=cookie)
    return answer.status, re.findall(r"Said \d+", answer.body.decode())


def is_written(timelines: WideTimelines, owner: Owner, entry: Entry) -> bool:
    try:
        timelines.append([(owner, entry)])
    except StoreAway:
        return False
    return True


def all_are_there(timelines: WideTimelines, owners: list[Owner], entries: list[Entry]) -> None:
    for owner in owners:
        wait_until(lambda owner=owner: is_readable(timelines, owner), "a read", 2 * PATIENCE)
        expected = [e for e in reversed(entries) if owners[e.id % OWNERS] == owner]
        assert timelines.page(owner, limit=ENTRIES) == expected


def is_readable(timelines: WideTimelines, owner: Owner) -> bool:
    try:
        timelines.page(owner, limit=1)
    except StoreAway:
        return False
    return True
