"""Leaving a server alone that has failed, so that one which hangs does not slow every request."""

import threading
import time

PAUSE = 5.0  # seconds


class Breaker:
    """What is known of one server. After a failure it is left alone for some seconds; then one
    request asks it again, and only when that went well do all others."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._asked_again = 0.0  # when, on the monotonic clock; 0 while it is well

    def lets_through(self) -> bool:
        """Whether this request may ask. Whoever may, tells `went_well` or `failed` afterwards."""
        if not self._asked_again:
            return True
        now = time.monotonic()
        with self._lock:
            if now < self._asked_again:
                return False
            self._asked_again = now + self._pause
            return True

    def went_well(self) -> None:
        """Everybody may ask."""
        self._asked_again = 0.0

    def failed(self) -> bool:
        """Nobody asks for some seconds; true when that is news."""
        with self._lock:
            is_news = not self._asked_again
            self._asked_again = time.monotonic() + self._pause
        return is_news
