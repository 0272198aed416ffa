"""A compact HTTP client: one epoll loop, one socket per reader, requests formatted beforehand.

Ten thousand readers must cost less than what they measure. An answer costs one recv and a few
slices; equal bodies are looked at once (`seq_of` in bench/live_readers.py).
"""

import errno
import heapq
import itertools
import os
import resource
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress

CHUNK = 262_144
CHUNKED = 1 << 40  # more than any answer is long: the end is looked for instead
LAST_CHUNK = b"\r\n0\r\n\r\n"
# Connections that may be under way at once: less than any backlog between here and Varnish.
CONNECTING_AT_MOST = 256
BUSY = {errno.EINPROGRESS, errno.EWOULDBLOCK}

# Told what came: status, head, body, and the moment (time.monotonic). Status 0: the connection
# broke, or was refused, before an answer was whole.
Done = Callable[[int, bytes, bytes, float], None]


class Connection:
    """One kept connection; it asks one thing at a time. Without a port it goes to the loop's."""

    __slots__ = ("buffer", "done", "is_open", "port", "request", "socket", "wanted")

    def __init__(self, port: int | None = None) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.is_open = False
        self.request = b""
        self.done: Done | None = None
        self.buffer = b""
        self.wanted = -1  # bytes of the answer, once its head is known


class Loop:
    """Everything that a benchmark asks goes through here, in one thread."""

    def __init__(
        self,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        sources: tuple[str, ...] = ("127.0.0.1",),
    ) -> None:
        self.port = port
        self._tls = tls
        self._sources = itertools.cycle(sources)
        self._epoll = select.epoll()
        self._open: dict[int, Connection] = {}
        self._waiting: list[Connection] = []
        self._connecting: set[int] = set()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.refused = 0  # connections that could not be made
        self.broken = 0  # answers that were not whole when the connection ended

    def ask(self, connection: Connection, request: bytes, done: Done) -> None:
        """Send `request`, connecting first where needed; `done` is called once."""
        connection.request, connection.done = request, done
        connection.buffer, connection.wanted = b"", -1
        if connection.is_open:
            self._send(connection)
        else:
            self._waiting.append(connection)

    def connect(self, connection: Connection, done: Done) -> None:
        """Connect without asking anything yet; `done` is told status 1."""
        self.ask(connection, b"", done)

    def drop(self, connection: Connection) -> None:
        """Close it; nobody is told."""
        connection.done = None
        if connection.is_open:
            self._end(connection)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), act))

    def run(self, is_over: Callable[[], bool], *, within: float) -> bool:
        """Work until `is_over()`; False if it was not within that many seconds."""
        until = time.monotonic() + within
        while not is_over():
            now = time.monotonic()
            if now > until:
                return False
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()
            while self._waiting and len(self._connecting) < CONNECTING_AT_MOST:
                self._begin(self._waiting.pop())
            pause = min(0.05, max(0.0, self._timers[0][0] - now)) if self._timers else 0.05
            for number, happened in self._epoll.poll(pause, 1024):
                connection = self._open.get(number)
                if connection is None:
                    continue
                if number in self._connecting:
                    self._go_on_connecting(connection, happened)
                elif happened & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                    self._receive(connection)
        return True

    def rest(self, seconds: float) -> None:
        """Go on answering and asking for a while."""
        until = time.monotonic() + seconds
        self.run(lambda: time.monotonic() >= until, within=seconds + 10)

    def close(self) -> None:
        for connection in list(self._open.values()):
            connection.done = None
            self._end(connection)
        self._waiting.clear()
        self._timers.clear()
        self._epoll.close()

    def _begin(self, connection: Connection) -> None:
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        source = next(self._sources)
        if source != "127.0.0.1":
            plain.bind((source, 0))
        code = plain.connect_ex(("127.0.0.1", connection.port or self.port))
        if code and code not in BUSY:
            plain.close()
            self._failed(connection)
            return
        connection.socket = plain
        number = plain.fileno()
        self._open[number] = connection
        self._connecting.add(number)
        self._epoll.register(number, select.EPOLLOUT)

    def _go_on_connecting(self, connection: Connection, happened: int) -> None:
        plain = connection.socket
        assert plain is not None
        number = plain.fileno()
        if happened & (select.EPOLLERR | select.EPOLLHUP):
            self._end(connection)
            return
        try:
            if self._tls is not None and not isinstance(plain, ssl.SSLSocket):
                wrapped = self._tls.wrap_socket(
                    plain, do_handshake_on_connect=False, server_hostname="localhost"
                )
                connection.socket = wrapped
            if isinstance(connection.socket, ssl.SSLSocket):
                connection.socket.do_handshake()
        except ssl.SSLWantReadError:
            self._epoll.modify(number, select.EPOLLIN)
            return
        except ssl.SSLWantWriteError:
            self._epoll.modify(number, select.EPOLLOUT)
            return
        except OSError:
            self._end(connection)
            return
        self._connecting.discard(number)
        self._epoll.modify(number, select.EPOLLIN)
        connection.is_open = True
        if connection.request:
            self._send(connection)
        else:
            self._tell(connection, 1, b"", b"")

    def _send(self, connection: Connection) -> None:
        assert connection.socket is not None
        try:
            sent = connection.socket.send(connection.request)
        except OSError:
            self._end(connection)
            return
        if sent != len(connection.request):
            raise SystemExit("a request did not fit into the socket's buffer")

    def _receive(self, connection: Connection) -> None:
        plain = connection.socket
        assert plain is not None
        while True:
            try:
                data = plain.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except OSError:
                data = b""
            if not data:
                self._end(connection)
                return
            buffer = connection.buffer = connection.buffer + data if connection.buffer else data
            if connection.wanted < 0:
                head_end = buffer.find(b"\r\n\r\n")
                if head_end < 0:
                    continue
                connection.wanted = _whole(buffer, head_end)
            if connection.wanted == CHUNKED:
                if not buffer.endswith(LAST_CHUNK):
                    continue
                head, _, body = buffer.partition(b"\r\n\r\n")
                self._tell(connection, int(head[9:12]), head, _joined(body))
                return
            if len(buffer) >= connection.wanted:
                head, _, body = buffer.partition(b"\r\n\r\n")
                self._tell(connection, int(head[9:12]), head, body)
                return

    def _tell(self, connection: Connection, status: int, head: bytes, body: bytes) -> None:
        done, connection.done = connection.done, None
        if done is not None:
            done(status, head, body, time.monotonic())

    def _end(self, connection: Connection) -> None:
        plain = connection.socket
        assert plain is not None
        number = plain.fileno()
        was_connecting = number in self._connecting
        self._connecting.discard(number)
        self._open.pop(number, None)
        with suppress(OSError):
            self._epoll.unregister(number)
        plain.close()
        connection.socket, connection.is_open = None, False
        if was_connecting:
            self._failed(connection)
        elif connection.done is not None:
            self.broken += 1
            self._tell(connection, 0, b"", b"")

    def _failed(self, connection: Connection) -> None:
        self.refused += connection.done is not None
        self._tell(connection, 0, b"", b"")


