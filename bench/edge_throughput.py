"""The month's mix of requests through one Varnish: hits, misses, tails, overlays, posts.

Beside it, in turns and with the same generator: one fixed object of the same mean size, through the
same VCL and through a bare one. The origin gives out what Django answered once (trace/origin.py).
"""

import os
import re
import secrets
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.live_front import Front
from bench.node import trusted_node
from bench.post import prepare
from bench.report import Report, arguments
from bench.trace.arithmetic import expect
from bench.trace.figures import Figures
from bench.trace.mix import Request, mix
from bench.trace.origin import Origin, add_fixed, fixed_rule
from bench.trace.rules import ours
from voxpop.stack.ports import free_port

# Seconds of a measurement, and rounds of all of them.
SIZES = {"small": (3, 3), "full": (10, 7)}
LISTED = 20_000
CONNECTIONS = 64
OF_FIXED, OF_BARE, OF_DISQUS = 0.85, 0.80, 45_000
LUA = Path(__file__).parent / "trace" / "requests.lua"
BARE = 'vcl 4.1; backend origin {{ .host = "127.0.0.1"; .port = "{port}"; }}\n'


@dataclass(frozen=True)
class Measured:
    """What wrk said."""

    requests: int
    seconds: float
    bytes: int
    errors: int
    refused: int
    p99: float  # milliseconds

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("edge-throughput", options.size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["VOXPOP_EDGE_SECRET"] = secrets.token_hex(24)
        prepare(folder)
        measure(report, folder, *SIZES[options.size])
    report.finish(as_json=options.json)


def measure(report: Report, folder: Path, seconds: int, rounds: int) -> None:
    expected = expect(Figures(), ours())
    requests = mix(expected, LISTED, seed=45_000)
    listed = write_list(folder / "mix", requests)
    fixed = write_list(folder / "fixed-list", [Request("GET", "/embed/bench/thread?i=fixed")])
    origin = Origin(folder)
    try:
        with (
            trusted_node("edge1", folder, origin.port, memory="1g") as node,
            bare(folder, origin.port) as bare_port,
        ):
            warm = wrk(node.port, listed, seconds)
            mean = warm.bytes / warm.requests
            size_fixed(origin, folder, node, fixed, mean)
            found = in_turns(node.port, bare_port, listed, fixed, seconds, rounds)
            before = fetches(node)
            last = wrk(node.port, listed, seconds)
            reached = (fetches(node) - before) / last.requests
            conclude(report, found, requests, mean, reached)
            report.figures["through HAProxy, TLS and HTTP/2, requests/s"] = through_front(
                folder, node.port, origin.port, requests, seconds
            )
    finally:
        origin.stop()


def in_turns(
    node: int, bare_port: int, listed: Path, fixed: Path, seconds: int, rounds: int
) -> dict[str, list[Measured]]:
    """Round by round, so that all meet the same busy moments."""
    found: dict[str, list[Measured]] = {"fixed": [], "mix": [], "bare": []}
    for port in (node, bare_port):
        wrk(port, fixed, 1)
    for _ in range(rounds):
        found["fixed"].append(wrk(node, fixed, seconds))
        found["mix"].append(wrk(node, listed, seconds))
        found["bare"].append(wrk(bare_port, fixed, seconds))
    return found


def conclude(
    report: Report,
    found: dict[str, list[Measured]],
    requests: list[Request],
    mean: float,
    reached: float,
) -> None:
    report.raw_results = [{name: [vars(each) for each in all_] for name, all_ in found.items()}]
    rates = {name: statistics.median(each.rate for each in all_) for name, all_ in found.items()}
    sizes = {
        name: round(sum(e.bytes for e in all_) / sum(e.requests for e in all_))
        for name, all_ in found.items()
    }
    report.figures |= {
        "requests/s": {name: round(rate) for name, rate in rates.items()},
        "bytes an answer, headers included": sizes,
        "p99 ms": {
            n: round(statistics.median(e.p99 for e in all_), 2) for n, all_ in found.items()
        },
        "the mix": parts_of(requests),
        "of the mix reaches the origin": round(reached, 4),
        "of Disqus's 45,000/s": round(rates["mix"] / OF_DISQUS, 2),
    }
    errors = sum(each.errors + each.refused for all_ in found.values() for each in all_)
    report.goal("errors", goal="0", got=errors, met=errors == 0)
    # Of neighbouring measurements, so that a busy minute of the machine is in both.
    for name, least in (("fixed", OF_FIXED), ("bare", OF_BARE)):
        pairs = zip(found["mix"], found[name], strict=True)
        ratio = statistics.median(mixed.rate / other.rate for mixed, other in pairs)
        what = {"fixed": "of one object through the same VCL", "bare": "of a bare VCL"}[name]
        report.ratios[f"mix / {name}"] = round(ratio, 3)
        report.goal(f"the mix {what}", goal=f">= {least}", got=round(ratio, 3), met=ratio >= least)


def parts_of(requests: list[Request]) -> dict[str, float]:
    """The share of each kind of address."""
    kinds = {
        "page": "/embed/",
        "tail": "/events",
        "counts": "/counts",
        "script": "/embed.js",
        "overlay": "/me/",
        "write": "/comments",
        "asked for the first time": "FRESH",
    }
    shares = {n: sum(text in r.path for r in requests) / len(requests) for n, text in kinds.items()}
    shares["page"] -= shares["script"] * ("/embed/" in "/embed.js")
    return {name: round(share, 4) for name, share in shares.items()}


def write_list(file: Path, requests: list[Request]) -> Path:
    file.write_text("\n".join(request.line for request in requests) + "\n")
    return file


def size_fixed(origin: Origin, folder: Path, node: Any, fixed: Path, mean: float) -> None:
    """Make the fixed object so long that its answers are as long as those of the mix."""
    size = round(mean)
    for _ in range(3):
        origin.restart_with(fixed_rule(add_fixed(folder, size)))
        node.adm("ban", "obj.status != 0")
        told = wrk(node.port, fixed, 1)
        size = max(100, size + round(mean - told.bytes / told.requests))


def wrk(port: int, listed: Path, seconds: int) -> Measured:
    done = subprocess.run(
        [
            *("wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(LUA)),
            f"http://127.0.0.1:{port}",
            *("--", str(listed), uuid.uuid4().hex[:8]),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", done.stdout, re.M)
    if found is None:
        raise SystemExit(f"wrk failed: {done.stdout}{done.stderr}")
    requests, micros, size, errors, refused, p99 = map(int, found.groups())
    return Measured(requests, micros / 1e6, size, errors, refused, p99 / 1000)


def fetches(node: Any) -> int:
    told = subprocess.run(
        ["varnishstat", "-1", "-n", str(node.folder / "varnish"), "-f", "MAIN.backend_req"],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(told.stdout.split()[1])


@contextmanager
def bare(folder: Path, origin: int) -> Iterator[int]:
    """Varnish as it comes, with the parameters of ours: it keeps what the origin allows."""
    from voxpop.edge.node import PARAMETERS, varnishd

    (folder / "bare").mkdir()
    start = folder / "bare" / "start.vcl"
    start.write_text(BARE.format(port=origin))
    parameters = [part for name, value in PARAMETERS.items() for part in ("-p", f"{name}={value}")]
    port = free_port()
    process = subprocess.Popen(
        [
            *(varnishd(), "-F", "-j", "none", "-n", str(folder / "bare" / "varnish")),
            *("-f", str(start), "-a", f"127.0.0.1:{port}", "-s", "default,256m", *parameters),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    import socket
    import time

    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("Varnish did not start")


def through_front(
    folder: Path, node: int, origin: int, requests: list[Request], seconds: int
) -> float:
    """The mix's readings by HTTP/2 over TLS; h2load can only read."""
    front = Front(folder, node, origin, 2_000)
    try:
        file = folder / "addresses"
        read = [r.path.replace("FRESH", f"front-{n}") for n, r in enumerate(requests)]
        gets = [path for path, r in zip(read, requests, strict=True) if r.method == "GET"]
        file.write_text("".join(f"https://localhost:{front.port}{path}\n" for path in gets))
        done = subprocess.run(
            [
                *("h2load", "-t2", f"-c{CONNECTIONS}", "-m8", f"-D{seconds}", "--warm-up-time=1"),
                *("-H", "accept-encoding: gzip", "-i", str(file)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", done.stdout)
        if found is None:
            raise SystemExit(f"h2load failed: {done.stdout}{done.stderr}")
        return float(found[1])
    finally:
        front.stop()


if __name__ == "__main__":
    main()
