"""Told to end, a process first lets the edge notice, and answers whoever comes meanwhile."""

import signal

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server

# Long enough that the test sees it whatever else the machine does.
LEAVES_SLOWLY = """
from voxpop.cli import load_django
load_django([])
import voxpop.server.ending
voxpop.server.ending.LEAVING = 120
"""


def test_it_is_sick_before_it_is_gone(server: Running) -> None:
    server.environment |= {
        "VOXPOP_EDGE_NODES": f"http://127.0.0.1:{free_port()}",
        "VOXPOP_EDGE_SECRET": "s" * 32,
    }
    server.start(LEAVES_SLOWLY)
    assert server.process is not None
    ada = server.guest()
    assert server.ask("GET", "/healthz").status == 200
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.ask("GET", "/healthz").status == 503, "the word to the edge")
    assert server.post(ada, "On its way already").status == 201
    assert server.stop() == 0  # told a second time it goes at once


def test_without_an_edge_it_goes_at_once(server: Running) -> None:
    server.start(LEAVES_SLOWLY)
    assert server.stop() == 0
