"""The parts of a stack, each written down once. A new part is a function here and a line in `plan`.

Readers → HAProxy → edge nodes → Django, and the worker beside it; behind them Redis, memcached and
DATA.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from voxpop.edge.node import ENVIRONMENT, HELD_AT_MOST, Node
from voxpop.stack.engines.cassandra import Cassandra
from voxpop.stack.engines.memcached import Memcached
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.redis import Redis
from voxpop.stack.engines.standby import follower
from voxpop.stack.folder import Plan
from voxpop.stack.layout import Choice, Files, Layout
from voxpop.stack.needs import program
from voxpop.stack.part import Part
from voxpop.stack.truth import cluster, told_in

ROOT = Path(__file__).resolve().parent.parent.parent
READERS_AT_MOST = 20_000
VOXPOP = (sys.executable, "-c", "from voxpop.cli import main; main()")


AnyEngine = Postgres | Redis | Memcached | Cassandra


def engines(choice: Choice, layout: Layout, files: Files) -> list[AnyEngine]:
    """The servers behind Django; each has to be prepared before its part starts."""
    truth = [] if layout.postgres is None else [cluster(choice.data, layout.postgres)]
    redis = [] if layout.redis is None else [Redis(files.folder / "redis", layout.redis)]
    nodes = [
        Memcached(files.folder / f"memcached{number}", port, number)
        for number, port in enumerate(layout.memcacheds, 1)
    ]
    # It keeps what it holds from one start to the next, unlike these.
    wide = []
    if layout.cassandra is not None:
        port, other = layout.cassandra
        wide = [Cassandra(choice.data / "cassandra", choice.jars, port=port, storage_port=other)]
    return [*truth, *redis, *nodes, *wide]


def plan(choice: Choice, layout: Layout, files: Files) -> Plan:
    """Every wanted part, in the order in which they start."""
    parts = [
        *(engine.part for engine in engines(choice, layout, files)),
        *_standby(choice, layout),
        *(_django(choice, layout, files, number) for number in range(choice.workers)),
        _worker(choice, layout, files),
        *(_edge(choice, layout, files, number) for number in range(len(layout.edges))),
        *_counter(choice, layout, files),
        _haproxy(choice, layout, files),
    ]
    wanted = [part for part in parts if choice.has(part.kind)]
    names = {part.name for part in wanted}
    return Plan(
        choice.address,
        tuple(replace(part, after=tuple(names.intersection(part.after))) for part in wanted),
    )


def _standby(choice: Choice, layout: Layout) -> list[Part]:
    """It copies the primary when that runs, and so is not prepared with the other engines."""
    if layout.standby is None or layout.postgres is None:
        return []
    return [follower(choice.data, cluster(choice.data, layout.postgres), layout.standby).part]


def _django(choice: Choice, layout: Layout, files: Files, number: int) -> Part:
    port = layout.djangos[number]
    return Part(
        name=f"django{number + 1}",
        kind="django",
        command=(*VOXPOP, "serve", "--port", str(port), "--no-worker"),
        environment=_product(choice, layout, files),
        check=f"http://127.0.0.1:{port}/readyz",
        host=choice.host_name,
        address=f"http://127.0.0.1:{port}",
        after=("postgres",),
    )


def _worker(choice: Choice, layout: Layout, files: Files) -> Part:
    return Part(
        name="worker",
        kind="worker",
        command=(*VOXPOP, "worker"),
        environment=_product(choice, layout, files),
        after=("postgres",),
    )


def _counter(choice: Choice, layout: Layout, files: Files) -> list[Part]:
    """Reads what the edge nodes say of views; without any, Django counts them itself."""
    if not layout.edges:
        return []
    counter = Part(
        name="counter",
        kind="counter",
        command=(*VOXPOP, "analytics", "count"),
        environment=_product(choice, layout, files),
        # And after whoever brings the database to this version: on a new one that takes a while.
        after=(
            *(f"edge{number}" for number, _ in enumerate(layout.edges, 1)),
            *(f"django{number}" for number, _ in enumerate(layout.djangos, 1)),
        ),
    )
    return [counter]


def _product(choice: Choice, layout: Layout, files: Files) -> dict[str, str]:
    """The settings of every process of the product."""
    told = {"VOXPOP_DATA": str(choice.data), "VOXPOP_HOST": choice.address}
    # One, also when there are two: an edge node tells Django one address, the reader's.
    told["VOXPOP_TRUSTED_PROXIES"] = str(int(choice.has("haproxy") or bool(layout.edges)))
    if layout.postgres is not None:
        told["VOXPOP_DATABASE_FILE"] = str(told_in(choice.data))
    if layout.standby is not None:
        told["VOXPOP_DATABASE_REPLICA_FILE"] = str(files.folder / "replica")
    if layout.redis is not None:
        told["VOXPOP_REDIS"] = f"redis://127.0.0.1:{layout.redis}/0"
    if layout.memcacheds:
        told["VOXPOP_MEMCACHED"] = ",".join(f"127.0.0.1:{port}" for port in layout.memcacheds)
    if layout.cassandra is not None:
        told["VOXPOP_CASSANDRA"] = f"127.0.0.1:{layout.cassandra[0]}"
    if files.secret:
        told |= files.secret.settings
        told["VOXPOP_EDGE_NODES"] = ",".join(f"http://127.0.0.1:{port}" for port in layout.purges)
        told["VOXPOP_HELD_PLACES"] = str(HELD_AT_MOST // len(layout.djangos))
        # Where `varnishd -n` keeps its counters.
        told["VOXPOP_METRICS_VARNISH"] = ",".join(
            f"edge{number}={files.folder}/edge{number}/varnish"
            for number in range(1, len(layout.edges) + 1)
        )
    return told


def _edge(choice: Choice, layout: Layout, files: Files, number: int) -> Part:
    node = edge_node(choice, layout, files, number)
    return Part(
        name=node.name,
        kind="varnish",
        command=tuple(node.command()),
        environment=ENVIRONMENT,
        # Not Django's answer: a node says by itself that this is not for readers.
        check=f"{node.url}/healthz",
        expects=404,
        host=choice.host_name,
        address=node.url,
    )


def edge_node(choice: Choice, layout: Layout, files: Files, number: int) -> Node:
    """The node; its start file has to be written before the part starts."""
    assert files.secret is not None
    name = f"edge{number + 1}"
    return Node(
        name=name,
        port=layout.edges[number],
        purge_port=layout.purges[number],
        backends=[("127.0.0.1", port) for port in layout.djangos],
        secret=files.secret.text,
        folder=files.folder / name,
        memory=choice.memory,
        hosts=choice.host_names,
        scheme=urlsplit(choice.address).scheme,
        # Without a load balancer nobody speaks for a reader, however near he is.
        proxies=("127.0.0.1",) if choice.has("haproxy") else (),
    )


def _haproxy(choice: Choice, layout: Layout, files: Files) -> Part:
    told = {
        "VOXPOP_HOST": choice.address,
        "VOXPOP_HOST_NAME": choice.host_name,
        "VOXPOP_FRONT": f"127.0.0.1:{choice.port}",
        "VOXPOP_FRONT_PLAIN": f"127.0.0.1:{layout.plain}",
        "VOXPOP_FRONT_OPERATOR": f"127.0.0.1:{layout.operator}",
        "VOXPOP_FRONT_SOCKET": "haproxy.sock",
        "VOXPOP_FRONT_CONNECTIONS": str(_connections()),
        "VOXPOP_CERTIFICATE": str(files.certificate),
    }
    told |= {f"VOXPOP_EDGE{n}": f"127.0.0.1:{port}" for n, port in enumerate(layout.edges, 1)}
    told |= {f"VOXPOP_DJANGO{n}": f"127.0.0.1:{port}" for n, port in enumerate(layout.djangos, 1)}
    behind = [f"edge{n}" for n, _ in enumerate(layout.edges, 1)] or ["django1"]
    return Part(
        name="haproxy",
        kind="haproxy",
        command=(program("haproxy"), "-db", "-q", "-f", str(ROOT / "ops/haproxy.cfg")),
        environment=told,
        check=f"http://127.0.0.1:{layout.operator}/healthz",
        address=choice.address,
        # Then it takes them for healthy from its first moment on.
        after=tuple(behind),
    )


def _connections() -> int:
    """Readers that fit into the files we may have open: two for each, and some for ourselves."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return READERS_AT_MOST
    return min(READERS_AT_MOST, (most - 500) // 2)
