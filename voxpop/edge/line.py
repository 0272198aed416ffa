"""The line to one node's purge listener: kept-alive connections, and a deadline for everything.

Sockets instead of an HTTP client: an author waits while we speak, so all nodes are spoken to before
the first is listened to, and no answer, however slow its bytes drip, is waited for longer.
"""

import socket
import time
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

from voxpop.edge.orders import Order

LONGEST_HEAD = 16 * 1024
KEPT = 20  # idle connections: as many as purge together (server/following.py), and some


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case


class Line:
    """Speaks to one listener; may be used by many threads at once."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self._place = (parts.hostname or "", parts.port or 80)
        self._idle: deque[socket.socket] = deque()

    def ask(self, order: Order, *, connect: float, answer: float) -> Answer:
        """Send the order and wait for its answer; seconds. Raises OSError when there is none."""
        return self.send(order, connect=connect, answer=answer).answer()

    def send(self, order: Order, *, connect: float, answer: float) -> "Sent":
        """Send the order; its answer is waited for later. Raises OSError."""
        request = order.request()
        kept = self._take()
        if kept is not None:
            try:
                kept.sendall(request)
            except OSError:
                kept.close()
                kept = None
        until = time.monotonic() + connect + answer
        return Sent(self, request, kept or self._dial(request, connect), until, kept is not None)

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.popleft().close()

    def keep(self, connection: socket.socket) -> None:
        """Have the connection for the next order."""
        if len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            connection.close()

    def dial_again(self, request: bytes, until: float) -> socket.socket:
        """A new connection on which the request is sent, when a kept one turned out dead."""
        return self._dial(request, max(0.001, until - time.monotonic()))

    def _dial(self, request: bytes, seconds: float) -> socket.socket:
        connection = socket.create_connection(self._place, timeout=seconds)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request)
        except OSError:
            connection.close()
            raise
        return connection

    def _take(self) -> socket.socket | None:
        """The connection used last; the node may have closed it meanwhile."""
        try:
            return self._idle.pop()
        except IndexError:
            return None


class Sent:
    """An order on its way."""

    def __init__(
        self, line: Line, request: bytes, connection: socket.socket, until: float, was_kept: bool
    ) -> None:
        self._line = line
        self._request = request
        self._connection = connection
        self._until = until
        self._was_kept = was_kept

    def answer(self) -> Answer:
        """The node's answer. Raises OSError (TimeoutError) when none came in time."""
        try:
            head = self._head()
            answer = _parsed(head)
            length = int(answer.headers.get("content-length", "0"))
            rest = len(head.partition(b"\r\n\r\n")[2])
            while rest < length:
                rest += len(self._more())
        except (OSError, ValueError) as error:
            self._connection.close()
            if isinstance(error, OSError):
                raise
            raise ConnectionError(f"no HTTP answer: {error}") from None
        if answer.headers.get("connection", "").lower() == "close":
            self._connection.close()
        else:
            self._line.keep(self._connection)
        return answer

    def _head(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            try:
                received += self._more()
            except ConnectionError:
                # The node had closed a kept connection; every order may be repeated.
                if not self._was_kept or received:
                    raise
                self._was_kept = False
                self._connection.close()
                self._connection = self._line.dial_again(self._request, self._until)
            if len(received) > LONGEST_HEAD:
                raise ConnectionError("the answer's head has no end")
        return received

    def _more(self) -> bytes:
        # What has come is read also when another node has used up the time.
        self._connection.settimeout(max(0.001, self._until - time.monotonic()))
        received = self._connection.recv(LONGEST_HEAD)
        if not received:
            raise ConnectionError("closed without an answer")
        return received


def _parsed(head: bytes) -> Answer:
    """Raises ValueError when this is no head of an HTTP answer."""
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    version, status, *_ = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(first[:60])
    fields = (line.partition(":") for line in lines)
    return Answer(int(status), {name.strip().lower(): value.strip() for name, _, value in fields})
