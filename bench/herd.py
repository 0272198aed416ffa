"""Everybody at once: two thousand requests for one cold URL, and for 200 threads after a restart.

The requests are sent on connections that stand already, in one go. What reaches the origin is
written down by a recording proxy between Varnish and Django, which also makes every answer take
0.1 to 0.3 s: a herd in front of an origin that answers in a millisecond is none. At most one
request per URL may be under way at a time.
"""

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.client import Connection, Loop, get
from bench.edge_lab import HOST, Lab, Writers
from bench.report import Report, arguments, percentile

HERD = 2_000
THREADS = 200
EACH = {"small": 5, "full": 20}  # requests for each of the threads
WITHIN = 60.0
SLOW = [0.1, 0.3]  # seconds


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("herd", options.size)
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        loop = Loop(lab.node.port)
        names = [f"herd-{number}" for number in range(THREADS)]
        Writers(loop, lab).write_all(names)
        pages = [f"/embed/bench/thread?i={name}" for name in names]
        lab.origin.rule(delay=SLOW)
        one_url(report, lab, loop)
        after_restart(report, lab, loop, pages, EACH[options.size])
        after_everything(report, lab, loop, pages, EACH[options.size])
        loop.close()
    report.finish(as_json=options.json)


def one_url(report: Report, lab: Lab, loop: Loop) -> None:
    """A URL that nobody has asked for before."""
    for name, path in {
        "a cold page": "/embed/bench/thread?i=nobody-was-here",
        "a cold page of JSON": "/api/v1/forums/bench/threads?identifier=herd-7",
        "an unknown address": "/api/v1/threads/00000000000000000000",
    }.items():
        seen, answers, took = herd(lab, loop, [path] * HERD)
        told(report, f"{HERD:,} at once for {name}", seen, answers, took)


def after_restart(report: Report, lab: Lab, loop: Loop, pages: list[str], each: int) -> None:
    lab.node.stop()
    lab.node.start()
    seen, answers, took = herd(lab, loop, pages * each)
    told(report, f"cold restart, {THREADS} threads by {each}", seen, answers, took)


def after_everything(report: Report, lab: Lab, loop: Loop, pages: list[str], each: int) -> None:
    """All that is kept is distrusted at once: an operator's `forget --all`."""
    forget_all(lab.node, lab.secret)
    seen, answers, took = herd(lab, loop, pages * each)
    told(report, f"all forgotten, {THREADS} threads by {each}", seen, answers, took)


def forget_all(node: Any, secret: str) -> None:
    loop = Loop(node.purge_port)
    said: list[int] = []
    lines = ["PURGE / HTTP/1.1", "Host: localhost", "Voxpop-Kind: everything"]
    request = "\r\n".join([*lines, f"Voxpop-Secret: {secret}", "", ""]).encode()
    loop.ask(Connection(), request, lambda status, *_: said.append(status))
    loop.run(lambda: bool(said), within=WITHIN)
    loop.close()
    if said != [200]:
        raise SystemExit(f"the node did not forget: {said}")


def herd(
    lab: Lab, loop: Loop, paths: list[str]
) -> tuple[list[dict[str, Any]], list[tuple[int, float]], float]:
    """Ask for all of them at once: what the origin saw, each answer's status and wait, seconds."""
    connections = [Connection() for _ in paths]
    made: list[int] = []
    for connection in connections:
        loop.connect(connection, lambda status, *_: made.append(status))
    loop.run(lambda: len(made) == len(paths), within=WITHIN)
    if set(made) != {1}:
        raise SystemExit("not every connection could be made")
    lab.origin.seen()
    answers: list[tuple[int, float]] = []
    began = time.monotonic()
    for connection, path in zip(connections, paths, strict=True):
        loop.ask(
            connection,
            get(path, HOST),
            lambda status, head, body, at: answers.append((status, at - began)),
        )
    loop.run(lambda: len(answers) == len(paths), within=WITHIN)
    took = time.monotonic() - began
    loop.rest(0.5)
    for connection in connections:
        loop.drop(connection)
    return [each for each in lab.origin.seen() if each["path"] != "/healthz"], answers, took


def told(
    report: Report,
    name: str,
    seen: list[dict[str, Any]],
    answers: list[tuple[int, float]],
    took: float,
) -> None:
    """Judge one herd: how many of each URL were under way together, and was everybody answered."""
    wanted = {each["path"] for each in seen}
    together = at_most_together(seen)
    report.raw_results.append({"herd": name, "seen": seen, "answers": answers})
    report.figures[name] = {
        "requests": len(answers),
        "urls": len(wanted),
        "origin_requests": len(seen),
        "wait_s_p99": round(percentile([wait for _, wait in answers], 0.99), 3),
        "answered_within_s": round(took, 2),
    }
    report.goal(f"under way at a time, {name}", goal="<= 1 a URL", got=together, met=together == 1)
    failed = sum(status not in {200, 404} for status, _ in answers)
    report.goal(f"not answered, {name}", goal="0", got=failed, met=failed == 0)


def at_most_together(seen: list[dict[str, Any]]) -> int:
    """The most requests for any one URL that were at the origin at the same moment."""
    moments: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for each in seen:
        moments[each["path"]] += [(each["came"], 1), (each["done"], -1)]
    most = 0
    for changes in moments.values():
        now = 0
        for _, change in sorted(changes):
            now += change
            most = max(most, now)
    return most


if __name__ == "__main__":
    main()
