"""Ten thousand readers of one thread at one edge node, and what else readers do together.

The readers are real connections that follow the thread as the product's page does
(bench/live_readers.py); the origin requests are counted by a recording proxy between Varnish and
Django. A delivery is measured from the moment when the comment was sent to the server until the
whole answer is in the reader's hands, so that the write itself is in it. Child is that of the
varnishd process that serves, above what it had before the first reader came.
"""

import statistics
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.client import Connection, Loop, cpu_seconds, get
from bench.edge_lab import HOST, Child, Lab, Post, Writers, counters
from bench.herd import at_most_together
from bench.live_front import Front
from bench.live_readers import Followers
from bench.report import Report, arguments, percentile

WITHIN = 60.0  # nothing here takes longer on any machine that works


@dataclass(frozen=True)
class Size:
    crowd: int  # readers of one thread
    events: int
    threads: int  # of ten readers each
    storm: int  # readers of the thread that is stormed
    storm_seconds: int
    tls: int  # readers through HAProxy
    sees_a_hold_end: bool


SIZES = {
    "small": Size(10_000, 5, 200, 1_000, 2, 500, sees_a_hold_end=False),
    "full": Size(10_000, 20, 1_000, 5_000, 10, 5_000, sees_a_hold_end=True),
}
STORM_A_SECOND = 100
EACH = 10  # readers of each of many threads
# Threads whose readers come within a second: each is a question that Django must look up.
ARRIVING_A_SECOND = 200


def main() -> None:
    options = arguments(__doc__ or "")
    size = SIZES[options.size]
    report = Report("live", options.size)
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        fill_the_log(lab)
        crowd(report, lab, size)
        many_threads(report, lab, size)
        storm(report, lab, size)
        through_haproxy(report, lab, size)
    report.finish(as_json=options.json)


def fill_the_log(lab: Lab) -> None:
    """Varnish's own log is a ring in memory that only grows until it is full: fill it first."""
    loop = Loop(lab.node.port)
    thread = Writers(loop, lab).write_all(["warm"])[0]
    before = counters(lab.node, "shm_cycles")["shm_cycles"]
    page = get(f"/api/v1/threads/{thread.thread}", HOST)
    while counters(lab.node, "shm_cycles")["shm_cycles"] == before:
        hammer(loop, page)
    loop.close()


def hammer(loop: Loop, request: bytes, count: int = 5_000) -> None:
    """The same request again and again on twenty connections."""
    left = count

    def again(connection: Connection) -> None:
        nonlocal left
        left -= 1
        loop.ask(connection, request, lambda *_: again(connection))

    for _ in range(20):
        again(Connection())
    loop.run(lambda: left <= 0, within=WITHIN)


def crowd(report: Report, lab: Lab, size: Size) -> None:
    """All readers in one thread: what they cost parked, at each event, and after a restart."""
    loop, followers = readers_at(lab.node.port)
    writers = Writers(loop, lab)
    first = writers.write_all(["crowd"])[0]
    child = Child(lab.node)
    empty = child.kib()
    took = park(loop, followers, [(first.thread, first.seq)], size.crowd)
    loop.rest(2)
    parked = (child.kib() - empty) / size.crowd
    lab.origin.seen()
    events = [one_event(loop, followers, writers, lab, child) for _ in range(size.events)]
    peak = (max(event["peak"] for event in events) - empty) / size.crowd
    delays = [delay for event in events for delay in event["delays"]]
    asked = tails_of(lab, [first])
    report.raw_results.append({"scene": "crowd", "events": events, "asked": asked})
    report.figures[f"{size.crowd:,} readers of one thread"] = {
        "parked_within_s": round(took, 2),
        "KiB_each_parked": round(parked, 1),
        "KiB_each_at_release": round(peak, 1),
        "threads_of_varnishd": child.threads(),
        "delivery_s_median": round(statistics.median(delays), 3),
        "delivery_s_p99_by_event": [round(percentile(e["delays"], 0.99), 3) for e in events],
        "cpu_s_per_event": {
            who: round(statistics.median(event["cpu"][who] for event in events), 3)
            for who in ("client", "varnish")
        },
        "sessions_dropped": counters(lab.node, "sess_dropped")["sess_dropped"],
    }
    each = len(asked) / size.events
    report.goal("origin requests per event", goal="1", got=each, met=each <= 1)
    p99 = percentile(delays, 0.99)
    report.goal("delivery p99", goal="< 1 s", got=round(p99, 3), met=p99 < 1)
    report.goal("KiB each, parked", goal="<= 32", got=round(parked, 1), met=parked <= 32)
    report.goal("KiB each, at release", goal="<= 48", got=round(peak, 1), met=peak <= 48)
    if size.sees_a_hold_end:
        hold_ends(report, loop, followers, lab, first)
    restart(report, loop, followers, writers, lab, size)
    loop.close()


