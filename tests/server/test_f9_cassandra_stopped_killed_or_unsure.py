"""SAFETY F9, P9: Cassandra hangs, dies, or does not say whether it has written. Nobody waits for it
but who reads a timeline, and he not for long; nothing that is due is lost."""

import re
import time
from collections.abc import Iterator
from statistics import median

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running
from voxpop import cassandra as ours
from voxpop import ids
from voxpop.cassandra import Away, Client, make_tables
from voxpop.settings.environment import SettingsError
from voxpop.stack.engines.cassandra import Cassandra
from voxpop.timelines.contract import Entry, Owner, OwnerKind, StoreAway
from voxpop.timelines.wide import WideTimelines

pytestmark = [pytest.mark.server, pytest.mark.alone]

PATIENCE = 60  # seconds; a busy machine takes its time
PROMISED = 0.25  # seconds that a server which hangs may add (P9)


@pytest.fixture
def paused(cassandra: Cassandra) -> Iterator[Cassandra]:
    """The node, hanging until the test ends or resumes it."""
    cassandra.pause()
    yield cassandra
    cassandra.resume()


@pytest.fixture
def owner() -> Owner:
    return Owner(OwnerKind.INBOX, ids.new_id())


def asks_again(client: Client, whose: Owner) -> bool:
    try:
        WideTimelines(client).page(whose, limit=1)
    except StoreAway:
        return False
    return True


def took(question) -> float:
    begun = time.monotonic()
    with pytest.raises(StoreAway):
        question()
    return time.monotonic() - begun


def took_anew(client: Client, question) -> float:
    """The same, of a server that is thought to be well."""
    client.breaker.went_well()
    return took(question)


def test_a_reader_does_not_wait_for_a_node_that_hangs(keyspace, cassandra, owner):
    timelines = WideTimelines(keyspace)
    entry = Entry(ids.new_id())
    timelines.append([(owner, entry)])
    assert timelines.page(owner, limit=5) == [entry]
    cassandra.pause()
    try:
        questions = (
            lambda: timelines.page(owner, limit=5),
            lambda: timelines.watermark(owner),
            lambda: timelines.mark_read(owner, entry.id),
        )
        for question in questions:
            # Once more, and again, where the machine had other things to do.
            assert min(took_anew(keyspace, question) for _ in range(3)) < PROMISED
        # And the next ones do not wait at all.
        assert median(took(questions[0]) for _ in range(21)) < 0.01
    finally:
        cassandra.resume()
    wait_until(lambda: asks_again(keyspace, owner), "the node to be asked again", PATIENCE)
    assert timelines.page(owner, limit=5) == [entry]


class Unsure:
    """The session, whose next answers are lost on their way back: written, and nobody knows."""

    def __init__(self, session, losses):
        self._session, self.losses, self.sent = session, losses, 0

    def __getattr__(self, name):
        return getattr(self._session, name)

    def execute_async(self, statement, **more):
        from cassandra import OperationTimedOut

        future = self._session.execute_async(statement, **more)
        self.sent += 1
        if self.losses:
            self.losses -= 1
            future.result()
            future.result = lambda: (_ for _ in ()).throw(OperationTimedOut())
        return future


def test_what_was_written_though_nobody_said_so_is_there_once(keyspace, owner, monkeypatch):
    unsure = Unsure(keyspace.session(1), losses=0)
    monkeypatch.setattr(keyspace, "_session", unsure)
    timelines = WideTimelines(keyspace)
    entries = [Entry(ids.new_id()) for _ in range(3)]
    timelines.append([(owner, entries[0])])
    assert unsure.sent == 2  # its month, and the entry
    unsure.losses = 1
    timelines.append([(owner, entry) for entry in entries])
    assert unsure.losses == 0
    assert unsure.sent == 4  # three entries as one message, and that again
    assert timelines.page(owner, limit=9) == entries[::-1]


def test_who_never_hears_tries_again_later_and_it_is_there_once(keyspace, owner, monkeypatch):
    timelines = WideTimelines(keyspace)
    entry = Entry(ids.new_id())
    with monkeypatch.context() as patched:
        patched.setattr(keyspace, "_session", Unsure(keyspace.session(1), losses=99))
        with pytest.raises(StoreAway):
            timelines.append([(owner, entry)])
    keyspace.breaker.went_well()
    timelines.append([(owner, entry)])
    assert timelines.page(owner, limit=9) == [entry]


def test_a_keyspace_of_another_version_is_refused(keyspace, monkeypatch):
    monkeypatch.setattr(ours, "VERSION", 99)
    with pytest.raises(SettingsError, match=r"is of version 1, .* writes version 99"):
        make_tables(keyspace.session(5), keyspace.keyspace, copies=1)


