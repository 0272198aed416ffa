"""What an operator chose, and who listens where: all that the parts of a stack are made from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from voxpop.limits.address import is_loopback
from voxpop.stack.ports import free_ports
from voxpop.stack.secret import Secret

KINDS = (
    *("haproxy", "varnish", "django", "worker", "counter"),
    *("postgres", "replica", "redis", "memcached", "cassandra"),
)
MOST_EDGES, MOST_WORKERS = 2, 4  # as many as ops/haproxy.cfg has lines for
MEMCACHEDS = 2


@dataclass(frozen=True)
class Choice:
    """What the operator chose."""

    data: Path
    port: int = 8443  # where readers come in
    host: str = ""  # the public address; without it localhost at that port
    edges: int = 1
    workers: int = 2
    without: Collection[str] = ()
    memory: str = "256m"  # of each edge node
    extra_hosts: tuple[str, ...] = ()
    certificate: Path | None = None  # instead of the one made for this machine
    jars: Path = Path()  # where what Cassandra is made of is kept
    secret: str = field(default="", repr=False)  # instead of the one kept in the data folder

    def has(self, kind: str) -> bool:
        """Whether this kind of part is wanted."""
        return kind not in self.without

    @property
    def address(self) -> str:
        """The public address: where browsers find the stack."""
        scheme = "https" if self.has("haproxy") else "http"
        return self.host or f"{scheme}://localhost:{self.port}"

    @property
    def host_name(self) -> str:
        return urlsplit(self.address).hostname or "localhost"

    @property
    def host_names(self) -> tuple[str, ...]:
        """Every name that readers may ask by; the first is the public address's."""
        local = ("localhost", "127.0.0.1") if is_loopback(self.host_name) else ()
        return tuple(dict.fromkeys((self.host_name, *local, *self.extra_hosts)))


@dataclass(frozen=True)
class Layout:
    """Who listens where, on 127.0.0.1."""

    plain: int  # HAProxy sends plain http to the public address
    operator: int  # HAProxy's health and metrics
    edges: tuple[int, ...]
    purges: tuple[int, ...]
    djangos: tuple[int, ...]
    postgres: int | None
    standby: int | None
    redis: int | None
    memcacheds: tuple[int, ...]
    cassandra: tuple[int, int] | None  # for its clients, and for other nodes


@dataclass(frozen=True)
class Files:
    """What the parts read."""

    folder: Path
    secret: Secret | None = None
    certificate: Path | None = None


def lay_out(choice: Choice) -> Layout:
    """The chosen port for whoever stands in front, and free ones for all others."""
    ports = free_ports()
    edges = [next(ports) for _ in range(choice.edges if choice.has("varnish") else 0)]
    djangos = [next(ports) for _ in range(choice.workers)]
    if not choice.has("haproxy"):
        (edges or djangos)[0] = choice.port
    purges = [next(ports) for _ in edges]
    memcacheds = [next(ports) for _ in range(MEMCACHEDS if choice.has("memcached") else 0)]
    return Layout(
        next(ports),
        next(ports),
        tuple(edges),
        tuple(purges),
        tuple(djangos),
        next(ports) if choice.has("postgres") else None,
        next(ports) if choice.has("postgres") and choice.has("replica") else None,
        next(ports) if choice.has("redis") else None,
        tuple(memcacheds),
        (next(ports), next(ports)) if choice.has("cassandra") else None,
    )