def one_event(
    loop: Loop, followers: Followers, writers: Writers, lab: Lab, child: Child
) -> dict[str, Any]:
    """One comment, until every reader has it and is parked again."""
    child.forget_peak()
    cpu, varnish = cpu_seconds(), child.cpu_seconds()
    made = writers.write("crowd")
    is_heard = loop.run(
        lambda: (
            made.acked is not None and followers.at_or_beyond(made.seq) == len(followers.readers)
        ),
        within=WITHIN,
    )
    writers.refuse_failures()
    if not is_heard:
        raise SystemExit("an event did not reach every reader within a minute")
    loop.run(lambda: followers.parked() == len(followers.readers), within=WITHIN)
    spent = {"client": cpu_seconds() - cpu, "varnish": child.cpu_seconds() - varnish}
    loop.rest(0.5)
    delays = followers.heard[made.thread].delays(made.seq, made.sent)
    return {"delays": delays, "peak": child.peak_kib(), "cpu": spent}


def hold_ends(report: Report, loop: Loop, followers: Followers, lab: Lab, first: Post) -> None:
    """Nothing is written for longer than a hold: all are let go with nothing, and come back."""
    lab.origin.seen()
    followers.empty = 0
    loop.run(lambda: followers.empty >= len(followers.readers), within=WITHIN)
    loop.run(lambda: followers.parked() == len(followers.readers), within=WITHIN)
    loop.rest(1)
    report.figures["when a hold ends without news"] = {
        "origin_requests": len(tails_of(lab, [first])),
        "empty_answers_per_reader": round(followers.empty / len(followers.readers), 3),
    }


def restart(
    report: Report, loop: Loop, followers: Followers, writers: Writers, lab: Lab, size: Size
) -> None:
    """Varnish restarts cold while a comment is posted elsewhere; every reader comes back."""
    lab.origin.seen()
    before = followers.readers[0].seq
    lab.node.stop()
    loop.rest(0.2)
    direct = Loop(lab.server.port)
    missed = Writers(direct, lab).write_all(["crowd"])[0]
    direct.close()
    lab.node.start()
    began = time.monotonic()
    is_whole = loop.run(
        lambda: followers.at_or_beyond(missed.seq) == followers.parked() == size.crowd,
        within=WITHIN,
    )
    took = time.monotonic() - began
    asked = tails_of(lab, [missed])
    report.figures[f"{size.crowd:,} readers after a cold restart"] = {
        "all_back_within_s": round(took, 2),
        "origin_requests": len(asked),
        "answers_broken": loop.broken,
        "connections_refused": loop.refused,
    }
    report.raw_results.append({"scene": "restart", "took": took, "asked": asked, "was": before})
    report.goal("readers back after a restart", goal="all", got=followers.parked(), met=is_whole)
    together = at_most_together(asked)
    report.goal(
        "under way at a time, reconnect", goal="<= 1 a URL", got=together, met=together <= 1
    )


