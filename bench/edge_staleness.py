"""How old what readers are shown is: our edge, the same with its purges lost, and what others do.

All nodes stand before one Django at the same time and hear of the same writes, so that the modes
are compared on one history. The staleness of a read is the time, when it was sent, since the
oldest acknowledged change that its answer does not show (`Voxpop-Seq` of the answer against the
writers' own book); for a reader who follows the tail it is the time from the acknowledgement of a
change until he has it. An answer that says of itself that it is stale (`Voxpop-Stale`: the node
could not reach Django, which a busy machine brings about) is counted apart, with its staleness.

    ours              the product
    purges lost       the product; every PURGE vanishes and is answered 200, heartbeats arrive
    purger dead       the product; every PURGE and every heartbeat vanishes
    ttl 10 s          no purge, fence, lease or floor; pages are kept ten seconds (Disqus, 2013,
                      without its day of grace)
    purge             the product's times, purged once after the commit; no fence, lease or floor
    purge + rebound   the same, and each purge once more a second later

Two halves: Django as it is, then with an origin that takes 0.03 to 0.4 s for a page, where answers
are overtaken by purges.
"""

import random
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.client import Connection, Loop, get, header
from bench.edge_lab import HOST, Lab, Post, Writers
from bench.edge_variants import NO_GUARDS, TEN_SECONDS, weaken
from bench.live_readers import Followers
from bench.report import Report, arguments, percentile

SECONDS = {"small": 13, "full": 75}  # of each half
MODES: dict[str, tuple[dict[str, str], list[str]]] = {  # changes to the VCL, what is lost
    "ours": ({}, []),
    "purges lost": ({}, ["purge"]),
    "purger dead": ({}, ["purge", "beat"]),
    "ttl 10 s": (TEN_SECONDS, ["purge", "beat"]),
    "purge": (NO_GUARDS, ["numbered"]),
    "purge + rebound": (NO_GUARDS, []),
}
WITH_FLOOR = ("ours", "purges lost", "purger dead")
BUSY, QUIET = 4, 40
BUSY_EVERY, QUIET_EVERY = 0.8, 12.0  # seconds between two comments of one thread, on average
READS_A_SECOND = 80  # of each node
FOLLOWERS = 2  # of each thread at each node
SLOW = [0.03, 0.4]
OWN_READS_AFTER = (0.0, 0.5, 2.0, 5.0)


@dataclass
class Seen:
    """What the readers of one node were shown in one half."""

    stale: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by thread
    own_reads: int = 0
    own_missed: list[str] = field(default_factory=list)  # what was answered instead
    own_marked: int = 0  # missed, but the answer says that it is stale: Django was out of reach
    marked: list[float] = field(default_factory=list)  # staleness of answers that say so
    unanswered: int = 0

    def of(self, kind: str) -> list[float]:
        """Staleness of every read of the busy or the quiet threads."""
        return [each for name, all_ in self.stale.items() if name.startswith(kind) for each in all_]


class Book:
    """What the writers know: every acknowledged change of each thread."""

    def __init__(self) -> None:
        self._acked: dict[str, list[tuple[int, float]]] = defaultdict(list)

    def enter(self, post: Post) -> None:
        assert post.acked is not None
        self._acked[post.name].append((post.seq, post.acked))

    def staleness(self, name: str, shown: int, at: float) -> float:
        """Seconds at `at` since the oldest acknowledged change above `shown`; 0 without one."""
        missing = [acked for seq, acked in self._acked[name] if seq > shown and acked <= at]
        return at - min(missing) if missing else 0.0


