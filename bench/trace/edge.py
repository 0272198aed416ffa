"""An edge of two nodes, simulated: what is kept, what is purged, what has to go to Django and why.

Threads are read in the order of time. Purge at the change (soft), the fence, the purge that comes
again a second later (if the rules say that it purges), the lease in its healthy state (it costs
nothing), eviction of what was used longest ago, by bytes. Reasons bear the names of the product's
own counters (`voxpop/edge/why.py`), and one more: `held`, a held question to which there was
nothing new.
"""

import heapq
import zlib
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from bench.trace import figures as sizes
from bench.trace.generate import Happening, Trace
from bench.trace.rules import Rules
from bench.trace.unique import is_truly_unique
from voxpop.edge.policy import quietness

NODES = 2
# Seconds: a fetch from Django; how long a fenced answer lives; the repetition of a purge; a hold;
# the pause after its answer; between two questions of a reader who polls.
FETCH = 0.010
FENCED = 0.1
REPEATED_AFTER = 1.0
HOLD = 25.0
PAUSE = 0.25
POLL = 22.5
FOLD = 1.0

# What is asked for, and of which thread or front page: the first two are its surrogate key.
Url = tuple[Any, ...]


@dataclass(slots=True)
class Kept:
    version: Hashable
    size: float
    expires: float
    ready: float
    lost_by: str = "expired"


class Node:
    """One Varnish: objects in the order of their last use, and what it was ever given."""

    def __init__(self, memory: float) -> None:
        self._room = memory
        self._objects: OrderedDict[Url, Kept] = OrderedDict()
        self._keys: dict[Url, set[Url]] = {}
        self._given: dict[Url, Hashable] = {}
        self.bytes = 0.0
        # Hits on bytes that had changed, by what was asked for.
        self.stale: Counter[str] = Counter()

    def why_fetched(
        self, url: Url, now: float, ttl: float, version: Hashable, size: float
    ) -> str | None:
        """None if the node had it; else the reason why Django was asked, and now it has it."""
        kept = self._objects.get(url)
        if kept is not None and now < kept.expires:
            self._objects.move_to_end(url)
            self.stale[url[0]] += kept.version != version
            return None
        before = self._given.get(url)
        if is_truly_unique(url[0], version, before):
            reason = "first" if before is None else "changed"
        else:
            reason = kept.lost_by if kept is not None else "evicted"
        self._given[url] = version
        if kept is not None:
            self.bytes -= kept.size
        self._objects[url] = Kept(version, size, now + ttl, now + FETCH)
        self._objects.move_to_end(url)
        self._keys.setdefault(url[:2], set()).add(url)
        self.bytes += size
        while self.bytes > self._room:
            _, gone = self._objects.popitem(last=False)
            self.bytes -= gone.size
        return reason

    def purge(self, key: Url, now: float) -> None:
        """Softly. What is being fetched at this moment is not reached, but fenced."""
        for url in self._keys.pop(key, ()):
            kept = self._objects.get(url)
            if kept is None or kept.expires <= now:
                continue
            is_fenced = now < kept.ready
            kept.expires = now + FENCED if is_fenced else now
            kept.lost_by = "fenced" if is_fenced else "purged"
            if is_fenced:
                self._keys.setdefault(key, set()).add(url)


@dataclass(slots=True)
class State:
    """A thread now: its place in the log, its readers who are parked."""

    seq: int = 0
    comments: int = 0
    last_comment: float | None = None
    is_vote_waiting: bool = False
    hold_ends: float | None = None
    is_hold_counted: bool = True
    parked: list[float] = field(default_factory=list)


