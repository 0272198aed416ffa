"""A node as it is started, in front of a process that can be stopped in the middle of its work."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.alone]

SECRET = "a-secret-of-a-good-length-0123456789"
WAITING, COLD = 60, 10
# A fetch is given up after three seconds; the rest is the 60 threads of a busy machine.
GIVEN_UP = 5.0
# Every answer is kept for a second and says how many there were.
ORIGIN = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
asked = 0
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        global asked
        asked += self.path != "/healthz"
        body = str(asked).encode()
        self.send_response(200)
        self.send_header("Surrogate-Control", "max-age=1, stale-if-error=86400")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@dataclass
class Answer:
    status: int
    body: str
    is_stale: bool
    seconds: float


@pytest.fixture(scope="module")
def origin() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", ORIGIN, str(port)])
    yield process, port
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def node(
    tmp_path_factory: pytest.TempPathFactory, origin: tuple[subprocess.Popen[bytes], int]
) -> Iterator[Node]:
    node = Node(
        name="edge1",
        port=free_port(),
        purge_port=free_port(),
        backends=[("127.0.0.1", origin[1])],
        secret=SECRET,
        folder=tmp_path_factory.mktemp("node"),
        memory="32m",
    )
    node.start()
    yield node
    node.stop()


def get(node: Node, identifier: str = "a") -> Answer:
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", node.port, timeout=60)
    try:
        connection.request("GET", f"/embed/magazine/thread?i={identifier}")
        answer = connection.getresponse()
        body = answer.read().decode()
        is_stale = answer.getheader("Voxpop-Stale") == "1"
        return Answer(answer.status, body, is_stale, time.monotonic() - began)
    finally:
        connection.close()


def test_no_headers_of_a_reader_fill_the_buffer_of_the_log(node: Node):
    """Where it was filled to its last word Varnish died; with headers in it their sender chose."""
    wait_until(lambda: get(node).status == 200, "the origin", 20)
    connection = HTTPConnection("127.0.0.1", node.port, timeout=60)
    for length in range(0, 240, 4):
        for count in (10, 50):
            headers = {f"X-{number}": "x" * length for number in range(count)}
            connection.request("GET", f"/embed/magazine/thread?i={'u' * length}", headers=headers)
            assert connection.getresponse().read()
    connection.close()
    assert figure(node, "MAIN.shm_flushes") == 0


def figure(node: Node, name: str) -> int:
    told = subprocess.run(
        ["varnishstat", "-j", "-n", str(node.folder / "varnish")],
        capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    return int(json.loads(told.stdout)["counters"][name]["value"])


def test_sixty_who_wait_for_a_stopped_process_have_the_old_page(
    node: Node, origin: tuple[subprocess.Popen[bytes], int]
):
    process, _ = origin
    wait_until(lambda: get(node).status == 200, "the origin", 20)
    old = get(node).body
    together = threading.Barrier(WAITING + COLD)

    def wait_together(number: int) -> Answer:
        together.wait(20)
        return get(node, "a" if number < WAITING else "never-seen")

    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(1.5)  # its second is over
    with ThreadPoolExecutor(WAITING + COLD) as readers:
        told = list(readers.map(wait_together, range(WAITING + COLD)))
    answers, cold = told[:WAITING], told[WAITING:]
    assert {(a.status, a.is_stale) for a in answers} == {(200, True)}
    assert len({a.body for a in answers}) == 1
    assert int(answers[0].body) <= int(old) + 1
    # Had each tried for himself it would be three minutes.
    assert max(a.seconds for a in answers) < GIVEN_UP
    assert {(a.status, a.is_stale) for a in cold} == {(503, False)}
    assert max(a.seconds for a in cold) < GIVEN_UP
    wait_until(lambda: "sick" in node.adm("backend.list"), "the probe", 20)
    later = [get(node) for _ in range(5)]
    assert {(a.status, a.is_stale) for a in later} == {(200, True)}
    assert min(a.seconds for a in later) < 1

    os.kill(process.pid, signal.SIGCONT)
    wait_until(lambda: not get(node).is_stale, "a fresh page", 20)


def test_the_start_file_is_its_owners_alone(node: Node):
    start = node.folder / "start.vcl"
    assert SECRET in start.read_text()
    assert stat.S_IMODE(start.stat().st_mode) == 0o600
    assert SECRET not in " ".join(node.command())
    assert SECRET not in (node.folder / "varnish.log").read_text()


def test_a_node_that_cannot_start_says_why(node: Node, tmp_path: Path):
    second = Node("edge2", node.port, free_port(), node.backends, SECRET, tmp_path / "second")
    with pytest.raises(RuntimeError, match=r"edge2 did not start(.|\n)*Address already in use"):
        second.start()
    assert not second.alive()
    assert node.alive()
