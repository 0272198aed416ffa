"""How much longer a server takes while something behind it hangs (SAFETY P9)."""

import itertools
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.browser.harness.waiting import wait_until
from tests.server.running import PAGE, Running
from voxpop.stack.engines import Engine

PROMISED = 0.25  # seconds
# A machine that has other things to do may be late by itself; what the product waits for, it waits
# for in every round.
ROUNDS = 3
ASKED = 3  # times each, in a round
# A server that failed is left alone for so many seconds, instead of five: else the first question
# alone would meet the one that hangs.
PAUSE = 0.3
IMPATIENT = f"""
from voxpop import breaker
breaker.PAUSE = {PAUSE}
breaker.Breaker.__init__.__defaults__ = ({PAUSE},)
"""
PATIENCE = 60  # seconds; a busy machine takes its time
AWAY = b"cannot be read right now"

_networks = itertools.count(1)


@dataclass
class Behind:
    """A server with something behind it that may hang; `start` it, then measure."""

    server: Running
    name: str
    engines: Sequence[Engine]
    # What of it the server counts as not answered; where it has pages, they tell.
    counted: tuple[str, Mapping[str, str]] | None = None
    # What a reader asks for that only this engine has.
    pages: Mapping[str, str] = field(default_factory=dict)
    session: str = ""

    def start(self) -> None:
        """With limits, which ask Redis; each turn comes from a network that they do not know."""
        self.server.environment |= {"VOXPOP_LIMITS": "on", "VOXPOP_TRUSTED_PROXIES": "1"}
        self.server.start(IMPATIENT)
        assert self.server.post(self.server.guest(), "The first").status == 201
        self.session = self.server.session("owner@magazine.test")
        self._wait_until_whole()
        self._slowest(hangs=False)  # what is asked for the first time takes longer

    def added(self) -> dict[str, float]:
        """Seconds by which the slowest request of each kind was slower while the engines hung, in
        the best of some rounds. No request may go wrong."""
        rounds: list[dict[str, float]] = []
        for _ in range(ROUNDS):
            before, failures = self._slowest(hangs=False), self._failures()
            self.pause()
            try:
                meanwhile = self._slowest(hangs=True)
            finally:
                self.resume()
            # They were met; pages have told that they cannot be read.
            assert self.pages or self._failures() >= failures + ASKED
            rounds.append({kind: meanwhile[kind] - before[kind] for kind in before})
            if max(rounds[-1].values()) <= PROMISED:
                break
            self._wait_until_whole()
        return min(rounds, key=lambda added: max(added.values()))

    def pause(self) -> None:
        """All of the engines hang."""
        for engine in self.engines:
            engine.pause()

    def resume(self) -> None:
        """They go on."""
        for engine in self.engines:
            engine.resume()

    def _slowest(self, *, hangs: bool) -> dict[str, float]:
        visitor = {"X-Forwarded-For": f"198.51.{next(_networks)}.7"}
        body = {"forum": "magazine", "name": "Ada"}
        guest = self.server.ask("POST", "/api/v1/guests", body, **visitor).json()["token"]
        writer = {**visitor, "Authorization": f"Bearer {guest}"}
        thread = self.server.thread()
        kinds: dict[str, Callable[[], None]] = {
            "post": lambda: self._post(writer),
            "frame": lambda: self._read("/embed/magazine/thread?i=a-page"),
            "page": lambda: self._read(f"/t/{thread}/"),
            "bell": lambda: self._read("/home/comments/"),
        }
        for name, path in self.pages.items():
            kinds[name] = lambda path=path: self._read(path, is_away=hangs)
        took = dict.fromkeys(kinds, 0.0)
        for name, ask in [*kinds.items()] * ASKED:
            time.sleep(PAUSE)  # until the engines are asked again
            began = time.monotonic()
            ask()
            took[name] = max(took[name], time.monotonic() - began)
        return took

    def _post(self, writer: Mapping[str, str]) -> None:
        said = {"thread": PAGE, "source": f"Comment {uuid.uuid4()}"}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        path = "/api/v1/forums/magazine/comments"
        assert self.server.ask("POST", path, said, **writer, **key).status == 201

    def _read(self, path: str, *, is_away: bool = False) -> None:
        """As the owner; a page whose rows cannot be had says so itself."""
        answer = self.server.ask("GET", path, Cookie=f"session={self.session}")
        assert (answer.status, AWAY in answer.body) == ((503, True) if is_away else (200, False))

    def _failures(self) -> float:
        return self.server.figure(self.counted[0], **self.counted[1]) if self.counted else 0

    def _wait_until_whole(self) -> None:
        wait_until(self._is_whole, self.name, PATIENCE)

    def _is_whole(self) -> bool:
        """Whether the engines are asked, and answer."""
        before = self._failures()
        paths = ["/embed/magazine/thread?i=a-page", *self.pages.values()]
        cookie = f"session={self.session}"
        statuses = {self.server.ask("GET", path, Cookie=cookie).status for path in paths}
        return statuses == {200} and self._failures() == before


def before_cassandra(server: Running, nodes: Sequence[Engine], contacts: str) -> Behind:
    """With a keyspace that no other test has."""
    server.environment |= {
        "VOXPOP_CASSANDRA": contacts,
        "VOXPOP_CASSANDRA_KEYSPACE": f"behind_{uuid.uuid4().hex[:12]}",
    }
    pages = {
        "activity": "/moderate/magazine/activity/",
        "inbox": "/home/inbox/",
        "feed": "/home/feed/",
    }
    return Behind(server, "Cassandra", nodes, pages=pages)
