"""F1, F11: the author's process dies after its commit; every node is purged all the same, and told
in order. A node that is started in the midst of it delays nobody."""

import uuid

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.pretended import PretendedNode
from tests.server.running import Running

pytestmark = [pytest.mark.server, pytest.mark.long]
SECRET = "a-secret-of-a-good-length-0123456789"


def test_the_purge_comes_out_of_the_outbox(server: Running) -> None:
    node, away = PretendedNode(SECRET), PretendedNode(SECRET)
    for each in (node, away):
        each.start()
    away.stop()
    server.environment |= {
        "VOXPOP_EDGE_SECRET": SECRET,
        "VOXPOP_EDGE_NODES": f"{node.address},{away.address}",
    }
    try:
        server.start()
        token = server.guest()
        assert server.post(token, "Posted while a node is away").status == 201
        key = f"t:{server.thread()}"
        wait_until(lambda: key in node.purged(), "the repetition of a purge")
        assert server.stop() == 0

        server.start(VOXPOP_TEST_KILL_AT="before_purge")
        heard = len(node.heard)
        with pytest.raises(OSError):
            server.post(token, "Acknowledged by nobody", str(uuid.uuid4()))
        server.wait_for_death()
        assert not any(kind in {"soft", "hard"} for kind, _ in node.heard[heard:])

        heard = len(node.heard)
        server.start()
        wait_until(lambda: "soft" in [kind for kind, _ in node.heard[heard:]], "the purge")
        purged = next(told for kind, told in node.heard[heard:] if kind == "soft")
        assert key in purged["Voxpop-Keys"].split()
        assert purged["Voxpop-Number"] == "1"

        # Away since before the first of them: nothing is believed that it has, then it counts on.
        away.start()
        wait_until(lambda: away.epoch == node.epoch != "", "the return")
        assert away.kinds()[0] == "everything"
        assert server.post(token, "Posted when all are here").status == 201
        wait_until(lambda: key in away.purged(), "the numbered purge")
    finally:
        node.stop()
        away.stop()
