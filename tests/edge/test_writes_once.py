"""A write arrives once, whoever hangs up: through HAProxy and a node, as readers reach them."""

import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.front import HOST, haproxy
from tests.edge.origin import SECRET
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server

READ, ANSWERED = "/home/", "/api/v1/preview"
PATHS = {
    "POST": "/api/v1/moderation/decisions/d/undo",
    "DELETE": "/api/v1/comments/c",
    "PUT": "/api/v1/comments/c/vote",
    "PATCH": "/api/v1/comments/c",
}


@dataclass
class Closer:
    """A Django or a node that keeps its connections, and hangs up on every write but one kind."""

    is_node: bool = False
    came: Counter[str] = field(default_factory=Counter)
    # Requests by the place they have on their connection; 0 is the first.
    places: list[int] = field(default_factory=list)

    def start(self) -> int:
        """Listen; the port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=[connection], daemon=True).start()

    def _hear(self, connection: socket.socket) -> None:
        # A health check has heard enough and hangs up.
        with suppress(OSError):
            self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        place = 0
        with connection, connection.makefile("rwb") as stream:
            while first := stream.readline():
                method, path, _ = first.decode().split()
                headers = {}
                while line := stream.readline().strip():
                    name, _, value = line.decode().partition(": ")
                    headers[name.lower()] = value
                _read_body(cast(BinaryIO, stream), headers)
                if method == "GET" or path == ANSWERED:
                    is_probe_of_a_node = self.is_node and path == "/healthz"
                    status = b"404 Not Found" if is_probe_of_a_node else b"200 OK"
                    stream.write(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok" % status)
                    stream.flush()
                    place += 1
                    continue
                self.came[method] += 1
                self.places.append(place)
                return


def _read_body(stream: BinaryIO, headers: dict[str, str]) -> None:
    stream.read(int(headers.get("content-length", "0")))
    if headers.get("transfer-encoding") == "chunked":
        while size := int(stream.readline(), 16):
            stream.read(size + 2)
        stream.readline()


@dataclass
class Way:
    """HAProxy with its certificate, a node behind it, and who hangs up behind that."""

    folder: Path
    port: int
    closer: Closer

    def write(self, version: str, *options: str, path: str) -> list[str]:
        """A read, a write that is answered and this one, on one connection; the status of each."""
        ask = [
            "--silent", "--max-time", "20", version, "--noproxy", "*", "--output", "/dev/null",
            "--cacert", str(self.folder / "certificates/authority.pem"), "--write-out",
            "%{http_code} ", "--resolve", f"{HOST}:{self.port}:127.0.0.1",
        ]  # fmt: skip
        address = f"https://{HOST}:{self.port}"
        command = ["curl", *ask, f"{address}{READ}"]
        command += ["--next", *ask, "--data", "{}", f"{address}{ANSWERED}"]
        command += ["--next", *ask, *options, f"{address}{path}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.split()


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """HAProxy, a node, and behind it a Django that hangs up on writes."""
    folder = tmp_path_factory.mktemp("way")
    closer = Closer()
    django = closer.start()
    (folder / "edge").mkdir()
    node = Node(
        "edge1", free_port(), free_port(), [("127.0.0.1", django)], SECRET, folder / "edge",
        memory="64m", hosts=[HOST],
    )  # fmt: skip
    node.start()
    try:
        with haproxy(folder, node.port) as port:
            yield Way(folder, port, closer)
    finally:
        node.stop()
        closer.stop()


@pytest.fixture(scope="module")
def short_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """HAProxy, and a node that hangs up on writes."""
    folder = tmp_path_factory.mktemp("short")
    closer = Closer(is_node=True)
    with haproxy(folder, closer.start()) as port:
        yield Way(folder, port, closer)
    closer.stop()


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("method", PATHS)
@pytest.mark.parametrize("body", [(), ("--header", "Content-Length: 0"), ("--data", "{}")])
def test_a_write_whose_answer_is_lost_has_come_once(
    way: Way, version: str, method: str, body: tuple[str, ...]
) -> None:
    def is_sent_on_a_kept_connection() -> bool:
        before = way.closer.came[method]
        told = way.write(version, "--request", method, *body, path=PATHS[method])
        assert told == ["200", "200", "503"]
        assert way.closer.came[method] - before == 1
        return way.closer.places[-1] > 0

    # Only there Varnish would try again; a connection is put back a moment after its answer.
    wait_until(is_sent_on_a_kept_connection, "a write on a connection that was kept")


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("method", PATHS)
@pytest.mark.parametrize("body", [(), ("--data", "{}")])
def test_a_node_that_hangs_up_has_been_asked_once(
    short_way: Way, version: str, method: str, body: tuple[str, ...]
) -> None:
    before = short_way.closer.came[method]
    told = short_way.write(version, "--request", method, *body, path=PATHS[method])
    assert told == ["200", "200", "502"]
    assert short_way.closer.came[method] - before == 1
