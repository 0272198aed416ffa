"""F7, F8, P9: Redis and memcached hold nothing that cannot be lost. Killed, stopped, flushed in the
middle of it all, they cost a moment (test_p9_*) and not one acknowledged comment."""

import json
import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import fresh_database
from tests.server.running import VOXPOP, Running, news
from voxpop import redis
from voxpop.stack.engines.memcached import Memcached
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.redis import Redis
from voxpop.stack.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.alone]

PAGE = "/embed/magazine/thread?i=a-page"
Fault = Callable[[Redis, list[Memcached]], None]


@pytest.fixture
def behind(
    server: Running, redis_used: Redis, memcached_nodes: list[Memcached]
) -> Iterator[Running]:
    """A server with Redis and memcached behind it, which all run again in the end."""
    server.environment = settings_of(redis_used, memcached_nodes)
    yield server
    for node in memcached_nodes:
        node.resume()
        if not node.is_running():
            node.start()


def settings_of(redis: Redis, nodes: list[Memcached]) -> dict[str, str]:
    return {
        "VOXPOP_REDIS": redis.url,
        "VOXPOP_MEMCACHED": ",".join(node.address for node in nodes),
    }


def test_p9_hung_servers_are_asked_once_and_then_left_alone(
    behind: Running, redis_used: Redis, memcached_nodes: list[Memcached]
) -> None:
    behind.start(VOXPOP_LIMITS="on")
    tokens = [behind.guest(name) for name in ("Ada", "Ben", "Cy", "Di")]
    turns = iter(tokens * 4)

    def post_and_read() -> None:
        assert behind.post(next(turns), f"Comment {uuid.uuid4()}").status == 201
        assert behind.ask("GET", PAGE).status == 200

    for _ in range(8):
        post_and_read()
    assert behind.figure("voxpop_server_reached", server="redis") == 1
    assert behind.figure("voxpop_redis_total", result="answered") > 8
    redis_used.pause()
    for node in memcached_nodes:
        node.pause()
    began = time.monotonic()
    for _ in range(8):
        post_and_read()
    # As many waits as there are servers, and again as many every five seconds; not one a request.
    most = 1 + (time.monotonic() - began) / 5
    assert 1 <= behind.figure("voxpop_redis_total", result="failed") <= 2 * most
    assert behind.figure("voxpop_redis_total", result="skipped") > 8
    failed = behind.figure("voxpop_cache_total", place="memcached", result="failed")
    assert 1 <= failed <= 2 * len(memcached_nodes) * most
    assert behind.figure("voxpop_server_reached", server="redis") == 0
    told = {finding["what"]: finding for finding in doctor(behind)}
    assert not told["redis"]["is_well"]
    assert str(told["redis"]["advice"]).startswith("Start it, or correct VOXPOP_REDIS")
    memcached = told[f"memcached {memcached_nodes[0].address}"]
    assert "does not answer" in memcached["told"]
    assert memcached["advice"] == "Start the node, or correct VOXPOP_MEMCACHED; it fills by itself."


def test_f7_without_redis_limits_still_hold(behind: Running, redis_used: Redis) -> None:
    """T25: an author has six comments a minute, whatever becomes of Redis between them."""
    behind.start(VOXPOP_LIMITS="on")
    token = behind.guest()
    assert [behind.post(token, f"One {n}").status for n in range(3)] == [201] * 3
    redis_used.kill()
    assert [behind.post(token, f"Two {n}").status for n in range(4)] == [201] * 3 + [429]
    redis_used.start()
    assert behind.post(token, "Three").status == 429


def test_two_processes_have_one_limit_between_them(behind: Running) -> None:
    behind.options = ("--no-worker",)
    behind.start(VOXPOP_LIMITS="on")
    other = Running(behind.data, free_port(), behind.environment, ("--no-worker",))
    other.start(VOXPOP_LIMITS="on")
    try:
        token = behind.guest()
        turns = [each.post(token, f"{n}").status for n in range(4) for each in (behind, other)]
        assert turns == [201] * 6 + [429] * 2
    finally:
        other.kill()


def flush(redis_server: Redis, nodes: list[Memcached]) -> None:
    with redis.listening() as client:
        client.flushall()
    for node in nodes:
        with socket.create_connection(node.place) as line:
            line.sendall(b"flush_all\r\n")
            assert line.recv(10) == b"OK\r\n"


