"""Ports on loopback for what nobody has to know by heart."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

# Below what the system hands out to connections that leave: one of those could take a port of ours
# while its part is being started again.
FIRST, LAST = 20_000, 32_000


def free_ports() -> Iterator[int]:
    """Ports on which nobody listens, each once."""
    for port in random.sample(range(FIRST, LAST), LAST - FIRST):
        if is_free(port):
            yield port


def free_port() -> int:
    """One of them."""
    return next(free_ports())


def is_free(port: int) -> bool:
    """Whether somebody could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
