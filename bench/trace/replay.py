"""A small part of such a month, played to a real Varnish and Django, and simulated.

The same people do the same things at the same seconds in both. What reaches Django is counted by
the proxy before it, by kind; how the readers follow is what the product tells them.
"""

import gzip
import http.client
import json
import random
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.client import Connection, Loop, get, header, post
from bench.edge_lab import HOST, TEXT, Lab, Writers
from bench.report import Report
from bench.trace.edge import Edge
from bench.trace.figures import Figures
from bench.trace.generate import Happening, Thread, Trace
from bench.trace.rules import ours

# Seconds of page views, views a second, threads; then everything is let run out.
SIZES = {"small": (12, 20, 60), "full": (45, 25, 120)}
# Seconds in sight, comments a view, signed in: more of all than in the month, so that a few hundred
# views meet everything.
VISIBLE, COMMENTS, SIGNED_IN = 6.0, 0.03, 0.10
SEED = 8
TOLERANCE = 0.10
KINDS = ("page", "tail", "held tail", "overlay", "write")


def measure(report: Report, size: str) -> None:
    """Play, simulate, compare the requests that reached Django."""
    happenings, threads = scene(*SIZES[size])
    figures = Figures(visible=VISIBLE)
    trace = Trace(figures, [Thread(n, 1.0) for n in range(threads)], [], happenings)
    simulated = by_kind(Edge(trace, ours()).run())
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        play = Play(lab, happenings)
        played = play.run()
        played["write"] -= play.again
    rows = {kind: {"replayed": played[kind], "simulated": simulated[kind]} for kind in KINDS}
    report.figures["replay, requests that reached Django"] = rows
    report.raw_results.append({"replay": rows, "asked": dict(play.asked)})
    all_played, all_simulated = sum(played.values()), sum(simulated.values())
    off = abs(all_played / all_simulated - 1)
    report.goal(
        "replay and simulation agree",
        goal=f"within {TOLERANCE:.0%}",
        got=f"{off:.1%} ({all_played} and {all_simulated})",
        met=off <= TOLERANCE,
    )


def scene(seconds: int, rate: int, threads: int) -> tuple[list[Happening], int]:
    """Views of threads by Zipf, comments among them, in order of time."""
    chance = random.Random(SEED)
    weights = [1 / (n + 1) for n in range(threads)]
    happenings = []
    time_now = chance.expovariate(rate)
    while time_now < seconds:
        number = chance.choices(range(threads), weights)[0]
        visible = chance.expovariate(1 / VISIBLE)
        is_signed_in = chance.random() < SIGNED_IN
        happenings.append(Happening(time_now, "view", number, visible, is_signed_in))
        if chance.random() < COMMENTS:
            happenings.append(Happening(time_now + chance.random() * 2, "comment", number))
        time_now += chance.expovariate(rate)
    return sorted(happenings), threads


def by_kind(edge: Edge) -> Counter[str]:
    """What the simulation sends to Django."""
    counted: Counter[str] = Counter()
    for (kind, _), number in edge.origin.items():
        counted[kind] += round(number)
    return counted