def kill(redis_server: Redis, nodes: list[Memcached]) -> None:
    for engine in (redis_server, *nodes):
        engine.kill()


def start(redis_server: Redis, nodes: list[Memcached]) -> None:
    for engine in (redis_server, *nodes):
        engine.start()


def pause(redis_server: Redis, nodes: list[Memcached]) -> None:
    for engine in (redis_server, *nodes):
        engine.pause()


def resume(redis_server: Redis, nodes: list[Memcached]) -> None:
    for engine in (redis_server, *nodes):
        engine.resume()


def test_f7_f8_under_load_nothing_acknowledged_is_lost_and_nobody_sees_an_error(
    behind: Running, redis_used: Redis, memcached_nodes: list[Memcached]
) -> None:
    behind.start()
    tokens = [behind.guest(f"Guest {number}") for number in range(2)]
    acknowledged: list[str] = []
    wrong: list[object] = []
    is_over = threading.Event()

    def write(token: str) -> None:
        while not is_over.is_set():
            answer = behind.post(token, f"Comment {uuid.uuid4()}")
            if answer.status == 201:
                acknowledged.append(answer.json()["id"])
            else:
                wrong.append(answer)

    def read() -> None:
        seen = 0
        while not is_over.is_set():
            written = len(acknowledged)
            answer = behind.ask("GET", PAGE)
            seq = int(answer.headers.get("voxpop-seq", answer.headers.get("Voxpop-Seq", -1)))
            # Every comment moves the thread by one: what was acknowledged before is in the page.
            if answer.status != 200 or seq < max(seen, written):
                wrong.append((answer.status, seq, seen, written))
            seen = seq

    behind.post(tokens[0], "The first")
    work = [threading.Thread(target=write, args=(token,)) for token in tokens]
    work += [threading.Thread(target=read) for _ in range(2)]
    for each in work:
        each.start()
    try:
        faults: list[Fault] = [flush, kill, start, flush, pause, resume]
        for fault in faults:
            before = len(acknowledged)
            wait_until(lambda: len(acknowledged) > before + 15, "comments")  # noqa: B023
            fault(redis_used, memcached_nodes)
        before = len(acknowledged)
        wait_until(lambda: len(acknowledged) > before + 15, "comments")
    finally:
        is_over.set()
        for each in work:
            each.join(60)
    assert wrong == []
    shown = [comment["id"] for comment in behind.comments()][1:]
    assert sorted(shown) == sorted(acknowledged)


@pytest.fixture
def machines(
    behind: Running, postgres: Postgres, tmp_path: Path
) -> Iterator[tuple[Running, Running]]:
    """Two machines of one deployment: a database, a Redis and memcached in common, no folder."""
    told = {
        **behind.environment,
        "VOXPOP_DATABASE": fresh_database(postgres),
        "VOXPOP_SECRET_KEY": "the same on both machines, and long enough",
    }
    one, other = (
        Running(tmp_path / name, free_port(), told, ("--no-worker",)) for name in ("one", "other")
    )
    for machine in (one, other):
        machine.data.mkdir()
        machine.start()
    one.command("forum", "create", "magazine", "--origin", "https://magazine.test",
                "--owner", "owner@magazine.test")  # fmt: skip
    yield one, other
    for machine in (one, other):
        for reader in machine.readers:
            reader.close()
        machine.kill()


@pytest.mark.long
def test_machines_wake_each_others_readers_and_share_their_pages(
    machines: tuple[Running, Running],
) -> None:
    one, other = machines
    token = one.guest()
    first = one.post(token, "Hello").json()
    parked = other.park(first["thread"], first["seq"])
    wait_until(lambda: other.figure("voxpop_held_readers") == 1, "the reader's hold")
    began = time.monotonic()
    second = one.post(token, "Again").json()
    assert news(parked)["seq"] == second["seq"]
    assert time.monotonic() - began < 15  # a hold ends after 25
    page = one.ask("GET", PAGE).body
    assert other.ask("GET", PAGE).body == page
    assert other.figure("voxpop_cache_total", place="memcached", result="hit") == 1


def doctor(server: Running) -> list[dict[str, object]]:
    """What `voxpop doctor` finds."""
    done = subprocess.run(
        [VOXPOP, "doctor", "--json"],
        env={**os.environ, **server._environment()},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    found: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return found