class Run:
    """Writers and readers at work on all nodes."""

    def __init__(self, lab: Lab, loop: Loop) -> None:
        self.lab = lab
        self.loop = loop
        self.random = random.Random(5)
        self.book = Book()
        self.nodes = dict(zip(MODES, lab.nodes, strict=True))
        self.writers = Writers(loop, lab)
        busy = [f"busy-{n}" for n in range(BUSY)]
        quiet = [f"quiet-{n}" for n in range(QUIET)]
        self.every = dict.fromkeys(busy, BUSY_EVERY) | dict.fromkeys(quiet, QUIET_EVERY)
        self.first = self.writers.write_all([*busy, *quiet])
        self.threads = {post.name: post.thread for post in self.first}
        for post in self.first:
            self.book.enter(post)
        self.followers = {mode: self._follow(node.port) for mode, node in self.nodes.items()}
        self._free: dict[str, list[Connection]] = defaultdict(list)
        self.seen: dict[str, Seen] = {}
        self._half = 0

    def half(self, seconds: float) -> dict[str, Seen]:
        """Write and read for so long; what was shown at each node."""
        self.seen = {mode: Seen() for mode in MODES}
        self._half += 1
        half, until = self._half, time.monotonic() + seconds
        for name in self.threads:
            self._write_after(self._pause(name), name, half, until)
        self._read_all(half, until)
        self.loop.run(lambda: time.monotonic() > until, within=seconds + 10)
        self.loop.rest(1)  # what was asked last is still answered
        return self.seen

    def _pause(self, name: str) -> float:
        return self.random.uniform(0.2, 1.8) * self.every[name]

    def _write_after(self, pause: float, name: str, half: int, until: float) -> None:
        def write() -> None:
            if time.monotonic() < until:
                self.writers.write(name, lambda post: self._acked(post, half))
                self._write_after(self._pause(name), name, half, until)

        self.loop.after(pause, write)

    def _acked(self, post: Post, half: int) -> None:
        self.book.enter(post)
        if not post.name.endswith("0"):
            # Who reads what he wrote brings a new page for all: most threads are not helped so.
            return
        floor = header(post.head, b"voxpop-floor")
        for pause in OWN_READS_AFTER:
            self.loop.after(pause, lambda: self._read_own(post, floor, half))

    def _read_own(self, post: Post, floor: bytes | None, half: int) -> None:
        for mode in MODES:
            seen = self.seen[mode]
            told = [f"Voxpop-Floor: {floor.decode()}"] if floor and mode in WITH_FLOOR else []

            def check(shown: int, head: bytes, _: float, seen: Seen = seen) -> None:
                if half != self._half:
                    return
                seen.own_reads += 1
                if shown < post.seq and header(head, b"voxpop-stale"):
                    seen.own_marked += 1
                elif shown < post.seq:
                    waited = time.monotonic() - (post.acked or 0)
                    seen.own_missed.append(f"{post.seq} after {waited:.3f} s: {head.decode()}")

            self._read(mode, self._page_of(post.name), check, *told)

    def _read_all(self, half: int, until: float) -> None:
        """The same page at every node, again and again; half of the reads are of busy threads."""
        if time.monotonic() > until:
            return
        kind = "busy" if self.random.random() < 0.5 else "quiet"
        name = self.random.choice([each for each in self.threads if each.startswith(kind)])
        path = self._page_of(name)
        for mode in MODES:
            seen = self.seen[mode]

            def note(shown: int, head: bytes, sent: float, seen: Seen = seen) -> None:
                is_marked = header(head, b"voxpop-stale") is not None
                stale = seen.marked if is_marked else seen.stale[name]
                stale.append(self.book.staleness(name, shown, sent))

            self._read(mode, path, note)
        self.loop.after(1 / READS_A_SECOND, lambda: self._read_all(half, until))

    def _page_of(self, name: str) -> str:
        thread = self.threads[name]
        return self.random.choice(
            [
                f"/embed/bench/thread?i={name}",
                f"/t/{thread}/",
                f"/api/v1/threads/{thread}/comments?sort=newest",
            ]
        )

    def _read(self, mode: str, path: str, note: Any, *headers: str) -> None:
        """Ask one node; `note` is told the place of the answer and when it was asked for."""
        free = self._free[mode]
        connection = free.pop() if free else Connection(self.nodes[mode].port)
        sent = time.monotonic()
        seen = self.seen[mode]

        def done(status: int, head: bytes, body: bytes, at: float) -> None:
            free.append(connection)
            shown = header(head, b"voxpop-seq")
            if status != 200 or shown is None:
                seen.unanswered += 1
                return
            note(int(shown), head, sent)

        self.loop.ask(connection, get(path, HOST, *headers), done)

    def _follow(self, port: int) -> Followers:
        followers = Followers(self.loop, HOST, port)
        for post in self.first:
            followers.add(post.thread, post.seq, FOLLOWERS)
        return followers


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("edge-staleness", options.size)
    modes = {mode.replace(" ", "-").replace("+", "and"): mode for mode in MODES}

    def before_start(node: Any) -> None:
        weaken(node, MODES[modes[node.name]][0])

    with (
        tempfile.TemporaryDirectory() as folder,
        Lab(Path(folder), nodes=list(modes), before_start=before_start) as lab,
    ):
        for proxy, (_, lost) in zip(lab.purges, MODES.values(), strict=True):
            proxy.rule(lose=lost)
        loop = Loop(lab.node.port)
        run = Run(lab, loop)
        loop.rest(2)
        halves = {}
        for half, rules in {"as it is": {}, "slow origin": {"delay": SLOW}}.items():
            lab.origin.rule(**rules)
            begun = len(run.writers.posted)
            seen = run.half(SECONDS[options.size])
            halves[half] = (seen, run.writers.posted[begun:])
        loop.rest(1.5)
        conclude(report, run, halves)
        loop.close()
    report.finish(as_json=options.json)


