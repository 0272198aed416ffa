"""Another browser's way to the `.test` hosts: a proxy that leads each to a port of loopback."""

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping

LONGEST = 120  # seconds without a word


@contextlib.contextmanager
def doorway(ports: Mapping[str, int]) -> Iterator[int]:
    """The port of an HTTP proxy that knows `CONNECT`, and no host but these."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = self.rfile.readline(2000).decode("latin-1").split()
            while self.rfile.readline(2000).strip():
                pass
            host = asked[1].rpartition(":")[0] if len(asked) > 1 else ""
            if asked[:1] != ["CONNECT"] or host not in ports:
                self.wfile.write(b"HTTP/1.1 502 Not here\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", ports[host]), 10) as there:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                with contextlib.suppress(OSError):
                    pass_on(self.connection, there)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        # A browser closes connections that it opened on suspicion; that is no error of ours.
        handle_error = lambda self, request, client_address: None  # noqa: E731

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def pass_on(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways, until one of them ends."""
    ways = {one: other, other: one}
    while ready := select.select(list(ways), [], [], LONGEST)[0]:
        for each in ready:
            data = each.recv(65536)
            if not data:
                return
            ways[each].sendall(data)
