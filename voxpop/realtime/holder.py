"""The holder: keeps a reader's question for news open until there is some.

A parked reader is an entry in asyncio, never a thread. Everybody who waits for the same place of
the same thread shares one look at the database and the same bytes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.conf import settings

from voxpop.edge.cached import Answer
from voxpop.edge.counters import HELD_PLACES, HELD_READERS, counters
from voxpop.realtime.signals import Signals

HOLD_SECONDS = 25.0
# Beyond it a reader is told to come back by himself: memory is bounded (about 30 KiB each).
PARKED_AT_MOST = 10_000
POLL_WAIT = 20
# The least time between two answers with news about one thread. What happens meanwhile goes out
# together: in a storm every comment would let go thousands of readers, for one comment each.
BREATH = 0.25
QUIET = "Voxpop-Quiet"


# A place: a thread (public id) and the seq after which somebody waits.
Name = tuple[str, int]
# Reads the plain tail of a thread (public id) after a place.
ReadTail = Callable[[str, int], Awaitable[Answer]]


@dataclass(eq=False)
class _Place:
    """One place of one thread, and those who wait there for what comes after it."""

    opened: float
    first_look: asyncio.Future[Answer]
    news: asyncio.Future[Answer]
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    follower: asyncio.Task[None] | None = None
    readers: int = 0


class Holder:
    """Lives in the server's event loop."""

    def __init__(self, signals: Signals, read_tail: ReadTail) -> None:
        self._signals = signals
        self._read_tail = read_tail
        self._places: dict[Name, _Place] = {}
        self._answered: dict[str, float] = {}
        self._is_closing = False
        self.parked = 0

    async def hold(self, thread: str, after: int, gone: Awaitable[object]) -> Answer | None:
        """The tail after `after`, as soon as it has news, at the latest after 25 seconds.

        None when `gone` came first: nobody is there any more to be answered.
        """
        name = (thread, after)
        if name not in self._places and self.places >= settings.HELD_PLACES:
            # An edge node spends threads on a place, however many wait there (voxpop/edge/node.py).
            return told_to_poll(await self._read_tail(*name))
        place = self._place(name)
        place.readers += 1
        counters.set(HELD_PLACES, self.places)
        try:
            return await self._wait(place, gone)
        finally:
            place.readers -= 1
            if not place.readers:
                self._give_up(name, place)
                counters.set(HELD_PLACES, self.places)

    @property
    def places(self) -> int:
        """At how many places of how many threads somebody waits."""
        return len(self._places)

    async def _wait(self, place: _Place, gone: Awaitable[object]) -> Answer | None:
        first = await asyncio.shield(place.first_look)
        if place.news.done() or has_news(first) or self._is_closing:
            return place.news.result() if place.news.done() else first
        if self.parked >= PARKED_AT_MOST:
            return told_to_poll(first)
        self.parked += 1
        counters.set(HELD_READERS, self.parked)
        left = asyncio.ensure_future(gone)
        either: set[asyncio.Future[Any]] = {left, place.news}
        try:
            await asyncio.wait(either, timeout=HOLD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.parked -= 1
            counters.set(HELD_READERS, self.parked)
        if left.done() and not place.news.done():
            return None
        left.cancel()
        return place.news.result() if place.news.done() else _quiet(first)

    def close(self) -> None:
        """Let everybody go with what is known, so that the server can stop at once."""
        self._is_closing = True
        for place in self._places.values():
            if place.first_look.done() and not place.news.done():
                place.news.set_result(place.first_look.result())

    def _place(self, name: Name) -> _Place:
        loop = asyncio.get_running_loop()
        place = self._places.get(name)
        # Nobody joins a place whose look at the database is older than a hold: if its wake-up was
        # lost, the next reader looks again.
        if place is None or place.news.done() or loop.time() - place.opened > HOLD_SECONDS:
            place = _Place(loop.time(), loop.create_future(), loop.create_future())
            self._places[name] = place
            place.follower = loop.create_task(self._follow(place, *name))
        return place

    def _give_up(self, name: Name, place: _Place) -> None:
        """Nobody waits there any more; whoever comes from now on looks for himself."""
        if self._places.get(name) is place:
            del self._places[name]
        if place.follower is not None:
            place.follower.cancel()

    async def _follow(self, place: _Place, thread: str, after: int) -> None:
        loop = asyncio.get_running_loop()

        def wake(seq: int) -> None:
            if seq > after:
                loop.call_soon_threadsafe(place.heard.set)

        # Subscribed before the first look: what is announced from now on is never missed.
        unsubscribe = self._signals.subscribe(thread, wake)
        try:
            answer = await self._look(thread, after)
            place.first_look.set_result(answer)
            async with asyncio.timeout(2 * HOLD_SECONDS):
                while not has_news(answer) and not place.news.done():
                    await place.heard.wait()
                    place.heard.clear()
                    answer = await self._look(thread, after)
            if not place.news.done():
                place.news.set_result(answer)
        except TimeoutError:
            pass  # everybody who waited here has been answered by his own clock
        except Exception as error:
            if place.first_look.done():
                raise
            place.first_look.set_exception(error)
        finally:
            unsubscribe()

    async def _look(self, thread: str, after: int) -> Answer:
        """The tail now; a little later where this thread's news have just been answered."""
        loop = asyncio.get_running_loop()
        # Once: whoever waits for this breath is answered at its end, wherever in the log he is.
        if (wait := self._answered.get(thread, 0.0) + BREATH - loop.time()) > 0:
            await asyncio.sleep(wait)
        answer = await self._read_tail(thread, after)
        if has_news(answer):
            self._answered[thread] = loop.time()
            loop.call_later(BREATH, self._forget_answered, thread)
        return answer

    def _forget_answered(self, thread: str) -> None:
        """Unless it was answered again meanwhile."""
        if self._answered.get(thread, 0.0) + BREATH <= asyncio.get_running_loop().time():
            self._answered.pop(thread, None)


def has_news(answer: Answer) -> bool:
    """Whether a reader must have this answer now: anything but an empty, live tail."""
    if answer.status != 200 or not isinstance(answer.body, bytes):
        return True
    tail = orjson.loads(answer.body)
    return bool(tail["events"]) or bool(tail.get("reset")) or tail.get("mode") != "live"


def _quiet(answer: Answer) -> Answer:
    """The same, for an edge node: a hold ended without news. It is for those who waited; whoever
    asks after it is to be held anew."""
    return replace(answer, headers=[*answer.headers, (QUIET, "1")])


def told_to_poll(answer: Answer) -> Answer:
    """The same tail for a reader who cannot be parked: without news he asks again by himself."""
    if has_news(answer):
        return answer
    assert isinstance(answer.body, bytes)
    tail = orjson.loads(answer.body) | {"mode": "poll", "wait": POLL_WAIT}
    headers = [(n, v) for n, v in answer.headers if n.lower() not in {"etag", "content-length"}]
    return Answer(answer.status, headers, orjson.dumps(tail))
