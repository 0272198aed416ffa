"""The bridge: Django on a few threads behind the event loop.

Threads are few because every one of them may hold a database connection and they share one
interpreter; whoever waits for news is parked by the holder and takes none.

Writes through the API have a lane of their own: nobody who reads waits behind one that waits for
the database's lock. And who has written waits for the edge's nodes without a lane (following.py).

Who signs in through another account has a lane too: a provider that hangs keeps nobody else
waiting.
"""

import asyncio
import io
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeAlias

from voxpop.edge.cached import Answer
from voxpop.events.dispatch import set_aside
from voxpop.server.compress import compressed
from voxpop.server.following import Following

THREADS = 2
# Of the lane for writes. SQLite has one writer: a second thread would only wait for the first
# one's lock, and take the interpreter from it while it holds that.
WRITERS = {"sqlite": 1, "postgresql": 2}
# Of the lane for what asks other servers on the way.
ABROAD_AT_ONCE = 2
# Requests that wait for a thread; more than that is answered "come back" at once.
WAITING_AT_MOST = 1000
IN_MEMORY = 1024 * 1024

API = "/api/"
ABROAD = "/accounts/with/"

Environ = dict[str, Any]
WSGI: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
Application = Callable[..., Iterable[bytes]]
Work = Callable[[], Answer]
Job = tuple[asyncio.Future[Answer], Work]
Lane: TypeAlias = "SimpleQueue[Job | None]"


class Bridge:
    """Does what needs the database, for the event loop in which it was started."""

    def __init__(self, application: Application, threads: int = THREADS, writers: int = 1) -> None:
        self._application = application
        self._jobs: Lane = SimpleQueue()
        self._writes: Lane = SimpleQueue()
        self._following = Following()
        self._abroad: Lane = SimpleQueue()
        self._waiting = 0
        lanes = [self._jobs] * threads + [self._writes] * writers + [self._abroad] * ABROAD_AT_ONCE
        self._threads = {
            threading.Thread(
                target=self._work, args=(lane,), name=f"django-{number}", daemon=True
            ): lane
            for number, lane in enumerate(lanes)
        }

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads, which give their answers to `loop`."""
        self._loop = loop
        for thread in self._threads:
            thread.start()
        self._following.start()

    def stop(self) -> None:
        """End the threads after what they are doing."""
        for lane in self._threads.values():
            lane.put(None)
        for thread in self._threads:
            thread.join(10)
        self._following.stop()

    async def answer(self, environ: Environ) -> Answer:
        """Django's answer to a WSGI environ."""
        return await self._run(partial(self._call, environ), self._lane(environ))

    async def run(self, work: Work) -> Answer:
        """What `work`, which only reads, answers; called on one of the threads."""
        return await self._run(work, self._jobs)

    def _lane(self, environ: Environ) -> Lane:
        if environ["PATH_INFO"].startswith(ABROAD):
            return self._abroad
        is_read = environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"}
        return self._writes if not is_read and environ["PATH_INFO"].startswith(API) else self._jobs

    async def _run(self, work: Work, lane: Lane) -> Answer:
        if self._waiting >= WAITING_AT_MOST:
            return Answer(503, [("Retry-After", "1"), ("Cache-Control", "no-store")], b"")
        self._waiting += 1
        try:
            answer: asyncio.Future[Answer] = self._loop.create_future()
            lane.put((answer, work))
            return await answer
        finally:
            self._waiting -= 1

    def _work(self, lane: Lane) -> None:
        while (job := lane.get()) is not None:
            future, work = job
            give: Callable[[], object]
            with set_aside() as recorded:
                try:
                    give = partial(_give, future, work())
                except BaseException as error:
                    give = partial(_fail, future, error)
            self._following.after(recorded, partial(self._loop.call_soon_threadsafe, give))

    def _call(self, environ: Environ) -> Answer:
        status = 500
        headers: list[tuple[str, str]] = []

        def start_response(line: str, fields: list[tuple[str, str]], *_: Any) -> None:
            nonlocal status, headers
            status, headers = int(line[:3]), fields

        chunks = self._application(environ, start_response)
        try:
            if not getattr(chunks, "streaming", False):
                whole = Answer(status, headers, b"".join(chunks))
                return compressed(whole, environ.get("HTTP_ACCEPT_ENCODING", ""))
            # A slow reader of a long download must not keep this thread: it writes the whole of it
            # aside, and the event loop sends it on.
            body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
            try:
                body.writelines(chunks)
            except BaseException:
                body.close()
                raise
            body.seek(0)
            return Answer(status, headers, body)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()


def _give(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():
        future.set_result(answer)


def _fail(future: asyncio.Future[Answer], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


def environ_of(scope: Any, body: IO[bytes] | None = None, query: str | None = None) -> Environ:
    """The WSGI environ of a request; names with an underscore are dropped: `A_B` is not `A-B`."""
    client, _, port = scope.client.rpartition(":")
    server, _, server_port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string if query is None else query,
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": port,
        "SERVER_NAME": server,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        **WSGI,
        "wsgi.url_scheme": scope.scheme,
    }
    if body is not None:
        environ["wsgi.input"] = body
    if scope.authority:  # HTTP/2 has no Host header
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        if key == "HTTP_HOST" and scope.authority:
            continue
        if key in environ:
            joint = "; " if key == "HTTP_COOKIE" else ","
            value = f"{environ[key]}{joint}{value}"
        environ[key] = value
    return environ
