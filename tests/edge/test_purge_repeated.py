"""Every purge once more, numbered, from the outbox, until each node says that it has counted it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import transaction

from tests.browser.harness.waiting import wait_until
from tests.edge.pretended import PretendedNode, hang_up_here
from voxpop.edge import purge, purger
from voxpop.events import Event, dispatch, record, repeats, worker
from voxpop.events.models import EdgeNode, OutboxEvent
from voxpop.events.repeats import Repeats, away_nodes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]
SECRET = "a-secret-of-a-good-length-0123456789"


@dataclass(frozen=True)
class Said(Event):
    thread: str


@dataclass(frozen=True)
class Unsaid(Event):
    thread: str


@pytest.fixture
def announced(monkeypatch) -> list[str]:
    """A table with a soft and a hard purge, and quick clocks."""
    announced: list[str] = []

    def announce(event):
        announced.append(event.thread)

    def softly(event):
        return purge.Purge([f"t:{event.thread}", "f:forum"])

    def hard(event):
        return purge.Purge([f"t:{event.thread}", f"e:{event.thread}", "f:forum"], is_hard=True)

    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install(
        {
            Said: dispatch.Consequences(purges=softly, at_once=[announce]),
            Unsaid: dispatch.Consequences(purges=hard, at_once=[announce]),
        }
    )
    dispatch.worker_runs_here(True)
    monkeypatch.setattr(purge, "ANSWER", 5)  # an author on a busy machine waits longer than ours
    monkeypatch.setattr(repeats, "PAUSE", 0.0)
    monkeypatch.setattr(purger, "BEAT", 0.05)
    monkeypatch.setattr(purger, "AWAY_AFTER", 0.5)
    return announced


@pytest.fixture
def node(settings, announced) -> Iterator[PretendedNode]:
    """One node, known to an earlier purger, and now away."""
    node = PretendedNode(SECRET)
    node.start()
    node.stop()
    settings.EDGE_NODES = [node.address]
    settings.EDGE_SECRET = SECRET
    EdgeNode.objects.create(
        address=node.address, has_missed_removal=False, release=repeats.release()
    )
    yield node
    hang_up_here()
    node.stop()


@contextmanager
def repeating(node: PretendedNode) -> Iterator[Callable[[], None]]:
    """A purger at work; what it gives is one look into the outbox (tests share one connection)."""
    ours = Repeats([node.address])
    ours.purger.start()
    try:
        yield ours._round
    finally:
        ours.purger.stop()


def say(event: Event) -> None:
    with transaction.atomic():
        record(event)


def rounds_until(look: Callable[[], None], is_true: Callable[[], object], what: str) -> None:
    def looked() -> object:
        look()
        return is_true()

    wait_until(looked, what)


def test_a_crash_between_commit_and_purge_loses_nothing(node, announced):
    # The author's process is gone, and so is what it would have done; only its commit is left.
    for kind in (Said, Unsaid, Said):
        OutboxEvent.objects.create(name=kind.__name__, payload={"thread": "a"}, is_purge_due=True)
    node.start()
    with repeating(node) as look:
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
    # Each has its number, and its kind; then the node may count on.
    assert node.kinds() == ["soft", "hard", "soft", "adopt"]
    assert node.purged() == {"t:a", "e:a", "f:forum"}
    assert announced == ["a", "a", "a"]


def test_what_was_purged_at_once_is_purged_again_and_only_then_forgotten(node):
    node.start()
    with repeating(node) as look:
        look()
        wait_until(lambda: node.epoch, "the adoption")
        say(Said("a"))
        assert node.kinds() == ["adopt", "soft"]
        worker.drain_outbox()
        assert OutboxEvent.objects.count() == 1  # not the worker's business yet
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
        assert node.kinds() == ["adopt", "soft", "soft"]
        assert node.reached == 1
    said = [headers for kind, headers in node.heard if kind == "soft"]
    assert "Voxpop-Number" not in said[0]
    assert (said[1]["Voxpop-Number"], said[1]["Voxpop-Epoch"]) == ("1", node.epoch)


def test_a_purge_follows_the_commit_and_never_comes_before_it(node):
    node.start()
    with transaction.atomic():
        record(Said("a"))
        assert node.kinds() == []
    assert node.kinds() == ["soft"]
    with transaction.atomic():
        record(Said("a"))
        transaction.set_rollback(True)
    assert node.kinds() == ["soft"]


def test_a_row_stays_until_every_node_has_counted_it(node, monkeypatch):
    monkeypatch.setattr(purger, "AWAY_AFTER", 60)
    node.start()
    with repeating(node) as look:
        look()
        wait_until(lambda: node.epoch, "the adoption")
        node.stop()
        say(Said("a"))
        for _ in range(5):
            look()
        assert OutboxEvent.objects.count() == 1
        node.start()
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
    assert node.purged() == {"t:a", "f:forum"}
    assert "everything" not in node.kinds()


def test_lost_purges_are_noticed_by_the_heartbeat_and_sent_again_in_order(node):
    node.start()
    with repeating(node) as look:
        look()
        wait_until(lambda: node.epoch, "the adoption")
        node.loses = 3  # of which two are the author's own
        say(Said("a"))
        say(Said("b"))
        rounds_until(look, lambda: node.reached == 2, "the lost purge")
        say(Unsaid("c"))
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
    assert node.purged() == {"t:a", "t:b", "t:c", "e:c", "f:forum"}


@pytest.mark.parametrize(("event", "is_hard"), [(Said("a"), False), (Unsaid("a"), True)])
def test_a_node_that_was_away_is_told_to_trust_nothing_from_before(node, event, is_hard):
    with repeating(node) as look:
        rounds_until(look, away_nodes, "the absence")
        say(event)
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
        assert [each.has_missed_removal for each in away_nodes()] == [is_hard]
        node.start()
        rounds_until(look, lambda: not away_nodes(), "the return")
        say(Said("b"))
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
    first = node.heard[0]
    assert first[0] == "everything"
    assert ("Voxpop-Hard" in first[1]) is is_hard
    assert node.purged() == {"t:b", "f:forum"}


def test_an_absence_outlives_the_purger(node):
    with repeating(node) as look:
        rounds_until(look, away_nodes, "the absence")
    node.start()
    with repeating(node) as look:
        rounds_until(look, lambda: not away_nodes(), "the return")
    assert node.kinds()[0] == "everything"


def test_a_new_purger_goes_on_without_a_word_about_everything(node):
    node.start()
    for thread in ("a", "b"):
        with repeating(node) as look:
            say(Said(thread))
            rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
    assert "everything" not in node.kinds()
    assert node.purged() == {"t:a", "t:b", "f:forum"}


def test_a_node_that_was_never_purged_is_believed_nothing(node):
    EdgeNode.objects.all().delete()
    node.start()
    with repeating(node) as look:
        rounds_until(look, lambda: node.epoch and not away_nodes(), "the adoption")
    assert node.heard[0][0] == "everything"
    assert node.heard[0][1]["Voxpop-Hard"] == "1"


def test_a_node_that_was_started_anew_counts_on(node):
    node.start()
    with repeating(node) as look:
        look()
        wait_until(lambda: node.epoch, "the adoption")
        say(Said("a"))
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
        node.forget()
        wait_until(lambda: node.epoch, "the adoption")
        say(Said("b"))
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
        assert node.reached == 2
    assert node.kinds().count("everything") == 1


def test_a_node_that_has_missed_more_than_is_remembered_trusts_nothing_from_before(
    node, monkeypatch
):
    monkeypatch.setattr(purger, "REMEMBERED", 2)
    for thread in range(20):
        OutboxEvent.objects.create(name="Said", payload={"thread": thread}, is_purge_due=True)
    node.start()
    with repeating(node) as look:
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")
    assert node.kinds()[0] == "everything"


def test_a_node_that_only_pretends_to_count_is_away(node):
    node.take_beat = lambda headers: {}  # what stands there answers 200 to everything
    node.start()
    with repeating(node) as look:
        say(Said("a"))
        rounds_until(look, away_nodes, "the absence")
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")


def test_another_release_is_told_to_every_node(node, monkeypatch):
    node.start()
    with repeating(node) as look:
        rounds_until(look, lambda: not away_nodes() and node.epoch, "the adoption")
    before = node.kinds().count("everything")
    with repeating(node) as look:
        rounds_until(look, lambda: "adopt" in node.kinds()[-2:], "the next adoption")
    assert node.kinds().count("everything") == before
    monkeypatch.setattr(repeats, "release", lambda: "another")
    with repeating(node) as look:
        rounds_until(look, lambda: node.kinds().count("everything") == before + 1, "everything")
        rounds_until(look, lambda: not away_nodes(), "the return")


def test_a_node_taken_out_of_the_settings_is_forgotten(node, settings):
    with repeating(node) as look:
        rounds_until(look, away_nodes, "the absence")
    repeats.know_nodes([])
    assert not EdgeNode.objects.exists()


def test_a_clock_that_jumps_delays_no_purge(node, monkeypatch):
    node.start()
    OutboxEvent.objects.create(
        name="Said", payload={"thread": "a"}, is_purge_due=True,
        created="2099-01-01T00:00Z", due="2099-01-01T00:00Z",
    )  # fmt: skip
    with repeating(node) as look:
        rounds_until(look, lambda: not OutboxEvent.objects.exists(), "the end of the outbox")


def test_every_link_beats_also_while_nothing_happens(node):
    node.start()
    with repeating(node) as look:
        look()
        wait_until(lambda: [kind for kind, _ in node.heard].count("beat") > 5, "heartbeats")
    told = {(h["Voxpop-Number"], h["Voxpop-Epoch"]) for kind, h in node.heard if kind == "beat"}
    assert told == {("0", node.epoch)}
