"""One server on loopback, over TLS, for every host of every provider that the tests stand in for.

The product dials the providers' own addresses: their names lead here, and their certificates are of
an authority that it is told to believe for the test.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.browser.harness.certificates import make_certificates


@dataclass
class Asked:
    """What the product has sent."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]


@dataclass
class Told:
    """What is answered: JSON, or a redirect."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Told]


class Desk:
    """Answers by host; what was asked is kept, for a look."""

    def __init__(self, folder: Path, hosts: dict[str, Answering]) -> None:
        self.hosts = hosts
        self.asked: list[Asked] = []
        certificates = make_certificates(folder, list(hosts))
        self.authority = certificates.authority
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                desk.answer(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """The test says what went wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.chain, certificates.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        host = handler.headers["Host"]
        asked = Asked(
            handler.command,
            host,
            parts.path,
            dict(parse_qsl(parts.query)),
            dict(parse_qsl(body)),
            handler.headers,
        )
        self.asked.append(asked)
        told = self.hosts[host](asked)
        whole = json.dumps(told.body).encode()
        handler.send_response(told.status)
        for name, value in {"Content-Type": "application/json", **told.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(whole)))
        handler.end_headers()
        handler.wfile.write(whole)

    @contextmanager
    def open(self) -> Iterator["Desk"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def stand_in(self, monkeypatch: Any, settings: Any) -> None:
        """The names of the hosts lead here, and only theirs; their certificates are believed."""
        from voxpop import outbound

        dial = socket.create_connection

        def resolve(host: str, port: int) -> list[str]:
            if host not in self.hosts:
                raise OSError(f"nobody stands in for {host}")
            return ["127.0.0.1"]

        def dial_desk(address: Any, *rest: Any) -> socket.socket:
            assert address == ("127.0.0.1", 443), address
            return dial(("127.0.0.1", self.port), *rest)

        settings.FETCH_PRIVATE = True
        monkeypatch.setattr(outbound, "resolve", resolve)
        monkeypatch.setattr(outbound.socket, "create_connection", dial_desk)
        monkeypatch.setenv("SSL_CERT_FILE", str(self.authority))