class Play:
    """Readers and writers in one loop, each doing at its second what the scene says."""

    def __init__(self, lab: Lab, happenings: list[Happening]) -> None:
        from voxpop.threads import addresses

        self._lab, self._happenings = lab, happenings
        self._loop = Loop(lab.node.port)
        self._writers = Writers(self._loop, lab)
        self._free: list[Connection] = []
        self._open = 0
        self._chance = random.Random(SEED)
        self.asked: Counter[str] = Counter()
        self.again = 0
        self._id = lambda number: addresses.thread_public_id(
            "bench", *addresses.alias_of(f"play-{number}", None)
        )

    def run(self) -> Counter[str]:
        """What reached Django of it."""
        tokens = self._lab.tokens  # made before the first second
        self._token = tokens[0]
        self._wait_for_trust()
        self._lab.origin.seen()
        for happening in self._happenings:
            act = self._view if happening.kind == "view" else self._comment
            self._loop.after(happening.time, lambda act=act, h=happening: act(h))
            self._open += 1
        whole = self._loop.run(lambda: self._open == 0, within=self._happenings[-1].time + 90)
        if not whole:
            raise SystemExit(f"the replay did not end: {self._open} are left")
        time.sleep(0.5)
        self._writers.refuse_failures()
        self._loop.close()
        return Counter(filter(None, (kind_of(line) for line in self._lab.origin.seen())))

    def _wait_for_trust(self) -> None:
        """Until the purger has told the node that it has missed nothing, a copy lasts 10 s."""
        node = self._lab.node
        secret = {"Host": HOST, "Voxpop-Secret": node.secret}
        until = time.monotonic() + 30
        while time.monotonic() < until:
            line = http.client.HTTPConnection("127.0.0.1", node.purge_port, timeout=5)
            line.request("GET", "/embed.js", headers=secret)
            if line.getresponse().headers.get("Voxpop-Lease") == "held":
                return
            time.sleep(0.2)
        raise SystemExit("the node was never trusted")

    # What people do

    def _view(self, view: Happening) -> None:
        until = time.monotonic() + view.visible
        thread = self._id(view.number)

        def have_page(status: int, head: bytes, body: bytes, at: float) -> None:
            seq = int(header(head, b"voxpop-seq") or b"0")
            if view.is_signed_in:
                self._open += 1
                path = f"/api/v1/me/threads/{thread}"
                self._ask("overlay", path, self._ended, f"Authorization: Bearer {self._token}")
            self._tail(thread, seq, until, hold=False, is_first=True)

        # A browser that blocks no cookies sends the session's along: it must make no difference.
        cookie = [f"Cookie: session={view.number}"] if view.is_signed_in else []
        self._ask("page", f"/embed/bench/thread?i=play-{view.number}", have_page, *cookie)

    def _tail(self, thread: str, after: int, until: float, *, hold: bool, is_first: bool) -> None:
        asked = time.monotonic()

        def have_tail(status: int, head: bytes, body: bytes, at: float) -> None:
            if header(head, b"content-encoding") == b"gzip":
                body = gzip.decompress(body)
            said = json.loads(body)
            pause = self._chance.random() / 2
            was_held = hold and at - asked > said["wait"]
            if not (said["events"] or was_held or (is_first and said["mode"] == "live")):
                pause += said["wait"] * (1 + self._chance.random() / 4)
            if said["mode"] == "none" or at + pause >= until:
                self._open -= 1
                return
            live = said["mode"] == "live"
            self._loop.after(
                pause,
                lambda: self._tail(thread, said["seq"], until, hold=live, is_first=False),
            )

        path = f"/api/v1/threads/{thread}/events?after={after}{'&hold=1' if hold else ''}"
        self._ask("held tail" if hold else "tail", path, have_tail)

    def _comment(self, happening: Happening) -> None:
        name = f"play-{happening.number}"
        page = {"identifier": name, "url": f"https://magazine.test/{name}", "title": name}
        body = json.dumps({"thread": page, "source": f"{TEXT} {uuid.uuid4()}"}).encode()
        tokens = self._lab.tokens
        request = post(
            "/api/v1/forums/bench/comments",
            HOST,
            body,
            tokens[self.asked["write"] % len(tokens)],
            str(uuid.uuid4()),
        )
        self.asked["write"] += 1

        def have_answer(status: int, head: bytes, body: bytes, at: float) -> None:
            if status == 503:  # a busy disk: the same key once more, as a browser does
                self.again += 1
                self._loop.after(0.5, lambda: self._send(request, have_answer))
                return
            self._ended(status, head, body, at)

        self._send(request, have_answer)

    def _ended(self, status: int, head: bytes, body: bytes, at: float) -> None:
        if status not in {200, 201}:
            raise SystemExit(f"refused: {status} {body[:300]!r}")
        self._open -= 1

    def _ask(self, kind: str, path: str, done: Any, *headers: str) -> None:
        self.asked[kind] += 1
        self._send(get(path, HOST, *headers), done)

    def _send(self, request: bytes, done: Any) -> None:
        connection = self._free.pop() if self._free else Connection()

        def answered(status: int, head: bytes, body: bytes, at: float) -> None:
            self._free.append(connection)
            if status == 0:
                raise SystemExit("a connection broke")
            done(status, head, body, at)

        self._loop.ask(connection, request, answered)


def kind_of(line: dict[str, Any]) -> str | None:
    """What a request at Django is called in the simulation; None for probes."""
    path, query = urlsplit(line["path"])[2:4]
    if line["method"] == "POST":
        return "write"
    if path.startswith("/embed/"):
        return "page"
    if path.endswith("/events"):
        return "held tail" if "hold=1" in query else "tail"
    return "overlay" if path.startswith("/api/v1/me/") else None
