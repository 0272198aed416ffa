"""Wake-ups: a thread's log has grown. A hint and never the truth; a lost one only makes slow."""

import threading
from collections.abc import Callable
from typing import Protocol

Wake = Callable[[int], None]
Unsubscribe = Callable[[], None]


class Signals(Protocol):
    """The contract of every implementation; the tests in tests/test_signals.py hold them to it."""

    def announce(self, thread: str, seq: int) -> None:
        """Tell every subscriber of the thread (a public id) that its log has reached `seq`."""

    def subscribe(self, thread: str, wake: Wake) -> Unsubscribe:
        """Call `wake(seq)` at each announcement, from any thread, until unsubscribed.

        Everything announced after `subscribe` has returned is heard. `wake` must be quick and
        must not raise: it runs where the announcement was made.
        """


class InProcessSignals:
    """For one process that does everything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[str, tuple[Wake, ...]] = {}

    def announce(self, thread: str, seq: int) -> None:
        for wake in self._subscribers.get(thread, ()):
            wake(seq)

    def subscribe(self, thread: str, wake: Wake) -> Unsubscribe:
        with self._lock:
            self._subscribers[thread] = (*self._subscribers.get(thread, ()), wake)
        return lambda: self._unsubscribe(thread, wake)

    def _unsubscribe(self, thread: str, wake: Wake) -> None:
        with self._lock:
            left = tuple(each for each in self._subscribers.get(thread, ()) if each is not wake)
            if left:
                self._subscribers[thread] = left
            else:
                self._subscribers.pop(thread, None)
