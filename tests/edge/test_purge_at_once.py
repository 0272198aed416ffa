"""The author's own purge: every node at once, no long wait, never an error."""

import time
from select import select

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.pretended import PretendedNode, hang_up_here
from voxpop.edge.fence import bucket
from voxpop.edge.line import Line
from voxpop.edge.orders import forget_keys
from voxpop.edge.purge import Purge, purge, refuse_wrong_secret
from voxpop.settings.environment import SettingsError

SECRET = "a-secret-of-a-good-length-0123456789"


@pytest.fixture
def two(settings, monkeypatch):
    """Two nodes and the settings that name them, and more patience than an author has."""
    monkeypatch.setattr("voxpop.edge.purge.CONNECT", 5)
    monkeypatch.setattr("voxpop.edge.purge.ANSWER", 5)
    monkeypatch.setattr("voxpop.edge.purge.PAUSE", 60)
    two = [PretendedNode(SECRET), PretendedNode(SECRET)]
    for node in two:
        node.start()
    settings.EDGE_NODES = [node.address for node in two]
    settings.EDGE_SECRET = SECRET
    yield two
    hang_up_here()
    for node in two:
        node.stop()


def test_every_node_is_told_the_keys_their_buckets_and_how(two, settings):
    settings.EDGE_TRANSPORT = "ban"
    keys = [f"t:{n:020}" for n in range(6)]
    purge(Purge(keys, is_hard=True))
    for node in two:
        assert node.kinds() == ["hard", "hard"]
        # The orders travel side by side, each on a connection of its own.
        told = sorted((headers for _, headers in node.heard), key=lambda each: each["Voxpop-Keys"])
        assert [each["Voxpop-Keys"] for each in told] == [" ".join(keys[:4]), " ".join(keys[4:])]
        assert told[1]["Voxpop-Buckets"] == f"{bucket(keys[4])} {bucket(keys[5])}"
        assert {each["Voxpop-Transport"] for each in told} == {"ban"}
        assert not any("Voxpop-Number" in each for each in told)


def test_connections_are_kept_and_one_that_was_closed_meanwhile_is_no_failure(two):
    for _ in range(3):
        purge(Purge(["t:a"]))
    assert [len(node._connections) for node in two] == [1, 1]
    two[0].hang_up()
    purge(Purge(["t:b"]))
    assert [len(node.heard) for node in two] == [4, 4]


def test_a_node_that_is_away_keeps_nobody_from_the_others_and_is_left_alone_for_a_while(two):
    two[0].stop()
    purge(Purge(["t:a"]))
    two[0].start()
    purge(Purge(["t:b"]))
    assert two[0].heard == []
    assert len(two[1].heard) == 2


@pytest.mark.broad
def test_a_node_that_hangs_costs_one_author_a_moment_and_the_next_nothing(two, monkeypatch):
    monkeypatch.setattr("voxpop.edge.purge.ANSWER", 0.5)
    monkeypatch.setattr("voxpop.edge.purge.CONNECT", 0.5)
    two[0].delay = 60
    began = time.monotonic()
    purge(Purge(["t:a"]))
    purge(Purge(["t:b"]))
    assert time.monotonic() - began < 30
    # The second did not even ask: one connection, one question.
    assert len(two[0]._connections) == 1
    assert len(two[1].heard) == 2


def test_an_answer_that_came_in_time_counts_also_when_it_is_read_late(two):
    line = Line(two[0].address)
    sent = line.send(forget_keys(["t:a"], is_hard=False, number=None), connect=5, answer=5)
    wait_until(lambda: select([sent._connection], [], [], 0)[0], "the answer")
    sent._until = 0.0  # another node has used up the time
    assert sent.answer().status == 200
    line.close()


def test_a_node_is_asked_again_after_the_pause(two, monkeypatch):
    monkeypatch.setattr("voxpop.edge.purge.PAUSE", 0.0)
    two[0].status = 500
    purge(Purge(["t:a"]))
    two[0].status = 200
    purge(Purge(["t:b"]))
    assert two[0].kinds() == ["soft"]


def test_no_nodes_no_purge(settings):
    settings.EDGE_NODES = []
    purge(Purge(["t:a"]))


def test_a_wrong_secret_stops_the_start_and_a_node_that_is_away_does_not(two, settings):
    refuse_wrong_secret()
    two[0].stop()
    refuse_wrong_secret()
    settings.EDGE_SECRET = "another-secret-of-a-good-length-987654"
    with pytest.raises(SettingsError, match="refuses our secret"):
        refuse_wrong_secret()
