"""The cache that processes and machines share: memcached, several nodes, none of them needed.

What comes back is believed only under a seal over its own name: memcached asks nobody who he is,
and a mistaken or meddled-with answer would be a page (SAFETY F8). A node that fails is left alone
for some seconds; its share of the keys is missing for so long, and made anew where it is asked for.
"""

import hashlib
import hmac
import logging
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import methodcaller
from pathlib import Path
from typing import Any

from django.conf import settings
from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import MemcacheError

from voxpop.breaker import PAUSE, Breaker
from voxpop.edge.counters import CACHE, counters

logger = logging.getLogger(__name__)

PACKAGE = Path(__file__).resolve().parent.parent
TIMEOUT = 0.1  # seconds to connect, and for each answer
# Bytes of somebody who was erased are asked for by nobody, and gone after this time (SAFETY T42).
LIFETIME = 3600
# memcached's own default for the largest value, with some room for its own words.
MOST = 1024 * 1024 - 1024
# A page of 46 KB becomes a sixth of it in 0.2 ms and is unpacked in 0.08 ms: six times as many fit,
# and a network carries it sooner. Of a single comment more than half would stay.
PACKED_FROM = 4096
SEAL = 16
PLAIN, PACKED = b"=", b"z"

Address = tuple[str, int]


class Memcached:
    """Keys spread over the nodes by rendezvous: without one of them the others keep theirs."""

    def __init__(self, nodes: Iterable[Address], pause: float = PAUSE) -> None:
        self._nodes = [Node(address, pause) for address in nodes]
        self._seal = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"cache").digest()

    def get(self, key: str) -> bytes | None:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for node, names in self._by_node(keys).items():
            values: dict[str, bytes] | None = node.ask(methodcaller("get_many", list(names)))
            if values is None:
                continue
            for name, key in names.items():
                body = self._opened(name, values.get(name))
                if body is not None:
                    found[key] = body
        return found

    def set(self, key: str, body: bytes) -> None:
        self.set_many({key: body})

    def set_many(self, bodies: Mapping[str, bytes]) -> None:
        for node, names in self._by_node(bodies).items():
            sealed = {name: self._sealed(name, bodies[key]) for name, key in names.items()}
            fitting = {name: value for name, value in sealed.items() if len(value) <= MOST}
            # With a reply: after a refusal nobody waits for, the next answer would be another's.
            node.ask(methodcaller("set_many", fitting, LIFETIME, noreply=False))

    def clear(self) -> None:
        for node in self._nodes:
            node.ask(methodcaller("flush_all", noreply=False))

    def close(self) -> None:
        """Let go of the nodes; they are found again by the next question."""
        for node in self._nodes:
            node.close()

    def _by_node(self, keys: Iterable[str]) -> dict["Node", dict[str, str]]:
        """The keys by the names that the nodes know them by, each at its own node."""
        shares: dict[Node, dict[str, str]] = defaultdict(dict)
        for key in keys:
            name = hashlib.blake2b(f"{_makers()} {key}".encode(), key=self._seal, digest_size=16)
            node = max(self._nodes, key=lambda each: _weight(each.address, name.digest()))
            shares[node][name.hexdigest()] = key
        return shares

    def _sealed(self, name: str, body: bytes) -> bytes:
        is_long = len(body) >= PACKED_FROM
        said = PACKED + zlib.compress(body, 1) if is_long else PLAIN + body
        return self._seal_of(name, said) + said

    def _opened(self, name: str, value: bytes | None) -> bytes | None:
        """What was sealed under this name; None for anything else."""
        if value is None:
            counters.count(CACHE, "memcached", "miss")
            return None
        seal, said = value[:SEAL], value[SEAL:]
        if not hmac.compare_digest(seal, self._seal_of(name, said)):
            counters.count(CACHE, "memcached", "forged")
            return None
        counters.count(CACHE, "memcached", "hit")
        return zlib.decompress(said[1:]) if said[:1] == PACKED else said[1:]

    def _seal_of(self, name: str, said: bytes) -> bytes:
        return hashlib.blake2b(name.encode() + said, key=self._seal, digest_size=SEAL).digest()


class Node:
    """One memcached, and whether it is asked at the moment."""

    def __init__(self, address: Address, pause: float) -> None:
        self.address = address
        self._breaker = Breaker(pause)
        self._client = PooledClient(
            address, connect_timeout=TIMEOUT, timeout=TIMEOUT, no_delay=True
        )

    def ask(self, work: Callable[[PooledClient], Any]) -> Any:
        """What `work` answers; None while the node is away."""
        if not self._breaker.lets_through():
            counters.count(CACHE, "memcached", "skipped")
            return None
        try:
            answer = work(self._client)
        except Exception as error:  # also what the client makes of an answer that is nonsense
            counters.count(CACHE, "memcached", "failed")
            if self._breaker.failed():
                logger.warning("memcached %s:%d is left alone: %s", *self.address, error)
            return None
        self._breaker.went_well()
        return answer

    def close(self) -> None:
        self._client.close()


def _weight(address: Address, name: bytes) -> bytes:
    return hashlib.blake2b(name, key="{}:{}".format(*address).encode()[:64], digest_size=8).digest()


def trouble(address: Address) -> str:
    """What is wrong with this node at this moment, for the operator; empty when nothing is."""
    client = Client(address, connect_timeout=TIMEOUT, timeout=TIMEOUT)
    try:
        client.version()
    except (OSError, MemcacheError) as error:
        return f"does not answer within {TIMEOUT:g} s: {error}"
    finally:
        client.close()
    return ""


@cache
def _makers() -> str:
    """Names the code that makes what is kept."""
    code = hashlib.blake2b(digest_size=8)
    for file in sorted(PACKAGE.rglob("*.py")):
        code.update(file.read_bytes())
    return code.hexdigest()
