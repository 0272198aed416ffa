"""Tests wait for a condition, never for a duration."""

import time
from collections.abc import Callable


def wait_until(is_true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Return when `is_true()` is; fail, saying `what` never came, after `seconds`."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds:g} seconds")
        time.sleep(0.02)
