"""A node's purge listener that does as it is told: counts, loses, hangs, lies, or is away."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings

from voxpop.edge.purge import nodes


def hang_up_here() -> None:
    """Close what this process keeps open to the nodes of its settings, and begin anew."""
    for node in nodes(tuple(settings.EDGE_NODES)):
        node.close()
    nodes.cache_clear()


@dataclass
class PretendedNode:
    secret: str
    port: int = 0
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # method or kind, headers
    epoch: str = ""
    reached: int = -1
    # Answers 200 to the next so many purges and forgets them.
    loses: int = 0
    status: int = 200
    delay: float = 0.0
    _server: ThreadingHTTPServer | None = None
    _connections: list[socket.socket] = field(default_factory=list)

    def start(self) -> None:
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                node._connections.append(self.connection)

            def do_PURGE(self) -> None:
                self._answer(node.take_purge)

            def do_BEAT(self) -> None:
                self._answer(node.take_beat)

            def _answer(self, take: Any) -> None:
                headers = dict(self.headers.items())
                time.sleep(node.delay)
                status, told = node.status, {}
                if headers.get("Voxpop-Keys") == "":
                    status = 400
                if headers.get("Voxpop-Secret") != node.secret:
                    status = 403
                if status == 200:
                    told = take(headers)
                self.send_response(status)
                for name, value in {**told, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Away: nobody listens. What it knows is kept until `forget`."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connections that are kept alive."""
        while self._connections:
            with contextlib.suppress(OSError):
                self._connections.pop().shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Started anew, as varnishd is: nothing stored, nothing known."""
        self.epoch, self.reached = "", -1

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take_purge(self, headers: dict[str, str]) -> dict[str, str]:
        if self.loses:
            self.loses -= 1
            return {"Voxpop-Purged": "0"}
        self.heard.append((headers["Voxpop-Kind"], headers))
        if "Voxpop-Adopt" in headers:
            self.epoch, self.reached = headers["Voxpop-Epoch"], int(headers["Voxpop-Adopt"])
        is_next = headers.get("Voxpop-Number") == str(self.reached + 1)
        if is_next and headers["Voxpop-Epoch"] == self.epoch:
            self.reached += 1
        return {"Voxpop-Purged": "0"}

    def take_beat(self, headers: dict[str, str]) -> dict[str, str]:
        self.heard.append(("beat", headers))
        is_known = headers["Voxpop-Epoch"] == self.epoch
        return {"Voxpop-Reached": str(self.reached) if is_known else "none"}

    def kinds(self) -> list[str]:
        """What it was told beside heartbeats, in order."""
        return [kind for kind, _ in self.heard if kind != "beat"]

    def purged(self) -> set[str]:
        """All keys that it was told to forget by numbered purges."""
        numbered = (headers for kind, headers in self.heard if kind in {"soft", "hard"})
        told = (each["Voxpop-Keys"] for each in numbered if "Voxpop-Number" in each)
        return {key for each in told for key in each.split()}
