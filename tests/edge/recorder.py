"""A pretended Django behind an edge node: it notes what reaches it and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.edge.standing import SECRET, Edge
from tests.server.running import Running
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

Headers = list[tuple[str, str]]
KEPT: Headers = [
    ("Surrogate-Control", "max-age=3600, stale-if-error=86400"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("ETag", '"1"'),
]


@dataclass
class Request:
    method: str
    path: str
    headers: Headers
    body: bytes


@dataclass
class Reply:
    headers: Headers = field(default_factory=lambda: list(KEPT))
    body: bytes = b"page"
    status: int = 200


@dataclass
class Recorder:
    """What came, in order; `reply` may be replaced."""

    port: int
    reply: Callable[[Request], Reply] = field(default=lambda _: Reply())
    requests: list[Request] = field(default_factory=list)

    def start(self) -> ThreadingHTTPServer:
        """Serve on the port from a thread."""
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                # An unreadable request is noted too: it is what a desync would look like.
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline:
                    self.close_connection = True
                elif self.parse_request():
                    self._answer()
                else:
                    line = self.raw_requestline.decode("latin-1")
                    recorder.requests.append(Request("?", line, [], b""))

            def _answer(self) -> None:
                request = Request(self.command, self.path, self.headers.items(), self._body())
                if self.path == "/healthz":
                    reply = Reply([], b"ok")
                else:
                    recorder.requests.append(request)
                    reply = recorder.reply(request)
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    def paths(self) -> list[str]:
        """The addresses that were asked for."""
        return [request.path for request in self.requests]


@dataclass
class Recorded(Edge):
    """An edge node with the recorder behind it."""

    recorder: Recorder = field(default_factory=lambda: Recorder(0))

    def start_afresh(self) -> None:
        """Nothing kept, nothing noted, the reply a page that may be kept."""
        self.forget_everything()
        self.recorder.requests.clear()
        self.recorder.reply = lambda _: Reply()


@pytest.fixture(scope="session")
def recorded_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """One node for all tests that want to see what it sends on."""
    folder = tmp_path_factory.mktemp("recorded")
    recorder = Recorder(free_port())
    server = recorder.start()
    backends = [("127.0.0.1", recorder.port)]
    node = Node("edge1", free_port(), free_port(), backends, SECRET, folder)
    node.start()
    yield Recorded(Running(folder, recorder.port), node, recorder=recorder)
    node.stop()
    server.shutdown()
    server.server_close()


@pytest.fixture
def recorded(recorded_node: Recorded) -> Recorded:
    """That node, emptied."""
    recorded_node.start_afresh()
    return recorded_node