class Edge:
    """Feeds a trace to the nodes and counts, by weight, what came and what reached Django."""

    def __init__(self, trace: Trace, rules: Rules, memory: float = float("inf")) -> None:
        self._trace, self._rules = trace, rules
        self._nodes = [Node(memory / NODES) for _ in range(NODES)]
        self._states = [
            State(thread.comments, thread.comments, thread.last_comment) for thread in trace.threads
        ]
        self._fronts = [0] * len(trace.fronts)
        self._articles = [0] * len(trace.fronts)
        self._front_comment = [-1e9] * len(trace.fronts)
        self._due: list[tuple[float, int, str, int, tuple[Any, ...]]] = []
        self._ticket = 0
        self.requests: Counter[str] = Counter()
        # (kind, reason) -> requests that reached Django
        self.origin: Counter[tuple[str, str]] = Counter()
        self.views = 0.0
        # Requests that were simulated, each counted once.
        self.simulated = 0

    def run(self) -> "Edge":
        for happening in self._trace.happenings:
            self._run_due(happening.time)
            getattr(self, f"_{happening.kind}")(happening)
        self._run_due(float("inf"))
        return self

    @property
    def stale(self) -> Counter[str]:
        """Hits on bytes that had changed, each counted once."""
        return sum((node.stale for node in self._nodes), Counter())

    def _run_due(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            time, _, kind, number, more = heapq.heappop(self._due)
            getattr(self, f"_{kind}")(time, number, *more)

    def _later(self, time: float, kind: str, number: int, *more: Any) -> None:
        self._ticket += 1
        heapq.heappush(self._due, (time, self._ticket, kind, number, more))

    # What people do

    def _view(self, view: Happening) -> None:
        state, figures = self._states[view.number], self._trace.figures
        weight = self._weight(view.number, view.time)
        self.views += weight
        self.requests["script"] += weight * figures.scripts_a_view
        ttl = self._ttl(self._rules.page, state, view.time)
        size = sizes.page_bytes(state.comments)
        self._shared(("page", view.number), view.time, ttl, state.seq, size, weight)
        if view.is_signed_in:
            self._private("overlay", weight, "viewer")
        after = self._ask_tail(view.number, view.time, state.seq)
        self._go_on(view.number, view.time, after, view.time + view.visible, 0.0)

    def _comment(self, happening: Happening) -> None:
        state = self._states[happening.number]
        self._private("write", self._weight(happening.number, happening.time), "writer")
        state.comments += 1
        state.last_comment = happening.time
        self._changed(happening.time, happening.number)

    def _vote(self, happening: Happening) -> None:
        state = self._states[happening.number]
        self._private("write", self._weight(happening.number, happening.time), "writer")
        if not state.is_vote_waiting:
            state.is_vote_waiting = True
            self._later(happening.time + FOLD, "fold", happening.number)

    def _fold(self, time: float, number: int) -> None:
        self._states[number].is_vote_waiting = False
        self._changed(time, number)

    def _changed(self, time: float, number: int) -> None:
        state = self._states[number]
        state.seq += 1
        if self._rules.is_purging:
            self._purge(time, number)
            if self._rules.repeats_purges:
                self._later(time + REPEATED_AFTER, "purge", number)
        if state.hold_ends is not None and state.parked:
            self._answer_held(time, number)
        elif state.hold_ends is not None:
            state.hold_ends = None
            self._count_held(number, "changed", state.is_hold_counted)

    def _purge(self, time: float, number: int) -> None:
        for node in self._nodes:
            node.purge(("page", number), time)
            node.purge(("tail", number), time)

    # Front pages

    def _front(self, ask: Happening) -> None:
        rules, number = self._rules, ask.number
        ttl = rules.counts[0 if self._is_busy(number, ask.time) else 1]
        url = ("counts", number, self._articles[number])
        front = self._trace.fronts[number]
        weight = front.weight if ask.time >= front.counted_from else 0.0
        self._shared(url, ask.time, ttl, self._fronts[number], sizes.COUNTS_BYTES, weight)

    def _front_changed(self, happening: Happening) -> None:
        number = happening.number
        self._fronts[number] += 1
        if not self._is_busy(number, happening.time):
            for node in self._nodes:
                node.purge(("counts", number), happening.time)
        self._front_comment[number] = happening.time

    def _is_busy(self, number: int, time: float) -> bool:
        return time - self._front_comment[number] < self._rules.counts_busy

    def _article(self, happening: Happening) -> None:
        self._articles[happening.number] += 1

    # Following a thread

    def _ask_tail(self, number: int, time: float, after: int) -> int:
        """A question that is answered at once; returns the place to ask from next."""
        state = self._states[number]
        ttl = self._ttl(self._rules.tail, state, time)
        if state.last_comment is not None and time - state.last_comment < self._rules.follow.live:
            # Kept no longer than it says the truth about how to follow.
            ttl = min(ttl, state.last_comment + self._rules.follow.live - time)
        url = ("tail", number, after)
        self._shared(url, time, ttl, state.seq, sizes.TAIL_BYTES, self._weight(number, time))
        return state.seq

    def _go_on(self, number: int, time: float, after: int, until: float, pause: float) -> None:
        state = self._states[number]
        quiet = None if state.last_comment is None else time - state.last_comment
        mode = self._rules.follow.mode(quiet)
        if mode == "live" and time + pause < until:
            self._later(time + pause, "hold", number, until)
        elif mode == "poll" and time + POLL < until:
            self._later(time + POLL, "poll", number, after, until)

    def _poll(self, time: float, number: int, after: int, until: float) -> None:
        after = self._ask_tail(number, time, after)
        self._go_on(number, time, after, until, PAUSE)

    def _hold(self, time: float, number: int, until: float) -> None:
        """A reader parks; the first of them is the one for whom Django is asked."""
        state, weight = self._states[number], self._weight(number, time)
        self.requests["held tail"] += weight
        self.simulated += 1
        state.parked.append(until)
        if state.hold_ends is None:
            state.hold_ends = time + HOLD
            state.is_hold_counted = weight > 0
            self._later(time + HOLD, "hold_over", number, time + HOLD)

    def _hold_over(self, time: float, number: int, ends: float) -> None:
        state = self._states[number]
        if state.hold_ends == ends:
            self._count_held(number, "held", state.is_hold_counted)
            self._release(time, number, PAUSE)

    def _answer_held(self, time: float, number: int) -> None:
        self._count_held(number, "changed", self._states[number].is_hold_counted)
        self._release(time, number, PAUSE)

    def _release(self, time: float, number: int, pause: float) -> None:
        state = self._states[number]
        parked, state.parked, state.hold_ends = state.parked, [], None
        for until in parked:
            self._go_on(number, time, state.seq, until, pause)

    def _count_held(self, number: int, reason: str, is_counted: bool) -> None:
        weight = self._trace.threads[number].weight if is_counted else 0.0
        self.origin["held tail", reason] += weight

    # Counting

    def _shared(
        self, url: Url, time: float, ttl: float, version: int, size: float, weight: float
    ) -> None:
        self.requests[url[0]] += weight
        self.simulated += 1
        node = self._nodes[zlib.crc32(repr(url).encode()) % NODES]
        reason = node.why_fetched(url, time, ttl, version, size)
        if reason is not None:
            self.origin[url[0], reason] += weight

    def _private(self, kind: str, weight: float, reason: str) -> None:
        self.requests[kind] += weight
        self.simulated += 1
        self.origin[kind, reason] += weight

    def _weight(self, number: int, time: float) -> float:
        thread = self._trace.threads[number]
        return thread.weight if thread.counted_from <= time < thread.counted_until else 0.0

    def _ttl(self, caps: tuple[int, int, int], state: State, time: float) -> float:
        quiet = None if state.last_comment is None else time - state.last_comment
        return caps[quietness(quiet)]