def get(path: str, host: str, *headers: str) -> bytes:
    """The bytes of a GET as a browser's fetch would send it, without what no cache looks at."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: gzip", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def post(path: str, host: str, body: bytes, token: str, key: str) -> bytes:
    """The bytes of a JSON POST with its idempotency key."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Authorization: Bearer {token}",
        f"Idempotency-Key: {key}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def header(head: bytes, name: bytes) -> bytes | None:
    """The value of a response's header; the name in lower case."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip()
    return None


def allow_files(number: int) -> int:
    """Raise the limit of open files as far as the system lets us; returns what it is now."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if most == resource.RLIM_INFINITY else min(number, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted


def own_sources(number: int) -> tuple[str, ...]:
    """Loopback addresses to connect from: 20,000 connections to one port from each."""
    return tuple(f"127.0.0.{n + 1}" for n in range(max(1, -(-number // 20_000))))


def cpu_seconds() -> float:
    """What this process has used so far: the client's own share of the machine."""
    times = os.times()
    return times.user + times.system


def _whole(buffer: bytes, head_end: int) -> int:
    """How many bytes the whole answer has, or CHUNKED."""
    head = buffer[:head_end].lower()
    if head[9:12] in {b"204", b"304"}:
        return head_end + 4
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        if b"\r\ntransfer-encoding: chunked" not in head:
            raise SystemExit(f"an answer of unknown length: {head!r}")
        return CHUNKED
    return head_end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])


def _joined(chunks: bytes) -> bytes:
    """A chunked body put together."""
    parts, at = [], 0
    while size := int(chunks[at : (line := chunks.index(b"\r\n", at))], 16):
        parts.append(chunks[line + 2 : line + 2 + size])
        at = line + 4 + size
    return b"".join(parts)
