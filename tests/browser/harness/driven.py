"""A browser that is not Chromium, in the few words that a sign-in needs.

An element is named by an expression of JavaScript; a place is the page, the frame in it, or the
window that was opened. Everything is asked again until it is so.
"""

import time
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeVar

Place = Literal["page", "frame", "popup"]
T = TypeVar("T")
PATIENCE = 30  # seconds


class NotYet(Exception):
    """What was asked for is not there, or no longer."""


class Driven(Protocol):
    """What each of them can do; it raises NotYet where it must be asked again."""

    def goto(self, address: str) -> None: ...

    def evaluate(self, place: Place, expression: str) -> Any: ...

    def press(self, place: Place, element: str) -> None:
        """Click it, as a hand does."""

    def type(self, place: Place, element: str, text: str) -> None: ...

    def is_alone(self) -> bool:
        """Whether no other window is open."""


class Hands:
    """Somebody who uses one of them."""

    def __init__(self, browser: Driven) -> None:
        self.browser = browser

    def visit(self, address: str) -> None:
        self.browser.goto(address)
        self.sees("frame", "document.querySelector('#composer')")

    def sees(self, place: Place, expression: str) -> Any:
        """Wait until it is so."""

        def is_so() -> Any:
            found = self.browser.evaluate(place, f"Boolean({expression})")
            if not found:
                raise NotYet(expression)
            return found

        return again(is_so)

    def press(self, place: Place, element: str) -> None:
        again(lambda: self.browser.press(place, element))

    def type(self, place: Place, element: str, text: str) -> None:
        again(lambda: self.browser.type(place, element, text))

    def is_left_alone(self) -> None:
        """Wait until the window has closed by itself."""

        def is_so() -> None:
            if not self.browser.is_alone():
                raise NotYet("the window is still open")

        again(is_so)


def again(work: Callable[[], T]) -> T:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except NotYet:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def button(words: str) -> str:
    """The button or link that says exactly this."""
    every = "[...document.querySelectorAll('button, a')]"
    return f"{every}.find((e) => e.textContent.trim() === {words!r})"


def field(name: str) -> str:
    return f"document.querySelector('input[name={name}], textarea[name={name}]')"
