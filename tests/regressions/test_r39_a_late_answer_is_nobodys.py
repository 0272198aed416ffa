"""R39: ChatGPT showed people the titles of others' talks (redis-py, CVE-2023-28858): a question was
given up, its connection was not, and the next who asked on it read the answer to the one before.

A proxy before the real Redis, memcached and PostgreSQL keeps an answer back until nobody waits for
it any more, and lets it through before the next one asks, or while he waits for his own.
"""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError
from django.db.utils import ConnectionHandler
from psycopg import Error
from psycopg_pool import PoolTimeout

from tests.browser.harness.waiting import wait_until
from voxpop import redis
from voxpop.cache.memcached import Memcached
from voxpop.settings.databases import postgres as pool_of
from voxpop.stack.engines.memcached import Memcached as Node
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.redis import Redis

pytestmark = pytest.mark.server

# What answers with the name that it is asked for; None where it did not in time.
Ask = Callable[[str], str | None]


class Proxy:
    """Passes on what is said, but for answers while they are kept back."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._open = threading.Event()
        self._open.set()
        self._opens_at_a_question = False
        self.kept_back = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._run(self._serve)

    def keep_back(self) -> None:
        self.kept_back.clear()
        self._open.clear()

    def let_through(self) -> None:
        self._open.set()

    def let_through_at_the_next_question(self) -> None:
        self._opens_at_a_question = True

    def close(self) -> None:
        self._open.set()
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._behind))
                self._run(lambda c=client, s=server: self._pass(c, s, self._question))
                self._run(lambda c=client, s=server: self._pass(s, c, self._answer))

    def _pass(self, one: socket.socket, other: socket.socket, look: Callable[[], None]) -> None:
        with suppress(OSError), one, other:
            while said := one.recv(65536):
                look()
                other.sendall(said)

    def _question(self) -> None:
        if self._opens_at_a_question:
            self._opens_at_a_question = False
            self._open.set()

    def _answer(self) -> None:
        self.kept_back.set()
        self._open.wait()

    def _run(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()


# -- who is asked --------------------------------------------------------------------------


@contextmanager
def proxied(port: int) -> Iterator[Proxy]:
    with closing(Proxy(port)) as proxy:
        yield proxy


@pytest.fixture
def of_redis(redis_used: Redis, settings: Any) -> Iterator[tuple[Proxy, Ask]]:
    with proxied(redis_used.port) as proxy:
        settings.REDIS = f"redis://127.0.0.1:{proxy.port}/0"
        redis.pool.cache_clear()
        redis.client.cache_clear()

        def ask(name: str) -> str | None:
            redis.breaker.went_well()
            with suppress(redis.Away), redis.asked() as server:
                answer = server.echo(name)
                return answer.decode() if isinstance(answer, bytes) else repr(answer)
            return None

        yield proxy, ask


@pytest.fixture
def of_memcached(memcached_nodes: list[Node]) -> Iterator[tuple[Proxy, Ask]]:
    """Always the same name of what is kept: another's answer is not taken for one's own there."""
    with proxied(memcached_nodes[0].port) as proxy:
        direct = Memcached([memcached_nodes[0].place])
        behind = Memcached([("127.0.0.1", proxy.port)], pause=0)

        def ask(name: str) -> str | None:
            direct.set("it", name.encode())
            body = behind.get("it")
            return None if body is None else body.decode()

        with closing(direct), closing(behind):
            yield proxy, ask


@pytest.fixture
def of_postgres(postgres: Postgres, django_db_blocker: Any) -> Iterator[tuple[Proxy, Ask]]:
    """Through the pool of the replica, the one that is not waited for long."""
    port = str(postgres.port)
    with proxied(postgres.port) as proxy, django_db_blocker.unblock():
        entry = pool_of("VOXPOP_REPLICA", postgres.dsn.replace(f":{port}/", f":{proxy.port}/"))
        entry["OPTIONS"]["pool"]["max_size"] = 1  # the next one gets this one's
        late = ConnectionHandler({"default": {}, "late": {**entry, "ENGINE": "voxpop.replica"}})
        connection: Any = late["late"]

        def ask(name: str) -> str | None:
            try:
                connection.ensure_connection()
                return str(connection.ask("SELECT %s::text", [name]).fetchone()[0])
            except (Error, PoolTimeout, DatabaseError, InterfaceError):
                return None
            finally:
                connection.close()

        wait_until(lambda: ask("ready"), "PostgreSQL")
        yield proxy, ask
        connection.close_pool()


@pytest.fixture(params=["redis", "memcached", "postgres"])
def asked(request: pytest.FixtureRequest) -> tuple[Proxy, Ask]:
    found: tuple[Proxy, Ask] = request.getfixturevalue(f"of_{request.param}")
    return found


# -- what the next one hears ---------------------------------------------------------------


def heard_next(ask: Ask) -> str:
    """A pool may need a moment for another connection; what counts is what is answered."""
    answers: list[str] = []
    wait_until(lambda: answers.extend(filter(None, [ask("his own")])) or answers, "an answer")
    return answers[0]


def test_after_a_time_out_the_late_answer_is_thrown_away(asked: tuple[Proxy, Ask]) -> None:
    proxy, ask = asked
    assert ask("a first one") == "a first one"
    proxy.keep_back()
    assert ask("another's") is None
    assert proxy.kept_back.wait(10)
    proxy.let_through()
    assert heard_next(ask) == "his own"


def test_an_answer_that_comes_while_the_next_one_waits_is_not_his(
    asked: tuple[Proxy, Ask],
) -> None:
    proxy, ask = asked
    assert ask("a first one") == "a first one"
    proxy.keep_back()
    assert ask("another's") is None
    assert proxy.kept_back.wait(10)
    proxy.let_through_at_the_next_question()
    assert heard_next(ask) == "his own"


class Cancelled(BaseException):
    """Whoever asked was told to stop."""


def test_after_a_cancelled_question_as_well(asked: tuple[Proxy, Ask]) -> None:
    proxy, ask = asked

    def cancel(*_: object) -> None:
        raise Cancelled

    assert ask("a first one") == "a first one"
    proxy.keep_back()
    before = signal.signal(signal.SIGALRM, cancel)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)  # sooner than any of their time-outs
        with pytest.raises(Cancelled):
            ask("another's")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    proxy.let_through_at_the_next_question()
    assert heard_next(ask) == "his own"
