"""The two transports of a purge on one node: vmod_xkey against bans, over the same objects.

Hits are read by wrk, at random over all objects; what is purged is fetched anew. Purges are soft
ones of one random object each, by one kept connection, as the purger sends them. The origin is a
few lines: its speed is not measured.
"""

import os
import random
import re
import secrets
import statistics
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.node import trusted_node
from bench.report import Report, arguments, percentile

# Objects, seconds of each phase, purges in a burst.
SIZES = {"small": (2_000, 2, 500), "full": (10_000, 10, 5_000)}
ROUNDS = 3
BODY = b"A page of comments, packed. " * 150
# Far above what a month of eight billion views changes: some ten a second (bench/trace).
PER_SECOND = 100
READERS = 16


@dataclass
class Figures:
    """One entry a round; rates are a second."""

    hits_before: list[float] = field(default_factory=list)
    hits_during: list[float] = field(default_factory=list)  # while PER_SECOND are purged
    hits_after: list[float] = field(default_factory=list)  # right after a burst
    purges: list[float] = field(default_factory=list)  # in the burst, one after the other
    answers: list[float] = field(default_factory=list)  # seconds, of every purge

    def kept(self, hits: list[float]) -> float:
        """What is left of the undisturbed hits of the same round; the median round."""
        return statistics.median(
            each / before for each, before in zip(hits, self.hits_before, strict=True)
        )


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("purge", options.size)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxpop.settings")
    found = {name: Figures() for name in ("xkey", "ban")}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VOXPOP_DATA"] = folder
        os.environ["VOXPOP_EDGE_SECRET"] = secrets.token_hex(24)
        origin = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        try:
            with ExitStack() as standing_now:
                nodes = {
                    name: standing_now.enter_context(
                        trusted_node(name, Path(folder), origin.server_port)
                    )
                    for name in found
                }
                # In turns, so that both meet the same busy moments.
                for _ in range(ROUNDS):
                    for name, figures in found.items():
                        measure(name, nodes[name], Path(folder), options.size, figures)
        finally:
            origin.shutdown()
    conclude(report, found)
    report.finish(as_json=options.json)


def conclude(report: Report, found: dict[str, Figures]) -> None:
    report.raw_results = [{name: asdict(each) for name, each in found.items()}]
    for name, each in found.items():
        report.figures |= {
            f"{name}: hits/s undisturbed": round(statistics.median(each.hits_before)),
            f"{name}: purges/s, one after the other": round(statistics.median(each.purges)),
            f"{name}: ms to an answer, median": round(percentile(each.answers, 0.5) * 1000, 2),
            f"{name}: ms to an answer, p99": round(percentile(each.answers, 0.99) * 1000, 2),
        }
        report.ratios |= {
            f"{name}: hits at {PER_SECOND} purges/s / undisturbed": round(
                each.kept(each.hits_during), 3
            ),
            f"{name}: hits right after a burst, while it is fetched anew / undisturbed": round(
                each.kept(each.hits_after), 3
            ),
        }
    xkey, ban = found["xkey"], found["ban"]
    ratio = xkey.kept(xkey.hits_during) / ban.kept(ban.hits_during)
    report.goal(
        f"hits kept at {PER_SECOND} purges/s, xkey / ban", goal=">= 1.0", got=round(ratio, 3),
        met=ratio >= 1.0,
    )  # fmt: skip
    slowest = percentile(xkey.answers, 0.99)
    report.goal(
        "xkey answers before an author stops waiting, p99", goal="< 250 ms",
        got=f"{slowest * 1000:.1f} ms", met=slowest < 0.25,
    )  # fmt: skip


def measure(transport: str, node: Any, folder: Path, size: str, figures: Figures) -> None:
    """One round of one transport."""
    from django.conf import settings

    settings.EDGE_TRANSPORT = transport
    objects, seconds, burst = SIZES[size]
    warm(node.port, objects)
    figures.hits_before.append(hits(node.port, objects, seconds, folder))
    during, answers = hits_while_purging(node, objects, seconds, folder)
    figures.hits_during.append(during)
    began = time.perf_counter()
    answers += purge_some(node.purge_url, objects, burst)
    figures.purges.append(burst / (time.perf_counter() - began))
    figures.answers += answers
    figures.hits_after.append(hits(node.port, objects, seconds, folder))


def hits_while_purging(
    node: Any, objects: int, seconds: float, folder: Path
) -> tuple[float, list[float]]:
    answers: list[float] = []
    stopping = threading.Event()

    def purge() -> None:
        began = time.monotonic()
        sent = 0
        while not stopping.is_set():
            due = int((time.monotonic() - began) * PER_SECOND) - sent
            answers.extend(purge_some(node.purge_url, objects, due))
            sent += due
            time.sleep(0.01)

    thread = threading.Thread(target=purge)
    thread.start()
    try:
        return hits(node.port, objects, seconds, folder), answers
    finally:
        stopping.set()
        thread.join()


def purge_some(address: str, objects: int, count: int) -> list[float]:
    """So many soft purges, one after the other; what each waited for its answer."""
    from voxpop.edge.line import Line
    from voxpop.edge.orders import forget_keys

    line = Line(address)
    waits: list[float] = []
    for _ in range(count):
        order = forget_keys([f"t:{random.randrange(objects):020}"], is_hard=False, number=None)
        began = time.perf_counter()
        status = line.ask(order, connect=5, answer=10).status
        waits.append(time.perf_counter() - began)
        if status != 200:
            raise SystemExit(f"a purge was answered {status}")
    line.close()
    return waits


def hits(port: int, objects: int, seconds: float, folder: Path) -> float:
    """Answers a second, read by wrk at random over all objects."""
    script = folder / "random.lua"
    script.write_text(
        'wrk.headers["Host"] = "localhost"\n'
        "request = function()\n"
        f'  return wrk.format("GET", string.format("/t/%020d/", math.random(0, {objects - 1})))\n'
        "end\n"
    )
    done = subprocess.run(
        ["wrk", "-t1", f"-c{READERS}", f"-d{seconds}s", "-s", str(script),
         f"http://127.0.0.1:{port}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if "Non-2xx" in done.stdout:
        raise SystemExit(f"readers were given errors:\n{done.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert rate is not None
    return float(rate[1])


def warm(port: int, objects: int) -> None:
    def read(numbers: range) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        for number in numbers:
            connection.request("GET", f"/t/{number:020}/", headers={"Host": "localhost"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit("an object could not be stored")
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, [range(first, objects, 4) for first in range(4)]))


class Origin(BaseHTTPRequestHandler):
    """Every page wears its own key and its forum's."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        from voxpop.edge.fence import fence

        keys = [f"t:{self.path.strip('/').split('/')[-1]}", "s:forum"]
        head = {
            "Surrogate-Control": "max-age=3600, stale-if-error=86400",
            "Surrogate-Key": " ".join(keys),
            "Voxpop-Fence": fence(keys),
            "Content-Type": "text/html",
            "Content-Length": str(len(BODY)),
        }
        self.send_response(200)
        for name, value in head.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(BODY)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a node that is ended hangs up
            super().handle()

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    main()
