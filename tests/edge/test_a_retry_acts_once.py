"""SAFETY 6.3: who never heard the answer asks again with his key, through every part.

The answer is lost between the node and HAProxy when Django has long done what was asked.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edge.front import haproxy
from tests.edge.standing import FORUM, Edge
from tests.server.running import PAGE

pytestmark = pytest.mark.server

LOST = "the answer to this is lost"


class Losing:
    """A wire to a node; the first answer to a request that says LOST does not arrive."""

    def __init__(self, node: int) -> None:
        self._node = node
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.lost: list[bytes] = []
        self.came = 0  # requests that say LOST
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=[connection], daemon=True).start()

    def _carry(self, reader: socket.socket) -> None:
        with suppress(OSError), reader, socket.create_connection(("127.0.0.1", self._node)) as node:
            # What is lost has to be known before the node can have answered it.
            there = threading.Thread(target=self._forward, args=[reader, node], daemon=True)
            there.start()
            while heard := node.recv(65536):
                if self.came > len(self.lost) == 0:
                    self.lost.append(heard)
                    reader.shutdown(socket.SHUT_RDWR)
                    return
                reader.sendall(heard)

    def _forward(self, reader: socket.socket, node: socket.socket) -> None:
        with suppress(OSError):
            while said := reader.recv(65536):
                self.came += LOST.encode() in said
                node.sendall(said)
            node.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def way(edge: Edge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Losing, Any]]:
    """HAProxy, a wire, the node and Django; the wire, and a client that trusts HAProxy."""
    folder: Path = tmp_path_factory.mktemp("retry")
    wire = Losing(edge.node.port)
    with haproxy(folder, wire.port, "localhost") as port:
        trusting = ssl.create_default_context(cafile=folder / "certificates/authority.pem")
        base = f"https://localhost:{port}"
        with httpx.Client(base_url=base, verify=trusting, trust_env=False, timeout=30) as client:
            yield wire, client
    wire.close()


def test_a_retry_after_a_lost_answer_gets_the_answer_and_makes_no_double(
    edge: Edge, way: tuple[Losing, httpx.Client]
) -> None:
    wire, client = way
    headers = {
        "Authorization": f"Bearer {edge.django.guest('Grace')}",
        "Idempotency-Key": "said-twice-through-everything",
    }
    body = {"thread": PAGE, "source": LOST}

    def post() -> httpx.Response:
        return client.post(f"/api/v1/forums/{FORUM}/comments", json=body, headers=headers)

    first = post()
    assert first.status_code == 502
    assert (wire.came, len(wire.lost)) == (1, 1), "HAProxy asked again by itself"
    assert b" 201 " in wire.lost[0].splitlines()[0], "Django had not done it"

    second, third = post(), post()
    assert second.status_code == third.status_code == 201
    assert second.headers["Idempotent-Replay"] == third.headers["Idempotent-Replay"] == "true"
    assert second.content == third.content
    written = [each["id"] for each in edge.django.comments() if LOST in each["html"]]
    assert written == [second.json()["id"]]
