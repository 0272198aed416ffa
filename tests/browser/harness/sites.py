"""The other people's sites of these tests: one server over TLS, asked under many host names."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.browser.harness.certificates import Certificates

HTML = "text/html; charset=utf-8"


class Sites:
    """What each address answers; a test puts its pages here and gets their addresses back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, tuple[str, dict[str, str]]] = {}
        self.asked: list[tuple[str, str]] = []  # (address, its Cookie header)

    def put(self, address: str, body: str, headers: dict[str, str] | None = None) -> str:
        """Answer `address` with `body`; returns the address."""
        self.answers[address] = (body, {"Content-Type": HTML, **(headers or {})})
        return address


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A browser closes connections that it opened on suspicion; that is no error of ours.
    handle_error = lambda self, request, client_address: None  # noqa: E731


@contextmanager
def serve_sites(certificates: Certificates) -> Iterator[Sites]:
    """Run the server in a thread; it answers what `Sites.put` was given and 404 otherwise."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = f"https://{self.headers.get('Host', '')}{self.path}"
            sites.asked.append((address, self.headers.get("Cookie", "")))
            body, headers = sites.answers.get(
                address, sites.answers.get(address.partition("?")[0], (None, {}))
            )
            self.send_response(200 if body is not None else 404)
            for name, value in headers.items():
                self.send_header(name, value)
            content = (body or "").encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = _Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.chain, certificates.key)
    # The handshake happens in the connection's own thread: one silent client must not stop all.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    sites = Sites(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield sites
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
