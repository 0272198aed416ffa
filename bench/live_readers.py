"""Readers who follow threads as the product's page does (embed/static/embed/tail.js), thousands."""

import functools
import gzip
import json
import random
import time
from array import array
from collections import defaultdict
from dataclasses import dataclass, field

from bench.client import Connection, Loop, get

JITTER, JITTER_IN_A_STORM = 0.5, 0.1  # seconds; tail.js
LONGEST_PAUSE = 15.0


@dataclass
class Heard:
    """What one thread's readers got: answer by answer, when, and which places of the log it took
    them over: from (not included) and to."""

    at: "array[float]" = field(default_factory=lambda: array("d"))
    after: "array[int]" = field(default_factory=lambda: array("q"))
    upto: "array[int]" = field(default_factory=lambda: array("q"))

    def delays(self, seq: int, since: float) -> list[float]:
        """Seconds from `since` until each reader had the event `seq`."""
        rows = zip(self.at, self.after, self.upto, strict=True)
        return [at - since for at, after, upto in rows if after < seq <= upto]


class Followers:
    """The readers of one benchmark, all in one loop."""

    def __init__(self, loop: Loop, host: str, port: int | None = None) -> None:
        self._loop = loop
        self._host = host
        self.port = port
        self.random = random.Random(11)
        self.heard: dict[str, Heard] = defaultdict(Heard)
        self.readers: list[Reader] = []
        self.empty = 0  # answers of a hold that ended without news
        self.resets = 0
        self.refusals = 0

    def add(self, thread: str, seq: int, count: int) -> None:
        """So many more readers, whose page was made at `seq`; they begin at once."""
        for _ in range(count):
            reader = Reader(self, thread, seq)
            self.readers.append(reader)
            reader.ask()

    def parked(self) -> int:
        """How many have asked a question that may be held and wait for the answer."""
        return sum(reader.is_parked for reader in self.readers)

    def at_or_beyond(self, seq: int) -> int:
        return sum(reader.seq >= seq for reader in self.readers)

    def stop(self) -> None:
        """Ask nothing more; the connections stay."""
        for reader in self.readers:
            reader.is_stopped = True


class Reader:
    """One open page."""

    __slots__ = (
        "_all",
        "_asked",
        "_connection",
        "_failures",
        "_is_held",
        "_mode",
        "is_stopped",
        "seq",
        "thread",
    )

    def __init__(self, followers: Followers, thread: str, seq: int) -> None:
        self._all = followers
        self._connection = Connection(followers.port)
        self._failures = 0
        self._mode = "live"  # the page's first question has been answered before we look
        self._is_held = False
        self._asked = 0.0
        self.thread = thread
        self.seq = seq
        self.is_stopped = False

    @property
    def is_parked(self) -> bool:
        return self._is_held and self._connection.is_open and self._connection.done is not None

    def ask(self) -> None:
        if self.is_stopped:
            return
        self._is_held = self._mode == "live" and not self._failures
        self._asked = time.monotonic()
        question = question_of(self._all._host, self.thread, self.seq, self._is_held)
        self._all._loop.ask(self._connection, question, self._answered)

    def _answered(self, status: int, head: bytes, body: bytes, at: float) -> None:
        if status != 200:
            self._failures += 1
            self._all.refusals += status > 0
            self._again(min(LONGEST_PAUSE, 2.0**self._failures))
            return
        self._failures = 0
        seq, has_events, self._mode, wait, is_reset = answer_of(body)
        if has_events:
            heard = self._all.heard[self.thread]
            heard.at.append(at)
            heard.after.append(self.seq)
            heard.upto.append(seq)
        self._all.empty += not has_events
        self._all.resets += is_reset
        self.seq = seq
        took = at - self._asked
        has_waited = self._is_held and took > wait
        apart = JITTER if took > JITTER else JITTER_IN_A_STORM
        self._again(0.0 if has_events or has_waited else wait, apart)

    def _again(self, pause: float, apart: float = JITTER_IN_A_STORM) -> None:
        chance = self._all.random.random
        self._all._loop.after(pause * (1 + chance() / 4) + chance() * apart, self.ask)


@functools.lru_cache(maxsize=4096)
def question_of(host: str, thread: str, seq: int, is_held: bool) -> bytes:
    path = f"/api/v1/threads/{thread}/events?after={seq}{'&hold=1' if is_held else ''}"
    return get(path, host)


@functools.lru_cache(maxsize=256)
def answer_of(body: bytes) -> tuple[int, bool, str, float, bool]:
    """Place, has it events, mode, wait, reset. Those who wait for the same get the same bytes."""
    whole = json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    has_events = bool(whole["events"])
    return whole["seq"], has_events, whole["mode"], float(whole["wait"]), bool(whole.get("reset"))