def test_somebody_elses_keyspace_is_refused(keyspace):
    session = keyspace.session(5)
    name = f"{keyspace.keyspace}_other"
    session.execute(
        f"CREATE KEYSPACE {name} WITH replication = "
        "{'class': 'SimpleStrategy', 'replication_factor': 1}"
    )
    session.execute(f"CREATE TABLE {name}.theirs (name text PRIMARY KEY)")
    client = Client(keyspace.hosts, name)
    try:
        with pytest.raises(Away, match="somebody else's tables"):
            client.session(PATIENCE)
    finally:
        client.close()


@pytest.fixture
def product(server: Running, cassandra: Cassandra, keyspace: Client) -> Running:
    """The product with one guest, on a keyspace of its own."""
    server.environment |= {
        "VOXPOP_CASSANDRA": cassandra.contact,
        "VOXPOP_CASSANDRA_KEYSPACE": f"served_{ids.public(ids.new_id())}",
    }
    return server


def activity(server: Running, session: str) -> tuple[int, list[str]]:
    """The status of the page, and the comments' texts on it."""
    answer = server.ask("GET", "/moderate/magazine/activity/", Cookie=f"session={session}")
    return answer.status, re.findall(r"Said \d+", answer.body.decode())


def said(*numbers: int) -> list[str]:
    return [f"Said {number}" for number in numbers]


def shows(product: Running, session: str, *numbers: int) -> None:
    """Wait until the page has these comments and no others."""
    wait_until(lambda: activity(product, session) == (200, said(*numbers)), "it", PATIENCE)


def post(product: Running, guest: str, number: int) -> None:
    """Post, and read the page after it."""
    assert product.post(guest, f"Said {number}").status == 201
    assert product.ask("GET", f"/t/{product.thread()}/").status == 200


@pytest.mark.long
def test_posts_go_on_while_it_hangs_and_the_timeline_catches_up(product, cassandra):
    product.start()
    session, guest = product.session("owner@magazine.test"), product.guest()
    for number in (1, 2, 3):
        post(product, guest, number)
    shows(product, session, 3, 2, 1)
    cassandra.pause()
    try:
        for number in (4, 5, 6):
            post(product, guest, number)
        assert activity(product, session)[0] == 503
        due = product.run_python(
            "from voxpop.events.models import OutboxEvent\n"
            "print(OutboxEvent.objects.filter(name='CommentPublished').count())"
        )
        assert int(due) > 0
    finally:
        cassandra.resume()
    shows(product, session, 6, 5, 4, 3, 2, 1)
    assert product.stop() == 0


@pytest.mark.long
def test_posts_go_on_while_it_is_dead_and_the_timeline_catches_up(product, cassandra):
    product.start()
    session, guest = product.session("owner@magazine.test"), product.guest()
    post(product, guest, 1)
    shows(product, session, 1)
    cassandra.kill()
    try:
        post(product, guest, 2)
        assert activity(product, session)[0] == 503
    finally:
        cassandra.start()
    shows(product, session, 2, 1)
    assert product.stop() == 0


@pytest.mark.long
def test_all_of_it_is_made_again_by_one_command(product, keyspace):
    product.start()
    session, guest = product.session("owner@magazine.test"), product.guest()
    for number in (1, 2, 3):
        product.post(guest, f"Said {number}")
    wait_until(lambda: activity(product, session) == (200, said(3, 2, 1)), "it", PATIENCE)
    served = product.environment["VOXPOP_CASSANDRA_KEYSPACE"]
    for table in ("timeline", "timeline_month"):
        keyspace.session(5).execute(f"TRUNCATE {served}.{table}", timeout=PATIENCE)
    assert activity(product, session) == (200, [])
    assert "3 comments" in product.command("timelines", "rebuild")
    assert activity(product, session) == (200, said(3, 2, 1))


@pytest.mark.long
def test_a_start_stops_at_a_keyspace_of_another_version(product, keyspace):
    product.start()
    assert product.stop() == 0
    served = product.environment["VOXPOP_CASSANDRA_KEYSPACE"]
    keyspace.session(5).execute(f"UPDATE {served}.about SET version = 99 WHERE name = 'schema'")
    with pytest.raises(AssertionError, match="is of version 99"):
        product.start()
    assert product.process is not None
    assert product.process.wait(PATIENCE) == 1


@pytest.mark.long
def test_without_a_node_the_product_starts_all_the_same(product):
    product.environment["VOXPOP_CASSANDRA"] = "127.0.0.1:9"
    product.start()
    assert product.post(product.guest(), "Said 1").status == 201
    assert product.stop() == 0
