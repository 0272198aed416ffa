"""One contract for every cache: bytes come back as they were kept, or not at all, and soon."""

import random
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from tests.browser.harness.waiting import wait_until
from voxpop.breaker import Breaker
from voxpop.cache import Cache, Nearby, memcached
from voxpop.cache.memcached import MOST, PACKED_FROM, Memcached, Node
from voxpop.cache.memory import OVERHEAD, Memory
from voxpop.stack.engines.memcached import Memcached as Server
from voxpop.stack.ports import free_ports

# Seconds until a node that failed is asked again.
SOON = 0.5
PAGE = b"<article>a comment like many others</article>" * 1000
# What one question may cost where nobody answers: the time-out, and a busy machine's share.
AT_ONCE = 2.0


class CacheContract:
    """What every implementation must do."""

    def test_what_was_kept_comes_back(self, cache: Cache) -> None:
        cache.set("a", b"of a")
        assert cache.get("a") == b"of a"

    def test_what_was_not_kept_is_missing(self, cache: Cache) -> None:
        assert cache.get("never") is None

    @pytest.mark.parametrize(
        "body", [b"", b"\0", bytes(range(256)), PAGE, b"x" * PACKED_FROM, zlib.compress(PAGE)]
    )
    def test_any_bytes_come_back_as_they_are(self, cache: Cache, body: bytes) -> None:
        cache.set("any", body)
        assert cache.get("any") == body

    @pytest.mark.parametrize("key", ["with spaces", "new\r\nline", "ü ß 漢字 🙂", "k" * 5000, "\0"])
    def test_any_text_is_a_key_and_only_itself(self, cache: Cache, key: str) -> None:
        cache.set(key, b"its own")
        assert cache.get(key) == b"its own"
        assert cache.get(key + " ") is None

    def test_many_are_asked_for_at_once_and_those_that_are_there_come(self, cache: Cache) -> None:
        bodies = {f"many {n}": b"%d" % n for n in range(60)}
        cache.set_many(bodies)
        assert cache.get_many([*bodies, "not there"]) == bodies
        assert cache.get_many([]) == {}
        cache.set_many({})

    def test_cleared_it_is_empty(self, cache: Cache) -> None:
        cache.set("a", b"of a")
        cache.clear()
        assert cache.get("a") is None

    def test_from_many_threads_everybody_gets_his_own(self, cache: Cache) -> None:
        wrong = []

        def work(number: int) -> None:
            for turn in range(30):
                key, body = f"{number} {turn}", b"%d %d " % (number, turn) * 500
                cache.set(key, body)
                if cache.get(key) not in {body, None}:
                    wrong.append(key)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


class TestMemory(CacheContract):
    @pytest.fixture
    def cache(self) -> Cache:
        return Memory(lambda: 1024 * 1024)

    def test_full_it_drops_what_was_asked_for_longest_ago(self) -> None:
        cache = Memory(lambda: 3 * (100 + OVERHEAD))
        for name in "abc":
            cache.set(name, name.encode() * 100)
        cache.get("a")
        cache.set("d", b"d" * 100)
        assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]

    def test_what_is_next_to_nothing_takes_room_as_well(self) -> None:
        cache = Memory(lambda: 10 * OVERHEAD)
        for number in range(1000):
            cache.set(str(number), b"")
        assert sum(cache.get(str(number)) is not None for number in range(1000)) == 10

    def test_without_room_nothing_is_kept(self) -> None:
        cache = Memory(lambda: 0)
        cache.set("a", b"of a")
        assert cache.get("a") is None