def many_threads(report: Report, lab: Lab, size: Size) -> None:
    """Ten readers in each of many threads: one held request at the origin for each thread."""
    loop, followers = readers_at(lab.node.port)
    writers = Writers(loop, lab)
    names = [f"many-{number}" for number in range(size.threads)]
    first = writers.write_all(names)
    readers = size.threads * EACH
    child = Child(lab.node)
    empty = child.kib()
    took = park(loop, followers, [(post.thread, post.seq) for post in first], EACH)
    loop.rest(1)
    parked = child.kib() - empty
    lab.origin.seen()
    some = names[:: max(1, size.threads // 100)]
    posts = []
    for name in some:
        posts.append(writers.write(name))
        loop.rest(0.02)
    loop.run(lambda: not writers.under_way, within=WITHIN)
    refused, posts = len(writers.failed), [post for post in posts if post.acked]
    loop.run(lambda: all(is_heard(followers, post) for post in posts), within=WITHIN)
    loop.rest(1)
    delays = [d for post in posts for d in followers.heard[post.thread].delays(post.seq, post.sent)]
    asked = tails_of(lab, posts)
    report.raw_results.append({"scene": "many threads", "delays": delays, "asked": len(asked)})
    report.figures[f"{size.threads:,} threads of {EACH} readers"] = {
        "parked_within_s": round(took, 2),
        "KiB_per_reader": round(parked / readers, 1),
        "KiB_per_thread": round(parked / size.threads, 1),
        "threads_of_varnishd": child.threads(),
        "delivery_s_p99": round(percentile(delays, 0.99), 3),
        "posts_refused": refused,
    }
    each = len(asked) / len(posts)
    name = f"origin requests per event, {size.threads:,} threads"
    report.goal(name, goal="1", got=round(each, 3), met=each <= 1)
    got = len(delays)
    report.goal(
        "events delivered", goal=str(len(posts) * EACH), got=got, met=got == len(posts) * EACH
    )
    loop.close()


def is_heard(followers: Followers, post: Any) -> bool:
    return len(followers.heard[post.thread].delays(post.seq, post.sent)) >= EACH


def storm(report: Report, lab: Lab, size: Size) -> None:
    """A hundred comments a second in one thread that everybody follows."""
    loop, followers = readers_at(lab.node.port)
    writers = Writers(loop, lab)
    first = writers.write_all(["storm"])[0]
    park(loop, followers, [(first.thread, first.seq)], size.storm)
    lab.origin.seen()
    due = [n / STORM_A_SECOND for n in range(STORM_A_SECOND * size.storm_seconds)]
    cpu = cpu_seconds()
    began = time.monotonic()

    def write() -> None:
        writers.write("storm")

    for moment in due:
        loop.after(moment, write)
    loop.rest(due[-1])
    loop.run(lambda: not writers.under_way, within=WITHIN)
    refused, posts = len(writers.failed), writers.posted[1:]
    took = time.monotonic() - began
    last = max(post.seq for post in posts)
    is_whole = loop.run(lambda: followers.at_or_beyond(last) == size.storm, within=WITHIN)
    spent = cpu_seconds() - cpu
    heard = followers.heard[first.thread]
    delays = [delay for post in posts for delay in heard.delays(post.seq, post.sent)]
    asked = tails_of(lab, [first])
    answers = len(heard.at)
    report.raw_results.append({"scene": "storm", "answers": answers, "asked": asked})
    report.figures[f"a storm before {size.storm:,} readers"] = {
        "comments_per_s": round(len(posts) / took, 1),
        "posts_refused": refused,
        "delivery_s_median": round(statistics.median(delays), 3),
        "delivery_s_p99": round(percentile(delays, 0.99), 3),
        "origin_requests_per_event": round(len(asked) / len(posts), 3),
        "answers_per_origin_request": round(answers / max(1, len(asked)), 1),
        "events_per_answer": round(len(delays) / max(1, answers), 2),
        "client_cpu_share": round(spent / took, 2),
    }
    each = len(asked) / len(posts)
    taken = len(posts) / took
    report.goal(
        "comments taken a second, storm",
        goal=f">= {STORM_A_SECOND * 0.95:g} of {STORM_A_SECOND}", got=round(taken, 1),
        met=taken >= STORM_A_SECOND * 0.95 and not refused,
    )  # fmt: skip
    report.goal("origin requests per event, storm", goal="<= 1", got=round(each, 3), met=each <= 1)
    report.goal(
        "storm heard by all", goal=str(size.storm), got=followers.at_or_beyond(last), met=is_whole
    )
    loop.close()


def through_haproxy(report: Report, lab: Lab, size: Size) -> None:
    """Readers with TLS, through the load balancer of ops/."""
    front = Front(lab.folder, lab.node.port, lab.server.port, size.tls)
    try:
        loop = Loop(front.port, tls=front.tls)
        followers = Followers(loop, HOST)
        writers = Writers(loop, lab)
        first = writers.write_all(["crowd"])[0]
        took = park(loop, followers, [(first.thread, first.seq)], size.tls)
        lab.origin.seen()
        child = Child(lab.node)
        events = [one_event(loop, followers, writers, lab, child) for _ in range(size.events)]
        loop.close()
    finally:
        front.stop()
    delays = [delay for event in events for delay in event["delays"]]
    asked = tails_of(lab, [first])
    each = len(asked) / size.events
    report.raw_results.append({"scene": "through HAProxy", "events": events, "asked": asked})
    report.figures[f"{size.tls:,} readers through HAProxy with TLS"] = {
        "parked_within_s": round(took, 2),
        "delivery_s_median": round(statistics.median(delays), 3),
        "delivery_s_p99": round(percentile(delays, 0.99), 3),
    }
    report.goal("origin requests per event, TLS", goal="1", got=each, met=each <= 1)


def readers_at(port: int) -> tuple[Loop, Followers]:
    loop = Loop(port)
    return loop, Followers(loop, HOST)


def park(loop: Loop, followers: Followers, places: list[tuple[str, int]], each: int) -> float:
    """So many readers at each place, until all wait there; seconds."""
    began = time.monotonic()
    for number, (thread, seq) in enumerate(places):
        loop.after(number / ARRIVING_A_SECOND, partial(followers.add, thread, seq, each))
    whole = each * len(places)
    if not loop.run(lambda: followers.parked() == whole, within=WITHIN):
        raise SystemExit(f"only {followers.parked()} of {whole} readers could be parked")
    return time.monotonic() - began


def tails_of(lab: Lab, posts: list[Post]) -> list[dict[str, Any]]:
    """The questions for the tails of these posts' threads that have reached the origin lately."""
    paths = {f"/api/v1/threads/{post.thread}/events" for post in posts}
    return [each for each in lab.origin.seen() if each["path"].partition("?")[0] in paths]


if __name__ == "__main__":
    main()
