"""An origin in a few lines, behind a real node: pages that wear keys, and who asked for them."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from voxpop.edge.fence import fence
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

SECRET = "a-secret-of-a-good-length-0123456789"


@dataclass
class Origin:
    """Answers `/t/ID/` with the state of the thread; its keys are the thread's and the forum's."""

    state: str = "old"
    ttl: int = 3600
    fetched: Counter[str] = field(default_factory=Counter)
    # Closed: an answer is made (of the state at that moment) and then kept back.
    gate: threading.Event = field(default_factory=threading.Event)
    is_up: bool = True
    port: int = 0

    def start(self) -> None:
        origin = self
        self.gate.set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if not origin.is_up:
                    self.close_connection = True
                    return
                body = origin.state.encode()
                keys = [f"t:{self.path.strip('/').split('/')[-1]}", "s:forum"]
                if self.path != "/healthz":
                    origin.fetched[self.path] += 1
                    origin.gate.wait(20)
                self.send_response(200)
                for name, value in {
                    "Surrogate-Control": f"max-age={origin.ttl}, stale-if-error=86400",
                    "Surrogate-Key": " ".join(keys),
                    "Voxpop-Fence": fence(keys),
                    "Content-Type": "text/html",
                    "Content-Length": str(len(body)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Read:
    status: int
    body: str
    headers: Message  # names in any case

    @property
    def is_hit(self) -> bool:
        return "; hit" in self.headers.get("Cache-Status", "")


def read(node: Node, path: str, **headers: str) -> Read:
    """What a reader is given for this path."""
    connection = HTTPConnection("127.0.0.1", node.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": "localhost", **headers})
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
        return Read(answer.status, body, answer.headers)
    finally:
        connection.close()


def node_before(port: int, folder: Path, name: str = "edge-test") -> Node:
    """A node of its own in front of what listens on `port`; not started."""
    backends = [("127.0.0.1", port)]
    return Node(name, free_port(), free_port(), backends, SECRET, folder, memory="64m")