@pytest.mark.server
class TestMemcached(CacheContract):
    @pytest.fixture
    def cache(self, memcached_nodes: list[Server]) -> Iterator[Memcached]:
        with closing(Memcached([node.place for node in memcached_nodes], pause=SOON)) as cache:
            cache.clear()
            yield cache

    def test_keys_are_spread_over_the_nodes(
        self, cache: Memcached, memcached_nodes: list[Server]
    ) -> None:
        before = [stats(node, b"cmd_set") for node in memcached_nodes]
        cache.set_many({str(number): b"x" for number in range(100)})
        after = [stats(node, b"cmd_set") for node in memcached_nodes]
        shares = [now - then for now, then in zip(after, before, strict=True)]
        assert sum(shares) == 100
        assert min(shares) > 20

    def test_a_page_is_packed(self, cache: Memcached, memcached_nodes: list[Server]) -> None:
        before = sum(stats(node, b"bytes_read") for node in memcached_nodes)
        cache.set("page", PAGE)
        assert sum(stats(node, b"bytes_read") for node in memcached_nodes) - before < 1000

    def test_what_no_node_would_take_is_not_sent(self, cache: Memcached) -> None:
        cache.set("large", random.Random(7).randbytes(MOST + 1000))
        cache.set("small", b"still taken")
        assert (cache.get("large"), cache.get("small")) == (None, b"still taken")

    def test_full_it_drops_the_old_and_takes_the_new(self, memcached_nodes: list[Server]) -> None:
        server = Server(memcached_nodes[0].folder / "small", next(free_ports()), megabytes=8)
        server.start()
        try:
            with closing(Memcached([server.place])) as cache:
                noise = random.Random(7).randbytes(60_000)
                for number in range(300):
                    cache.set(str(number), noise + b"%d" % number)
                kept = [n for n in range(300) if cache.get(str(n)) == noise + b"%d" % n]
            assert 299 in kept
            assert 0 < len(kept) < 300
        finally:
            server.kill()

    def test_another_secret_another_cache(
        self, cache: Memcached, memcached_nodes: list[Server], settings: object
    ) -> None:
        """Two deployments on the same nodes never see each other's pages."""
        cache.set("page", PAGE)
        settings.SECRET_KEY = "another deployment's, of enough letters"  # type: ignore[attr-defined]
        with closing(Memcached([node.place for node in memcached_nodes])) as other:
            assert other.get("page") is None

    def test_other_code_another_cache(
        self, cache: Memcached, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While a release is rolled out, neither side takes the other's pages."""
        cache.set("page", PAGE)
        monkeypatch.setattr(memcached, "_makers", lambda: "another release")
        assert cache.get("page") is None

    def test_a_node_that_starts_again_is_empty_and_taken_back(
        self, cache: Memcached, memcached_nodes: list[Server]
    ) -> None:
        bodies = {str(number): b"x" for number in range(50)}
        cache.set_many(bodies)
        memcached_nodes[0].kill()
        left = cache.get_many(bodies)
        assert 0 < len(left) < 50
        memcached_nodes[0].start()

        def is_whole() -> bool:
            cache.set_many(bodies)
            return cache.get_many(bodies) == bodies

        wait_until(is_whole, "its share")

    def test_one_that_hangs_costs_one_wait_and_is_taken_back(
        self, cache: Memcached, memcached_nodes: list[Server], asked: list[int]
    ) -> None:
        bodies = {str(number): b"x" for number in range(50)}
        cache.set_many(bodies)
        memcached_nodes[0].pause()
        try:
            asked.clear()
            began = time.monotonic()
            for _ in range(20):
                left = cache.get_many(bodies)
                cache.set_many(bodies)
            took = time.monotonic() - began
            assert 0 < len(left) < 50
            waits = asked.count(memcached_nodes[0].port)
            # Once, and once for each pause that has passed since.
            assert waits <= 1 + took / SOON
        finally:
            memcached_nodes[0].resume()
        wait_until(lambda: cache.get_many(bodies) == bodies, "its share")


@pytest.mark.server
class TestNearby(CacheContract):
    @pytest.fixture
    def near(self) -> Memory:
        return Memory(lambda: 1024 * 1024)

    @pytest.fixture
    def far(self, memcached_nodes: list[Server]) -> Iterator[Memcached]:
        with closing(Memcached([node.place for node in memcached_nodes])) as far:
            yield far

    @pytest.fixture
    def cache(self, near: Memory, far: Memcached) -> Nearby:
        nearby = Nearby(near, far)
        nearby.clear()
        return nearby

    def test_what_another_process_made_is_here_from_then_on(
        self, cache: Nearby, near: Memory, far: Memcached
    ) -> None:
        far.set_many({"a": b"of a", "b": b"of b", "c": b"of c"})
        assert cache.get("a") == b"of a"
        assert cache.get_many(["b", "c", "d"]) == {"b": b"of b", "c": b"of c"}
        assert near.get_many(["a", "b", "c"]) == {"a": b"of a", "b": b"of b", "c": b"of c"}


# A server that answers as it likes, for what no memcached does of itself.
Answer = Callable[[bytes], bytes]


@contextmanager
def answering(answer: Answer) -> Iterator[Memcached]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                while told := line.recv(4096):
                    line.sendall(answer(told))

    threading.Thread(target=serve, daemon=True).start()
    try:
        with closing(Memcached([listener.getsockname()])) as cache:
            yield cache
    finally:
        listener.close()


def name_in(told: bytes) -> bytes:
    return told.split()[1]


def value(name: bytes, said: bytes) -> bytes:
    return b"VALUE %b 0 %d\r\n%b\r\nEND\r\n" % (name, len(said), said)


def test_another_keys_value_under_this_key_is_not_believed() -> None:
    """F8: a memcached, or a client of it, that mixes up its answers."""
    with answering(lambda told: value(name_in(told), kept["other"])) as cache:
        kept = {"other": cache._sealed("of another", PAGE)}
        assert cache.get("mine") is None


def test_what_was_sealed_under_this_key_is_believed() -> None:
    """The test above, were the answer right: so that it fails for its own reason."""
    with answering(
        lambda told: value(name_in(told), cache._sealed(name_in(told).decode(), PAGE))
    ) as cache:
        assert cache.get("mine") == PAGE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said[:-1],
        lambda said: said[: len(said) // 2],
        lambda said: said[:16],
        lambda said: b"",
        lambda said: said + b"<script>",
        lambda said: said[:16] + b"=" + PAGE,
        lambda said: b"\0" * 16 + said[16:],
    ],
)
def test_a_value_that_is_cut_or_meddled_with_is_not_believed(
    spoil: Callable[[bytes], bytes],
) -> None:
    with answering(
        lambda told: value(name_in(told), spoil(cache._sealed(name_in(told).decode(), PAGE)))
    ) as cache:
        assert cache.get("mine") is None