def conclude(report: Report, run: Run, halves: dict[str, Any]) -> None:
    for half, (seen, posts) in halves.items():
        report.figures[f"{half}: comments"] = len(posts)
        for mode in MODES:
            live = [
                max(0.0, delay)
                for post in posts
                for delay in run.followers[mode].heard[post.thread].delays(post.seq, post.acked)
            ]
            expected = len(posts) * FOLLOWERS
            report.figures[f"{half}: {mode}"] = {
                "busy": told(seen[mode].of("busy")),
                "quiet": told(seen[mode].of("quiet")),
                "live": told(live) | {"not_heard": expected - len(live)},
                "own_missed": f"{len(seen[mode].own_missed)} of {seen[mode].own_reads}",
                "own_missed_but_marked": seen[mode].own_marked,
                "marked": told(seen[mode].marked) if seen[mode].marked else "none",
                "unanswered": seen[mode].unanswered,
            }
            report.raw_results.append(
                {
                    "half": half,
                    "mode": mode,
                    "stale": dict(seen[mode].stale),
                    "live": live,
                    "own_missed": seen[mode].own_missed,
                }
            )
    report.figures["posts refused"] = len(run.writers.failed)
    judge(report, halves)


def judge(report: Report, halves: dict[str, Any]) -> None:
    """The goals hold for Django as it is; bounds hold for both halves."""
    for kind in ("busy", "quiet", "live"):
        p99 = report.figures["as it is: ours"][kind]["p99"]
        report.goal(f"p99, {kind}", goal="<= 0.2 s", got=p99, met=p99 <= 0.2)
    for mode in ("purges lost", "purger dead"):
        each = [report.figures[f"{half}: {mode}"] for half in halves]
        live = max(figures["live"]["max"] for figures in each)
        report.goal(f"{mode}, live readers", goal="<= 1.1 s", got=live, met=live <= 1.1)
        most = max(figures[kind]["max"] for figures in each for kind in ("busy", "quiet"))
        report.goal(f"{mode}, anybody", goal="<= 15 s", got=most, met=most <= 15)
    missed = {
        mode: sum(len(seen[mode].own_missed) for seen, _ in halves.values()) for mode in WITH_FLOOR
    }
    report.goal("own writes not seen", goal="0", got=missed, met=not any(missed.values()))
    heard = sum(
        report.figures[f"{half}: {mode}"]["live"]["not_heard"] for half in halves for mode in MODES
    )
    report.goal("changes not heard by a live reader", goal="0", got=heard, met=heard == 0)


def told(seconds: list[float]) -> dict[str, Any]:
    return {
        "reads": len(seconds),
        "p50": round(percentile(seconds, 0.5), 3),
        "p99": round(percentile(seconds, 0.99), 3),
        "max": round(max(seconds), 3),
        "over_2_s": f"{100 * sum(each > 2 for each in seconds) / len(seconds):.2f} %",
    }


if __name__ == "__main__":
    main()
