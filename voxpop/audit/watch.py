"""The watch: notes when the machine itself is too busy, which is nobody's fault and still one.

Varnish takes Django for hung after three seconds without a byte and for sick after two slow probes,
also when it is only the machine that is slow. What is seen then is judged as on any other bad day.
"""

import threading
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress

from voxpop.audit.history import OK, History, Op
from voxpop.audit.proxies import LOOPBACK

EVERY = 0.2
SLOW = 0.5  # seconds for an answer that takes Django a look at its database


class Watch(threading.Thread):
    """Asks Django for nothing again and again; `close` ends it and writes down what was seen."""

    def __init__(self, history: History, ports: Sequence[int]) -> None:
        super().__init__(name="watch", daemon=True)
        self._history = history
        self._ports = ports
        self._stopping = threading.Event()
        self._slow_since: float | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            for port in self._ports:
                with suppress(OSError):
                    self._ask(port)
            self._stopping.wait(EVERY)
            self._note(began, is_slow=time.monotonic() - began > EVERY + SLOW)
        self._note(time.monotonic(), is_slow=False)

    def close(self) -> None:
        """No more is to come."""
        self._stopping.set()
        self.join(10)

    def _ask(self, port: int) -> None:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=3) as answer:
            answer.read()

    def _note(self, began: float, *, is_slow: bool) -> None:
        if is_slow and self._slow_since is None:
            self._slow_since = began
        elif not is_slow and self._slow_since is not None:
            self._history.add(Op("watch", "fault", OK, self._slow_since, began, key="overload"))
            self._slow_since = None
