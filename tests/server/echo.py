"""A backend that says what reached it: for tests of what stands in front of it.

Whoever asks first for a path below /hung-up/ is hung up on without an answer; below /slow/ one is
answered after a while.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

asked: Counter[str] = Counter()  # of all echoes of this process


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _say(self) -> None:
        asked[self.path] += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/hung-up/") and asked[self.path] == 1:
            self.close_connection = True
            return
        if self.path.startswith("/slow/"):
            time.sleep(2)
        told = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "node": self.server.server_port,  # type: ignore[attr-defined]
        }
        body = json.dumps(told).encode()
        # As an edge node, which answers this itself.
        self.send_response(404 if self.path == "/healthz" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Surrogate-Key", "t:1")
        self.send_header("Surrogate-Control", "max-age=60")
        self.send_header("Voxpop-Fence", "12")
        self.send_header("Voxpop-Seq", "7")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PURGE = do_BEAT = do_TRACE = _say

    def log_message(self, *_: object) -> None:
        """Nothing: the tests ask."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A health check has heard enough and hung up."""


@contextmanager
def echo(port: int = 0) -> Iterator[int]:
    """The port of an echo on loopback, while inside."""
    server = _Server(("127.0.0.1", port), _Echo)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
