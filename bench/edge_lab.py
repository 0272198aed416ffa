"""The edge for a benchmark: Django and its worker, a recording origin, and edge nodes before it.

    readers ── node (varnishd, the product's VCL) ── recording origin ── voxpop serve
                      └── purge listener ── losing proxy ── the same, and voxpop worker

Everything listens on free loopback ports and is ended by this process.
"""

import functools
import itertools
import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from bench.client import Connection, Loop, allow_files, post
from bench.post import prepare
from bench.serving import Server, guest
from voxpop.stack.ports import free_port

HOST = "localhost"
FILES = 20_000
TEXT = "Somebody writes this while thousands read, and it is number"
# Writers are known before they write much: strangers would wait (screening/flood.py).
WRITERS, GREETINGS = 8, 3
PATIENCE = 10  # times that a post of the preparation is tried, a second apart


class Proxy:
    """A process of bench/edge_proxy.py, with what it wrote down."""

    def __init__(self, folder: Path, name: str, upstream: int) -> None:
        self.port = free_port()
        self._record = folder / f"{name}.jsonl"
        self._rules = folder / f"{name}.rules.json"
        self._record.touch()
        self._read = 0
        self.rule()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.edge_proxy", str(self.port), str(upstream)),
                *(str(self._record), str(self._rules)),
            ],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        )

    def rule(self, **rules: Any) -> None:
        """From now on (0.05 s) `delay` answers by [least, most] seconds, `lose` these purges."""
        fresh = self._rules.with_suffix(".new")
        fresh.write_text(json.dumps(rules))
        fresh.rename(self._rules)

    def seen(self) -> list[dict[str, Any]]:
        """What came and was answered since the last call."""
        with self._record.open() as record:
            record.seek(self._read)
            lines = record.readlines()
        whole = [line for line in lines if line.endswith("\n")]
        self._read += sum(map(len, whole))
        return [json.loads(line) for line in whole]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class Lab:
    """Use as a context; `node` is the first edge node."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: Sequence[str] = ("edge1",),
        memory: str = "256m",
        before_start: Callable[[Any], None] = lambda node: None,
    ) -> None:
        self.folder = folder
        self.nodes: list[Any] = []
        self.purges: list[Proxy] = []  # one before each node's purge listener
        self._names = nodes
        self._memory = memory
        self._before_start = before_start
        self.secret = secrets.token_hex(24)

    def __enter__(self) -> Self:
        allow_files(FILES)
        prepare(self.folder)
        # Whatever was started is ended, also when the next part does not start.
        with ExitStack() as standing:
            self._start(standing)
            self._standing = standing.pop_all()
        return self

    def __exit__(self, *problem: object) -> None:
        self._standing.close()

    def _start(self, standing: ExitStack) -> None:
        self.server = Server(self.folder, options=("--no-worker",))
        self.origin = Proxy(self.folder, "origin", self.server.port)
        standing.callback(self.origin.stop)
        for name in self._names:
            purge_port = free_port()
            self.purges.append(Proxy(self.folder, f"{name}-purges", purge_port))
            standing.callback(self.purges[-1].stop)
            self.nodes.append(self.make_node(name, purge_port))
        told = ",".join(f"http://127.0.0.1:{purge.port}" for purge in self.purges)
        os.environ.update(VOXPOP_EDGE_NODES=told, VOXPOP_EDGE_SECRET=self.secret)
        os.environ["VOXPOP_TRUSTED_PROXIES"] = "1"
        standing.callback(self.server.stop)
        self.server.start()
        for node in self.nodes:
            standing.callback(node.stop)
            self._before_start(node)
            node.start()
        # What it says of nodes that are away is wanted only by whom a run puzzles.
        log = standing.enter_context((self.folder / "worker.log").open("wb"))
        worker = subprocess.Popen(
            [str(Path(sys.executable).with_name("voxpop")), "worker"],
            env={**os.environ, "VOXPOP_LIMITS": "off", "VOXPOP_LOG_LEVEL": "error"},
            stdout=log,
            stderr=log,
        )
        standing.callback(worker.wait, 20)
        standing.callback(worker.terminate)

    @functools.cached_property
    def tokens(self) -> list[str]:
        """Of guests who have posted before."""
        return [self._known_guest(number) for number in range(WRITERS)]

    def _known_guest(self, number: int) -> str:
        token = guest(self.server, number)
        page = {"identifier": "greetings", "url": "https://magazine.test/g", "title": "Greetings"}
        for _ in range(GREETINGS):
            body = {"thread": page, "source": f"{TEXT} {uuid.uuid4()}"}
            status, answer = self.server.post("/api/v1/forums/bench/comments", body, token=token)
            if status != 201:
                raise SystemExit(f"a greeting was not published: {status} {answer}")
        return token

    @property
    def node(self) -> Any:
        return self.nodes[0]

    def make_node(self, name: str, purge_port: int) -> Any:
        """An edge node of the product before the recording origin; not started."""
        from voxpop.edge.node import Node

        return Node(
            name=name,
            port=free_port(),
            purge_port=purge_port,
            backends=[("127.0.0.1", self.origin.port)],
            secret=self.secret,
            folder=self.folder / name,
            memory=self._memory,
            hosts=[HOST],
        )


class Writers:
    """Guests who post through an edge node, on kept connections in the readers' own loop."""

    def __init__(self, loop: Loop, lab: Lab) -> None:
        self._loop = loop
        self._free: list[Connection] = []
        self._tokens = lab.tokens
        self._turn = itertools.cycle(self._tokens)
        self.under_way = 0
        self.posted: list[Post] = []
        self.failed: list[tuple[int, bytes]] = []

    def write(self, name: str, acked: Callable[["Post"], None] = lambda post: None) -> "Post":
        """Post into the thread of that identifier; what comes of it is in the Post."""
        connection = self._free.pop() if self._free else Connection()
        made = Post(name, time.monotonic())
        page = {"identifier": name, "url": f"https://magazine.test/{name}", "title": name}
        body = json.dumps({"thread": page, "source": f"{TEXT} {uuid.uuid4()}"}).encode()
        path = "/api/v1/forums/bench/comments"
        request = post(path, HOST, body, next(self._turn), str(uuid.uuid4()))

        def done(status: int, head: bytes, body: bytes, at: float) -> None:
            self._free.append(connection)
            self.under_way -= 1
            if status != 201:
                self.failed.append((status, head + body))
                return
            answer = json.loads(body)
            made.acked, made.seq, made.thread = at, answer["seq"], answer["thread"]
            made.head = head
            self.posted.append(made)
            acked(made)

        self.under_way += 1
        self._loop.ask(connection, request, done)
        return made

    def write_all(self, names: list[str]) -> list["Post"]:
        """One comment into each, a few at a time, before anything is measured.

        What a busy machine refuses is tried again; a benchmark's own posts are not (`write`).
        """
        posts: dict[str, Post] = {}
        for _ in range(PATIENCE):
            left = [name for name in names if name not in posts]
            for at in range(0, len(left), len(self._tokens)):
                some = [self.write(name) for name in left[at : at + len(self._tokens)]]
                self._loop.run(lambda: not self.under_way, within=60)
                posts.update((post.name, post) for post in some if post.acked)
            if len(posts) == len(names):
                self.failed.clear()
                return [posts[name] for name in names]
            self._loop.rest(1)
        raise SystemExit(f"{len(names) - len(posts)} posts failed, one of them: {self.failed[0]}")

    def refuse_failures(self) -> None:
        if self.failed:
            raise SystemExit(f"{len(self.failed)} posts failed, the first: {self.failed[0]}")


