"""The floor at a running edge node: who has written costs one fetch, who pretends costs none."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.browser.harness.waiting import wait_until
from voxpop.edge import floor
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server

SECRET = "the-secret-of-this-node-and-of-nobody-else"
THREAD, OTHER = "t" * 20, "o" * 20
READERS = 60
FORGED = 10_000


@dataclass
class Origin:
    """Django as an edge node sees it: one thread's page, at the place its log has reached."""

    seq: int = 1
    status: int = 200
    seconds: float = 0.0
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if path == "/healthz":
            return 200, {}, b"ok"
        self.asked.append(path)
        seq = self.seq
        time.sleep(self.seconds)
        headers = {
            "Cache-Control": "public, max-age=0, must-revalidate",
            "Surrogate-Control": "max-age=3600, stale-if-error=86400",
            "Surrogate-Key": f"t:{THREAD} s:magazine",
            "Voxpop-Seq": str(seq),
            "Content-Type": "text/plain",
        }
        return self.status, headers, f"the page at {seq}".encode()


@dataclass
class Edge:
    node: Node
    origin: Origin
    page: str = "/embed/magazine/thread?i=none"

    def get(self, query: str = "", token: str = "") -> tuple[dict[str, str], str]:
        """The page as a reader gets it: its headers and its text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=30)
        try:
            connection.request(
                "GET", self.page + query, headers={"Voxpop-Floor": token} if token else {}
            )
            answer = connection.getresponse()
            headers, body = dict(answer.getheaders()), answer.read().decode()
            assert answer.status == 200, f"{answer.status} {body}"
            return headers, body
        finally:
            connection.close()

    def stored_at(self, seq: int) -> None:
        """The node has the page as it was at `seq`; the log has gone on by one, unheard."""
        self.origin.seq = seq
        assert self.get()[1] == f"the page at {seq}"
        self.origin.seq += 1
        self.origin.asked.clear()
        assert self.get()[1] == f"the page at {seq}"
        assert self.origin.asked == []

    def beat(self) -> None:
        """Word from the purger, without which the node would distrust what is ten seconds old."""
        connection = http.client.HTTPConnection("127.0.0.1", self.node.purge_port, timeout=10)
        headers = {"Voxpop-Secret": SECRET, "Voxpop-Number": "0", "Voxpop-Epoch": "e"}
        try:
            connection.request("BEAT", "/", headers=headers)
            assert connection.getresponse().status == 200
        finally:
            connection.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    edge = Edge(None, Origin())  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = edge.origin.answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    edge.node = Node(
        name="floor",
        port=free_port(),
        purge_port=free_port(),
        backends=[("127.0.0.1", server.server_address[1])],
        secret=SECRET,
        folder=tmp_path_factory.mktemp("floor"),
        memory="32m",
    )
    edge.node.start()
    over = threading.Event()

    def keep_beating() -> None:
        while not over.wait(0.5):
            edge.beat()

    try:
        _adopt(edge)
        purger = threading.Thread(target=keep_beating)
        purger.start()
        wait_until(lambda: edge.get()[1], "the node", 20)
        yield edge
        over.set()
        purger.join()
    finally:
        over.set()
        edge.node.stop()
        server.shutdown()
        server.server_close()


def _adopt(edge: Edge) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", edge.node.purge_port, timeout=10)
    headers = {"Voxpop-Secret": SECRET, "Voxpop-Kind": "adopt", "Voxpop-Adopt": "0"}
    connection.request("PURGE", "/", headers={**headers, "Voxpop-Epoch": "e"})
    assert connection.getresponse().status == 200
    connection.close()
    edge.beat()


@pytest.fixture
def edge(running: Edge, settings: Any, request: pytest.FixtureRequest) -> Edge:
    settings.EDGE_SECRET = SECRET
    origin = running.origin
    origin.status, origin.seconds = 200, 0.0
    running.page = f"/embed/magazine/thread?i={request.node.name}"
    return running


def test_sixty_readers_with_a_floor_cost_one_fetch(edge: Edge) -> None:
    edge.stored_at(1)
    edge.origin.seconds = 0.5
    with ThreadPoolExecutor(READERS) as readers:
        asked = [readers.submit(edge.get, token=floor.token(THREAD, 2)) for _ in range(READERS)]
    assert {each.result()[1] for each in asked} == {"the page at 2"}
    assert len(edge.origin.asked) == 1
    edge.origin.asked.clear()

    assert edge.get()[1] == "the page at 2"  # and everybody else has it from now on
    assert edge.get(token=floor.token(THREAD, 2))[1] == "the page at 2"
    assert edge.origin.asked == []


def test_ten_thousand_forged_tokens_cost_no_fetch(edge: Edge, monkeypatch: Any) -> None:
    edge.stored_at(1)
    good = floor.token(THREAD, 2)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() - 3600)
    expired = floor.token(THREAD, 2)
    monkeypatch.undo()
    thread, _, expires, signature = good.split(".")
    pretended = [
        floor.token(OTHER, 2),
        floor.token(THREAD, 1),
        expired,
        f"{thread}.3.{expires}.{signature}",
        f"{thread}.2.{int(expires) + 1}.{signature}",
        f"{OTHER}.2.{expires}.{signature}",
        f"{thread}.2.{expires}.{'0' * 32}",
        f"{thread}.2.{expires}.",
        f"{thread}.-2.{expires}.{signature}",
        good.upper(),
        f"{good}{good}",
        "9" * 4000,
    ]
    request = "HEAD {} HTTP/1.1\r\nHost: localhost\r\nVoxpop-Floor: {}\r\n\r\n"
    answers = b""
    with socket.create_connection(("127.0.0.1", edge.node.port), timeout=30) as line:
        for start in range(0, FORGED, 50):
            made = [pretended[(start + n) % len(pretended)] for n in range(50)]
            line.sendall("".join(request.format(edge.page, token) for token in made).encode())
            heads = b""
            while heads.count(b"\r\n\r\n") < len(made):
                received = line.recv(1 << 16)
                assert received
                heads += received
            answers += heads

    assert answers.count(b"HTTP/1.1 200") == FORGED
    assert answers.lower().count(b"voxpop-seq: 1\r\n") == FORGED
    assert edge.origin.asked == []
    assert edge.get(token=good)[1] == "the page at 2"


def test_in_an_address_it_counts_and_is_no_part_of_it(edge: Edge) -> None:
    edge.stored_at(1)
    assert edge.get(f"&floor={floor.token(THREAD, 2)}")[1] == "the page at 2"
    assert edge.origin.asked == [edge.page]
    assert edge.get()[1] == "the page at 2"
    assert edge.origin.asked == [edge.page]


def test_what_cannot_be_fetched_is_served_as_it_was_and_says_so(edge: Edge) -> None:
    edge.stored_at(1)
    edge.origin.status = 500
    headers, body = edge.get(token=floor.token(THREAD, 2))
    assert (headers["Voxpop-Stale"], body) == ("1", "the page at 1")
    edge.origin.status = 200
    again = floor.token(THREAD, 2)
    wait_until(lambda: edge.get(token=again)[1] == "the page at 2", "the page as it is now")


def test_a_place_that_nothing_has_reached_is_not_asked_for_without_end(edge: Edge) -> None:
    edge.stored_at(1)
    headers, body = edge.get(token=floor.token(THREAD, 1000))
    assert ("Voxpop-Stale" in headers, body) == (False, "the page at 2")
    assert len(edge.origin.asked) == 1


def test_a_copy_that_was_stored_this_very_millisecond_is_too_old_as_well(edge: Edge) -> None:
    token = floor.token(THREAD, 2)
    with socket.create_connection(("127.0.0.1", edge.node.port), timeout=20) as reader:

        def ask(page: str, more: str = "") -> bytes:
            reader.sendall(f"GET {page} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
            said = b""
            while b"the page at" not in said:
                said += reader.recv(65536)
            return said

        # A copy has no age for a millisecond; some of these questions come within it.
        for number in range(50):
            edge.origin.seq = 1
            page = f"/embed/magazine/thread?i=moment-{number}"
            assert b"the page at 1" in ask(page)
            edge.origin.seq = 2
            assert b"the page at 2" in ask(page, f"Voxpop-Floor: {token}\r\n")
