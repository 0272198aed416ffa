"""Tests wait for a condition, never for a duration."""

import time
from collections.abc import Callable

from playwright.sync_api import Frame, Page


def wait_until(is_true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Return when `is_true()` is; fail, saying `what` never came, after `seconds`."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds:g} seconds")
        time.sleep(0.02)


def until(frame: Page | Frame, expression: str, seconds: float = 20) -> None:
    """Wait until a JavaScript expression is true in the page.

    Asked again and again from outside: Playwright's own waiting evaluates text inside the page,
    which our Content-Security-Policy refuses.
    """
    wait_until(lambda: bool(frame.evaluate(expression)), expression, seconds)
