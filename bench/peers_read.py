"""One page of 50, and the whole, of a 300-comment thread: us, Isso, django-comments-xtd.

JSON against JSON, nothing in front, the same thread and machine, one run; wrk asks over kept
connections, the peers and we by turns. Each at its default and at its best documented setting.
"""

import json
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.post import prepare
from bench.report import Report, arguments
from bench.serving import Server, guest

COMMENTS = 300
SECONDS = {"small": 4, "full": 15}
ROUNDS = {"small": 2, "full": 3}
CONNECTIONS = 8
# As many as the peers' servers have workers.
TWO_PROCESSES = ("--processes", "2")
TEXT = "This is comment **{n}**, a sentence or two of *plausible* length, with a `word` of code."


@dataclass
class Case:
    name: str
    url: str
    before: Callable[[], None] | None = None


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("peers-read", options.size)
    # As most threads are: five sixths stand for themselves, one sixth answers the one before.
    thread = [(n - 1 if n % 6 == 5 else None, TEXT.format(n=n)) for n in range(COMMENTS)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        running: list[peers.Peer | Server] = []
        try:
            isso = peers.isso(place / "isso", thread)
            running.append(isso)
            xtd = peers.xtd(place / "xtd", thread)
            running.append(xtd)
            ours, cold, thread_id = voxpop(place / "voxpop", thread)
            running += [ours, cold]
            cases = cases_of(isso, xtd, ours, cold, thread_id)
            results = measured(cases, SECONDS[options.size], ROUNDS[options.size])
        finally:
            for each in running:
                each.stop()
    conclude(report, results)
    report.finish(as_json=options.json)


def voxpop(folder: Path, thread: list[tuple[int | None, str]]) -> tuple[Server, Server, str]:
    """Our server with the thread in it; and a second one on a copy that keeps no page."""
    folder.mkdir(parents=True)
    prepare(folder)
    server = Server(folder, options=TWO_PROCESSES)
    server.start()
    token, made = guest(server, 0), []
    thread_id = ""
    for parent, text in thread:
        page = {"identifier": "page", "url": "https://magazine.test/page", "title": "Page"}
        body = {"thread": page, "source": text}
        if parent is not None:
            body["parent"] = made[parent]
        status, answer = server.post("/api/v1/forums/bench/comments", body, token=token)
        if status != 201:
            raise SystemExit(f"a comment was refused: {status} {answer}")
        made.append(answer["id"])
        thread_id = answer["thread"]
    server.stop()
    copy = folder.with_name("voxpop-cold")
    shutil.copytree(folder, copy)
    cold = Server(copy, options=TWO_PROCESSES, keeps_snapshots=False)
    server.start()
    cold.start()
    return server, cold, thread_id


def cases_of(
    isso: peers.Peer, xtd: peers.Peer, ours: Server, cold: Server, thread_id: str
) -> list[Case]:
    page = f"/api/v1/threads/{thread_id}/comments?sort=oldest&limit=50"
    return [
        Case("Isso whole", f"http://127.0.0.1:{isso.port}/?uri=%2Fpage"),
        Case(
            "Isso page of 50",
            f"http://127.0.0.1:{isso.port}/?uri=%2Fpage&limit=50&nested_limit=5",
        ),
        Case("xtd whole", f"http://127.0.0.1:{xtd.port}/comments/api/sites-site/1/"),
        Case("Voxpop page from fragments", f"http://127.0.0.1:{cold.port}{page}"),
        Case("Voxpop page from a snapshot", f"http://127.0.0.1:{ours.port}{page}"),
        Case(
            "Voxpop whole (3 pages of 100)",
            f"http://127.0.0.1:{ours.port}/api/v1/threads/{thread_id}/comments?limit=100",
        ),
    ]


def measured(cases: list[Case], seconds: int, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Requests per second and bytes of each case, by turns."""
    results: dict[str, list[dict[str, float]]] = {case.name: [] for case in cases}
    for case in cases:
        wrk(case.url, 2)
    for _ in range(rounds):
        for case in cases:
            results[case.name].append(wrk(case.url, seconds))
    return results


def wrk(url: str, seconds: int) -> dict[str, float]:
    """One run of wrk with one thread; refuses answers that are not 200."""
    run = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in run:
        raise SystemExit(f"{url} did not answer 200:\n{run}")
    # At a machine too busy to answer once, wrk reports nothing: that is no measurement.
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", run)[1])  # type: ignore[index]
    requests = int(re.search(r"(\d+) requests in", run)[1])  # type: ignore[index]
    size = re.search(r"requests in [\d.]+\w+, ([\d.]+)(\w+) read", run)
    assert size is not None
    scale = {"KB": 1024, "MB": 1024**2, "GB": 1024**3, "B": 1}[size[2]]
    return {"per_second": rate, "bytes": float(size[1]) * scale / max(requests, 1)}


def conclude(report: Report, results: dict[str, list[dict[str, float]]]) -> None:
    report.raw_results = [json.loads(json.dumps(results))]
    rate = {
        name: statistics.median(run["per_second"] for run in runs) for name, runs in results.items()
    }
    for name, runs in results.items():
        size = statistics.median(run["bytes"] for run in runs)
        report.figures[name] = {"per_second": round(rate[name], 1), "bytes": round(size)}
    # The whole thread costs a reader of ours three requests.
    whole = rate["Voxpop whole (3 pages of 100)"] / 3
    ratios = {
        "page of 50, from fragments / Isso": rate["Voxpop page from fragments"]
        / rate["Isso page of 50"],
        "page of 50, from a warm snapshot / Isso": rate["Voxpop page from a snapshot"]
        / rate["Isso page of 50"],
        "whole thread / best peer": whole / max(rate["Isso whole"], rate["xtd whole"]),
    }
    report.ratios = {name: round(ratio, 1) for name, ratio in ratios.items()}
    for (name, ratio), least in zip(ratios.items(), (20, 86, 30), strict=True):
        report.goal(name, goal=f">= {least}", got=round(ratio, 1), met=ratio >= least)


if __name__ == "__main__":
    main()
