"""What stands between the parts of a lab and can lose, delay, double and mix up what passes.

`Tap` speaks HTTP and stands before a node's purge listener; `Relay` passes bytes and stands before
Django, PostgreSQL and Cassandra. They live in one event loop in a thread of their own.
"""

import asyncio
import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["lose", "delay", "double", "mix"]
LOOPBACK = "127.0.0.1"
AGAIN_AFTER = 0.5  # seconds until the second of two equal orders


@dataclass(frozen=True)
class Rule:
    """What happens to orders of one kind; `seconds` of delay, or at most so many to be mixed up."""

    mode: Mode
    seconds: float = 0.0


class Loop:
    """The event loop of all proxies of a lab."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    def run(self, task: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine, from another thread."""
        return asyncio.run_coroutine_threadsafe(task, self.loop).result(10)

    def stop(self) -> None:
        """End everything that passes through."""
        self.run(_cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


class Proxy(ABC):
    """Listens on a free loopback port for one target port."""

    def __init__(self, loop: Loop, target: int) -> None:
        self.loop = loop
        self.target = target
        self.port: int = loop.run(self._listen())

    async def _listen(self) -> int:
        server = await asyncio.start_server(self._guarded, LOOPBACK, 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _guarded(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.pass_on(reader, writer)
        writer.close()

    @abstractmethod
    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until its end."""


class Relay(Proxy):
    """Passes bytes; what is answered is held back for `delay` seconds, or lost while `is_mute`.

    It is held back after it was made: a page that was read before a write arrives after its purge.
    What is lost was done all the same.
    """

    delay = 0.0
    is_mute = False

    def __init__(self, loop: Loop, target: int) -> None:
        self._writers: set[asyncio.StreamWriter] = set()
        super().__init__(loop, target)

    def lead_to(self, target: int) -> None:
        """Another target from now on; whoever is connected has to dial anew."""
        self.target = target
        self.hang_up()

    def hang_up(self) -> None:
        """Every line is cut."""
        self.loop.run(self._hang_up())

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target)
        self._writers.add(far_writer)
        asked = asyncio.Event()

        async def there() -> None:
            while data := await reader.read(65536):
                asked.set()
                far_writer.write(data)
                await far_writer.drain()

        async def back() -> None:
            while data := await far_reader.read(65536):
                if self.delay and asked.is_set():
                    asked.clear()
                    await asyncio.sleep(self.delay)
                if self.is_mute:
                    continue
                writer.write(data)
                await writer.drain()

        ways = [asyncio.ensure_future(there()), asyncio.ensure_future(back())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._writers.discard(far_writer)
            far_writer.close()

    async def _hang_up(self) -> None:
        for writer in self._writers:
            writer.close()


class Tap(Proxy):
    """Passes orders to a node's purge listener, each kind by its rule.

    Kinds: `at_once` (a purge by the author's process), `numbered` (by the purger), `beats`.
    """

    def __init__(self, loop: Loop, target: int) -> None:
        super().__init__(loop, target)
        self.rules: dict[str, Rule] = {}
        self.passed: dict[str, int] = {"at_once": 0, "numbered": 0, "beats": 0}
        self._dice = random.Random(0)  # noqa: S311
        self._running: set[asyncio.Task[bytes]] = set()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Kept for all orders of one connection: authors wait a quarter of a second at most.
        far = Far(self.target)
        try:
            while True:
                order = await reader.readuntil(b"\r\n\r\n")
                kind = kind_of(order)
                rule = self.rules.get(kind)
                if rule and rule.mode == "lose":
                    return
                self.passed[kind] += 1
                if rule:
                    far.close()
                    # It arrives at the node even when whoever sent it does not wait for that.
                    answer = await asyncio.shield(self._later(self._late(order, rule)))
                else:
                    answer = await far.exchange(order)
                writer.write(answer)
                await writer.drain()
        finally:
            far.close()

    async def _late(self, order: bytes, rule: Rule) -> bytes:
        seconds = {"delay": rule.seconds, "mix": self._dice.uniform(0, rule.seconds)}
        await asyncio.sleep(seconds.get(rule.mode, 0))
        if rule.mode == "double":
            self._later(self._again(order))
        return await self._alone(order)

    async def _again(self, order: bytes) -> bytes:
        await asyncio.sleep(AGAIN_AFTER)
        with suppress(OSError, asyncio.IncompleteReadError):
            return await self._alone(order)
        return b""

    async def _alone(self, order: bytes) -> bytes:
        far = Far(self.target)
        try:
            return await far.exchange(order)
        finally:
            far.close()

    def _later(self, task: Coroutine[Any, Any, bytes]) -> asyncio.Task[bytes]:
        """Run on its own; held here, because the loop itself holds tasks only weakly."""
        running = asyncio.ensure_future(task)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running


class Far:
    """A connection to a node's purge listener, dialled when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, order: bytes) -> bytes:
        """The node's answer to one order."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(LOOPBACK, self._port)
        reader, writer = self._streams
        writer.write(order)
        head = await reader.readuntil(b"\r\n\r\n")
        return head + await reader.readexactly(int(header(head, b"content-length") or 0))

    def close(self) -> None:
        """The next order dials anew."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def kind_of(order: bytes) -> str:
    """Which kind of order a request to the purge listener is."""
    if order.startswith(b"BEAT "):
        return "beats"
    is_purgers = header(order, b"voxpop-number") or header(order, b"voxpop-adopt")
    return "numbered" if is_purgers else "at_once"


def header(head: bytes, name: bytes) -> bytes:
    """One header's value in the head of a message; empty without it."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip()
    return b""


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
