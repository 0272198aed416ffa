"""What stands in front of Django in the server process: static files, the holder, the bridge.

Spoken in RSGI, Granian's own protocol: per request it costs less than ASGI, and an answer is one
call instead of two messages.
"""

import asyncio
import logging
import re
import time
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs

import orjson
from django.db import connection

from voxpop.analytics.counting import COUNTED, ViewCounter
from voxpop.edge import front, why
from voxpop.edge.cached import Answer, Asked
from voxpop.errors import Problem, failure
from voxpop.realtime.holder import Holder
from voxpop.realtime.signals import Signals
from voxpop.server.bodies import Bodies
from voxpop.server.bridge import WRITERS, Application, Bridge, environ_of
from voxpop.server.compress import compressed
from voxpop.server.static import StaticFiles
from voxpop.server.warm import Warm

logger = logging.getLogger(__name__)

TAIL = re.compile(r"/api/v1/threads/([0-9a-z]{20})/events")
MOST_DIGITS = 18
NOT_KEPT = ("Cache-Control", "private, no-store")
CHUNK = 64 * 1024


class Server:
    """The callable that Granian runs."""

    def __init__(self, django: Application, signals: Signals, static: Path) -> None:
        self._bridge = Bridge(django, writers=WRITERS[connection.vendor])
        self._holder = Holder(signals, self._read_tail)
        self._static = StaticFiles(static)
        self._bodies = Bodies()
        self._warm = Warm()
        self._views = ViewCounter()
        self._is_leaving = False

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._bridge.start(loop)
        self._views.start()

    def leave(self) -> None:
        """Answer everybody as before, and say to whoever asks for our health to send no more."""
        self._is_leaving = True

    def let_go(self) -> None:
        """Answer everybody who is parked, so that Granian can stop at once."""
        self._holder.close()

    def close(self) -> None:
        """End Django's threads."""
        self._bridge.stop()
        self._warm.close()
        self._views.stop()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        try:
            answer = await self._answer(scope, protocol)
        except Problem as problem:
            answer = _refusal(problem)
        except Exception as error:
            logger.exception("a request could not be answered")
            answer = _refusal(failure(error))
        if answer is None:
            return
        if isinstance(answer.body, bytes):
            protocol.response_bytes(answer.status, answer.headers, answer.body)
        else:
            await _stream(protocol, answer, answer.body)

    async def _answer(self, scope: Any, protocol: Any) -> Answer | None:
        path: str = scope.path
        if path.startswith("/static/"):
            return self._static.answer(path, scope.headers.get("accept-encoding", ""))
        if scope.method in {"GET", "HEAD"}:
            if path == "/healthz":
                # Said by the event loop: whoever asks must not wait behind a burst of readers, or
                # an edge node would take the whole process for dead.
                status, word = (503, b"leaving\n") if self._is_leaving else (200, b"ok\n")
                return Answer(status, [("Content-Type", "text/plain"), NOT_KEPT], word)
            held = held_tail(scope)
            if held is not None:
                return await self._held(held, scope, protocol)
            found = front.find(path) if scope.method == "GET" else None
            if found is not None:
                made = await self._shared(found, scope.query_string, scope.headers)
                # What an edge node hands out is counted there (voxpop.analytics).
                if (
                    found.view.shared_surface.name in COUNTED
                    and scope.headers.get("voxpop-node") is None
                ):
                    self._views.saw(path, scope.query_string, made)
                return made
            return await self._bridge.answer(environ_of(scope))
        body, size = await self._bodies.read(path, _length(scope), protocol)
        with body:
            environ = environ_of(scope, body)
            environ["CONTENT_LENGTH"] = str(size)
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            return await self._bridge.answer(environ)

    async def _held(self, place: tuple[str, int], scope: Any, protocol: Any) -> Answer | None:
        """The tail after a place, when there is news; None when the reader has gone."""
        began = time.monotonic()
        tail = await self._holder.hold(*place, protocol.client_disconnect())
        if tail is None:
            return None
        headers = scope.headers
        address = f"{scope.path}?{scope.query_string}"
        node, told = headers.get("voxpop-node"), headers.get("voxpop-why", "")
        why.count_shared("tail", node, told, address, tail.status, tail.headers, began)
        return compressed(tail, headers.get("accept-encoding", ""))

    async def _shared(self, found: front.Found, query: str, headers: Any) -> Answer:
        """A shared answer: warm, if nothing has changed since it was made."""
        accepted = headers.get("accept-encoding", "")
        asked = Asked(query, headers.get("if-none-match", ""))
        node = headers.get("voxpop-node")
        if node is None and not asked.if_none_match:
            address = (found.path, query, "gzip" in accepted)
            warm = self._warm.answer(address)
            if warm is not None:
                why.count_direct(found.view.shared_surface.name)
                return warm
            moment = self._warm.moment()
            made = compressed(await self._bridge.run(partial(front.answer, found, asked)), accepted)
            return self._warm.keep(address, made, moment)
        told = headers.get("voxpop-why", "")
        made = await self._bridge.run(partial(front.answer, found, asked, node, told))
        return compressed(made, accepted)

    async def _read_tail(self, thread: str, after: int) -> Answer:
        found = front.find(f"/api/v1/threads/{thread}/events")
        assert found is not None
        asked = Asked(f"after={after}")
        return await self._bridge.run(partial(front.answer, found, asked, why=why.INNER))


def held_tail(scope: Any) -> tuple[str, int] | None:
    """The thread and the place of a question that may be held; None for everything else."""
    if scope.method != "GET" or "hold=1" not in scope.query_string:
        return None
    found = TAIL.fullmatch(scope.path)
    if found is None:
        return None
    known = parse_qs(scope.query_string)
    after = known.get("after", [])
    if known.get("hold") != ["1"] or len(after) != 1 or not after[0].isdecimal():
        return None  # Django words the refusal
    return (found[1], int(after[0])) if len(after[0]) <= MOST_DIGITS else None


def _length(scope: Any) -> int | None:
    length = scope.headers.get("content-length")
    return int(length) if length is not None else None


def _refusal(problem: Problem) -> Answer:
    headers = [("Content-Type", "application/problem+json"), NOT_KEPT]
    if problem.retry_after is not None:
        headers.append(("Retry-After", str(problem.retry_after)))
    return Answer(problem.status, headers, orjson.dumps(problem.body()))


async def _stream(protocol: Any, answer: Answer, body: IO[bytes]) -> None:
    with body:
        transport = protocol.response_stream(answer.status, answer.headers)
        while chunk := body.read(CHUNK):
            await transport.send_bytes(chunk)
