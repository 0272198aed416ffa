"""The month's requests as a list for a load generator: as often as the arithmetic expects each."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from bench.trace.arithmetic import Expected

# Pages that everybody reads, by Zipf; what is read for the first time comes beside them.
WARM = 2_000
# Comments shown on a page, and how likely.
SHOWN = {0: 0.5, 10: 0.3, 50: 0.2}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: str = "Host: localhost|Accept-Encoding: gzip"
    body: str = ""

    @property
    def line(self) -> str:
        return "\t".join((self.method, self.path, self.headers, self.body))


def mix(expected: Expected, count: int, seed: int) -> list[Request]:
    """`count` requests in random order, each kind as often as expected, and as often fresh.

    Held tails are asked for without holding: a generator cannot wait. To the edge the answer to
    news and the answer that is kept cost the same; what parking costs is measured by `live`.
    """
    chance = random.Random(seed)
    requests: list[Request] = []
    whole = sum(expected.requests.values())
    for kind, often in sorted(expected.requests.items()):
        number = round(count * often / whole)
        reached = sum(n for (each, _), n in expected.origin.items() if each == kind)
        fresh = round(count * reached / whole)
        make = KINDS[kind]
        requests += [make(chance, n < fresh) for n in range(number)]
    chance.shuffle(requests)
    return requests


def page_of(chance: random.Random, is_fresh: bool) -> str:
    """The name of a thread; what it begins with tells how many comments it shows."""
    shown = chance.choices(list(SHOWN), list(SHOWN.values()))[0]
    name = "FRESH" if is_fresh else str(int(WARM ** chance.random()))
    return f"{shown}-{name}"


def _page(chance: random.Random, is_fresh: bool) -> Request:
    # One in twenty carries what some network appended to its links.
    noise = "&utm_source=mail" if chance.random() < 0.05 else ""
    return Request("GET", f"/embed/bench/thread?i={page_of(chance, is_fresh)}{noise}")


def _tail(chance: random.Random, is_fresh: bool) -> Request:
    return Request("GET", f"/api/v1/threads/{page_of(chance, is_fresh)}/events?after=7")


def _counts(chance: random.Random, is_fresh: bool) -> Request:
    names = ",".join(page_of(chance, False) for _ in range(19))
    first = page_of(chance, is_fresh)
    return Request("GET", f"/api/v1/forums/bench/counts?identifiers={first},{names}")


def _script(chance: random.Random, is_fresh: bool) -> Request:
    return Request("GET", "/embed.js")


SIGNED = "Host: localhost|Accept-Encoding: gzip|Authorization: Bearer 0123456789abcdef"


def _overlay(chance: random.Random, is_fresh: bool) -> Request:
    return Request("GET", f"/api/v1/me/threads/{page_of(chance, False)}", SIGNED)


def _write(chance: random.Random, is_fresh: bool) -> Request:
    body = '{"thread": {"identifier": "1"}, "source": "I read this **twice**."}'
    headers = f"{SIGNED}|Content-Type: application/json|Idempotency-Key: {chance.random()}"
    return Request("POST", "/api/v1/forums/bench/comments", headers, body)


KINDS: dict[str, Callable[[random.Random, bool], Request]] = {
    "page": _page,
    "tail": _tail,
    "held tail": _tail,
    "counts": _counts,
    "script": _script,
    "overlay": _overlay,
    "write": _write,
}
