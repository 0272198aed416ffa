"""The purger: repeats every purge as a numbered one, until each node has counted it.

One lives in a deployment, in the worker's process. Its life has a name (the epoch), its purges are
numbered in order, and a node counts only the number that follows the last it counted. Every second
each node is told the last number: a node that hears nothing, or has not reached it, trusts nothing
older than a few seconds (the lease). So a lost purge is noticed and sent again, and a node that has
missed more than is remembered here is told to trust nothing from before.

Each node has a thread of its own: none waits for another, nor for any job of the worker.
"""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence

from voxpop.edge.counters import PURGES, counters
from voxpop.edge.line import Answer, Line
from voxpop.edge.orders import Order, adopt, beat, forget_everything, forget_keys, groups
from voxpop.edge.purge import Purge

logger = logging.getLogger(__name__)

BEAT = 1.0  # seconds between two heartbeats
CONNECT = 0.5
ANSWER = 1.0
# Without an answer for so long a node counts as away, and the outbox no longer waits for it.
AWAY_AFTER = 5.0
# So many purges are remembered for nodes that missed some; a minute of a very busy day.
REMEMBERED = 10_000


class Purger:
    """Numbers purges and sees to it that every node gets them; `start` it once, `stop` it last."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.epoch = secrets.token_hex(8)
        self.links = [Link(self, Line(address)) for address in addresses]
        self.news = threading.Condition()
        self.is_stopping = False
        # Nodes may adopt this life only when what the last one left undone has got its numbers.
        self.is_caught_up = False
        self.last = 0
        self._orders: deque[Order] = deque(maxlen=REMEMBERED)

    def start(self) -> None:
        """Begin to beat."""
        for link in self.links:
            link.start()

    def stop(self) -> None:
        """End; what is not sent yet is still in the outbox."""
        with self.news:
            self.is_stopping = True
            self.news.notify_all()
        for link in self.links:
            link.join(CONNECT + ANSWER + 1)

    def add(self, what: Purge, mark: int | None = None) -> int:
        """Number this purge and send it; returns the number. `mark` is that of its first time."""
        with self.news:
            for part, keys in enumerate(groups(what.keys)):
                self.last += 1
                number = (self.epoch, self.last)
                marked = "" if mark is None else f"{mark}.{part}"
                self._orders.append(
                    forget_keys(keys, is_hard=what.is_hard, number=number, mark=marked)
                )
            self.news.notify_all()
            return self.last

    def catch_up(self) -> None:
        """All that the outbox held at the start has its number: nodes may count on from there."""
        with self.news:
            self.is_caught_up = True
            self.news.notify_all()

    def reached(self) -> int:
        """The number that every node has counted; those that are given up are not asked."""
        return min((link.reached for link in self.links if not link.is_given_up), default=self.last)

    def after(self, number: int) -> Order | None:
        """The purge that follows this number, while it is remembered."""
        with self.news:
            first = self.last - len(self._orders) + 1
            return self._orders[number + 1 - first] if first <= number + 1 <= self.last else None


class Link:
    """One node as the purger knows it."""

    def __init__(self, purger: Purger, line: Line) -> None:
        self.address = line.address
        # What the node itself says it has counted of this life.
        self.reached = 0
        # The outbox has stopped waiting for it. Whoever sets this has written it down before, and
        # it is taken back only when the node was told to trust nothing from before.
        self.is_given_up = False
        # And among what it has missed was a removal.
        self.has_missed_removal = False
        # Since when it has not answered as it should (time.monotonic), if it does not; and why.
        self.failing_since: float | None = None
        self.told = ""
        self._sent = 0
        self._is_adopted = False
        self._is_new_there = False
        self._purger = purger
        self._line = line
        self._next_beat = 0.0
        self._thread = threading.Thread(target=self._run, name=f"purger {line.address}")
        self._thread.daemon = True

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end of its thread."""
        self._thread.join(seconds)

    @property
    def is_failing(self) -> bool:
        """It did not answer as it should the last time it was spoken to."""
        return self.failing_since is not None

    @property
    def is_away(self) -> bool:
        """It has failed for so long that nobody should wait for it any more."""
        since = self.failing_since
        return since is not None and time.monotonic() - since > AWAY_AFTER

    def _run(self) -> None:
        purger = self._purger
        while not purger.is_stopping:
            try:
                self._turn()
                self._succeed()
            except Exception as error:
                self._fail(error)
            with purger.news:
                purger.news.wait_for(self._has_work, self._next_beat - time.monotonic())
        self._line.close()

    def _has_work(self) -> bool:
        """Something to send at once; a node that fails is asked once a beat."""
        purger = self._purger
        is_behind = purger.is_caught_up and (self._sent < purger.last or not self._is_adopted)
        return purger.is_stopping or (is_behind and not self.is_failing)

    def _turn(self) -> None:
        """Send what is missing, then beat: told first, the node would doubt all it has."""
        if not self._purger.is_caught_up:
            self._next_beat = time.monotonic() + BEAT
            return
        last = self._purger.last
        if not self._is_adopted or self.is_given_up:
            self._have_it_adopt(last)
        has_sent = self._send(last)
        if has_sent or time.monotonic() >= self._next_beat:
            self._confirm(last)

    def _send(self, last: int) -> bool:
        """Send the purges up to this number, as far as is possible before the next beat is due."""
        has_sent = False
        while self._sent < last and time.monotonic() < self._next_beat + BEAT:
            order = self._purger.after(self._sent)
            if order is None:
                self._is_new_there = True
                self._have_it_adopt(last)
                return True
            self._ask(order)
            self._sent += 1
            has_sent = True
        return has_sent

    def _confirm(self, last: int) -> None:
        """Beat, and hear from the node itself what it has counted.

        Raises ConnectionError when it does not count what it is sent.
        """
        self._next_beat = time.monotonic() + BEAT
        counted = self._beat(last)
        if counted is None:
            logger.warning("edge node %s was started anew", self.address)
            self._is_new_there = True
            self._have_it_adopt(last)
            counted = self._beat(last)
            if counted is None:
                raise ConnectionError("it does not count purges")
        sent, self._sent, self.reached = self._sent, counted, counted
        if counted < sent:
            raise ConnectionError(f"purges after {counted} of {sent} were lost")

    def _beat(self, last: int) -> int | None:
        """What the node has counted of this life; None when it knows nothing of it."""
        counted = self._ask(beat((self._purger.epoch, last))).headers.get("voxpop-reached", "")
        return int(counted) if counted.isdecimal() else None

    def _have_it_adopt(self, last: int) -> None:
        """Bring a node into this life.

        What it may have missed of it is sent again first, as long as that is known and remembered.
        A node that was away, or that was started anew, is to trust nothing from before.
        """
        purger = self._purger
        self._is_adopted = False
        has_missed_removal = self.has_missed_removal
        is_forgotten = last > 0 and purger.after(0) is None
        if self.is_given_up or self._is_new_there or is_forgotten:
            is_hard = is_forgotten or has_missed_removal
            self._ask(forget_everything(is_hard=is_hard, adopted=(purger.epoch, last)))
        else:
            for number in range(last):
                order = purger.after(number)
                assert order is not None
                self._ask(order)
            self._ask(adopt((purger.epoch, last)))
        self._sent = self.reached = last
        self._is_adopted = True
        self._is_new_there = False
        if self.has_missed_removal == has_missed_removal:  # else meanwhile: once more, and hard
            self.is_given_up = self.has_missed_removal = False

    def _ask(self, order: Order) -> Answer:
        try:
            answer = self._line.ask(order, connect=CONNECT, answer=ANSWER)
            if answer.status != 200:
                raise ConnectionError(f"it answers {answer.status}")
        except OSError:
            self._count(order, "failed")
            raise
        self._count(order, "done")
        return answer

    def _count(self, order: Order, result: str) -> None:
        if order.kind not in {"beat", "adopt"}:
            counters.count(PURGES, order.kind, "repeated", result)

    def _succeed(self) -> None:
        if self.is_failing:
            logger.info("edge node %s takes purges again", self.address)
        self.failing_since = None
        self.told = ""

    def _fail(self, error: Exception) -> None:
        self._next_beat = time.monotonic() + BEAT
        self.told = str(error)
        if self.failing_since is None:
            self.failing_since = time.monotonic()
            logger.error("edge node %s does not take purges: %s", self.address, error)