class Post:
    """One comment on its way; `acked` is None until its 201 came."""

    def __init__(self, name: str, sent: float) -> None:
        self.name = name
        self.sent = sent
        self.acked: float | None = None
        self.seq = 0
        self.thread = ""
        self.head = b""


class Child:
    """The process of a running node that serves: the child of varnishd's manager."""

    def __init__(self, node: Any) -> None:
        manager = node.process_id
        children = Path(f"/proc/{manager}/task/{manager}/children").read_text()
        self._pid = int(children.split()[-1])

    def kib(self) -> int:
        return self._field("VmRSS")

    def threads(self) -> int:
        return self._field("Threads")

    def cpu_seconds(self) -> float:
        """Of all its threads since it started, those that have ended too."""
        ticks = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        """From now on `peak_kib` is the most since this call."""
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")

    def peak_kib(self) -> int:
        return self._field("VmHWM")

    def _field(self, name: str) -> int:
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.split(f"{name}:")[1].split()[0])


def counters(node: Any, *names: str) -> dict[str, int]:
    """varnishstat's MAIN counters of a node."""
    told = subprocess.run(
        ["varnishstat", "-n", str(node.folder / "varnish"), "-1", "-j"],
        check=True,
        capture_output=True,
    )
    all_of_them = json.loads(told.stdout)["counters"]
    return {name: all_of_them[f"MAIN.{name}"]["value"] for name in names}