@pytest.mark.parametrize(
    "nonsense",
    [
        b"SERVER_ERROR out of memory\r\n",
        b"ERROR\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"VALUE\r\n",
        b"VALUE x y z\r\nEND\r\n",
        b"VALUE notmine 0 1\r\nx\r\nEND\r\n",
        b"\xff\xfe\r\n",
    ],
)
def test_nonsense_is_nothing_and_no_error(nonsense: bytes) -> None:
    with answering(lambda told: nonsense) as cache:
        assert cache.get("mine") is None
        cache.set("mine", PAGE)


def test_where_nobody_listens_nothing_is_kept_and_nobody_waits() -> None:
    cache = Memcached([("127.0.0.1", next(free_ports())), ("127.0.0.1", next(free_ports()))])
    began = time.monotonic()
    for number in range(200):
        cache.set(str(number), PAGE)
        assert cache.get(str(number)) is None
    assert time.monotonic() - began < AT_ONCE


def test_a_node_away_keeps_its_share_so_that_the_others_keep_theirs() -> None:
    """Rendezvous: whoever is asked for a key does not depend on who else stands."""
    three = Memcached([("127.0.0.1", port) for port in (1, 2, 3)])
    two = Memcached([("127.0.0.1", port) for port in (1, 3)])
    moved = sum(
        node_of(three, str(key)) != node_of(two, str(key))
        for key in range(300)
        if node_of(three, str(key)) != ("127.0.0.1", 2)
    )
    assert moved == 0


class TestBreaker:
    @pytest.mark.broad
    def test_after_a_failure_nobody_asks_then_one_then_all(self) -> None:
        breaker = Breaker(pause=0.2)
        assert breaker.lets_through()
        assert breaker.failed()
        assert not breaker.lets_through()
        wait_until(breaker.lets_through, "one")
        assert not breaker.lets_through()
        assert not breaker.failed()
        wait_until(breaker.lets_through, "one")
        breaker.went_well()
        assert breaker.lets_through()
        assert breaker.lets_through()


def node_of(cache: Memcached, key: str) -> tuple[str, int]:
    (node,) = cache._by_node([key])
    return node.address


def stats(server: Server, name: bytes) -> int:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(b"stats\r\nquit\r\n")
        told = b"".join(iter(lambda: line.recv(4096), b""))
    return int(told.split(b"STAT %b " % name)[1].split()[0])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports of the nodes that were really asked."""
    ports: list[int] = []
    ask = Node.ask

    def noted(node: Node, work: Callable[[object], object]) -> object:
        def counted(client: object) -> object:
            ports.append(node.address[1])
            return work(client)

        return ask(node, counted)

    monkeypatch.setattr(Node, "ask", noted)
    return ports
