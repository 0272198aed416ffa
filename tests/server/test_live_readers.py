"""Live: who waits for news gets it within a second, and costs no thread."""

import resource
import socket
import time
from collections.abc import Iterator

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running, news

pytestmark = [pytest.mark.server, pytest.mark.alone]

PARKED = 2000
KIB_EACH = 64


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = PARKED + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_comment_reaches_a_waiting_reader_within_a_second(server: Running) -> None:
    server.start()
    token = server.guest()
    thread = server.thread()
    first = server.park(thread, 0)
    wait_until(lambda: is_parked(first), "the parking")
    posted = time.monotonic()
    shape = server.post(token, "Hello").json()
    tail = news(first)
    assert time.monotonic() - posted < 1
    assert [each["comments"][0]["id"] for each in tail["events"]] == [shape["id"]]
    assert tail["seq"] == shape["seq"]

    second = server.park(thread, tail["seq"])
    wait_until(lambda: is_parked(second), "the parking")
    asked = time.monotonic()
    vote = f"/api/v1/comments/{shape['id']}/vote"
    assert (
        server.ask("PUT", vote, {"value": 1}, Authorization=f"Bearer {server.guest('Bo')}").status
        == 200
    )
    folded = news(second)
    assert time.monotonic() - asked < 3  # folded once a second
    assert folded["events"][0]["comments"][0]["up"] == 1


def test_what_another_process_changed_reaches_a_waiting_reader(server: Running) -> None:
    server.start()
    shape = server.post(server.guest(), "Hello").json()
    reader = server.park(shape["thread"], shape["seq"])
    wait_until(lambda: is_parked(reader), "the parking")
    server.run_python(
        "from voxpop.threads.actions import lock_thread\n"
        "from voxpop.threads.models import Thread\n"
        "lock_thread(Thread.objects.get(), True)"
    )
    changed = time.monotonic()
    assert news(reader)["events"][0]["thread"]["locked"] is True
    assert time.monotonic() - changed < 2


def test_two_thousand_parked_readers_take_no_thread_and_little_memory(
    server: Running, many_files: None
) -> None:
    server.start()
    token = server.guest()
    shape = server.post(token, "Hello").json()
    warm = [server.park(shape["thread"], shape["seq"]) for _ in range(10)]
    wait_until(lambda: is_parked(warm[-1]), "the parking")
    before = server.facts()
    readers = [server.park(shape["thread"], shape["seq"]) for _ in range(PARKED)]
    wait_until(lambda: is_parked(readers[-1]), "the parking")
    during = server.facts()
    each = (during["rss"] - before["rss"]) / PARKED
    assert during["threads"] == before["threads"]
    assert each <= KIB_EACH, f"{each:.1f} KiB each"
    assert not any(has_answer(reader) for reader in readers)

    server.post(token, "News")
    bodies = {str(news(reader)) for reader in [*warm, *readers]}
    assert len(bodies) == 1
    assert "News" in bodies.pop()


def test_readers_who_hang_up_leave_their_place_to_others(server: Running) -> None:
    server.start("from voxpop.realtime import holder; holder.PARKED_AT_MOST = 50")
    shape = server.post(server.guest(), "Hello").json()
    gone = [server.park(shape["thread"], shape["seq"]) for _ in range(50)]
    wait_until(lambda: is_parked(gone[-1]), "the parking")
    refused = server.park(shape["thread"], shape["seq"])
    assert news(refused)["mode"] == "poll"
    for reader in gone:
        reader.close()
    # Within a few seconds, not when their 25 seconds are over.
    wait_until(lambda: is_parked(server.park(shape["thread"], shape["seq"])), "a free place", 10)


def test_a_server_told_to_stop_lets_parked_readers_go_at_once(server: Running) -> None:
    server.start()
    shape = server.post(server.guest(), "Hello").json()
    reader = server.park(shape["thread"], shape["seq"])
    wait_until(lambda: is_parked(reader), "the parking")
    told = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - told < 5
    assert news(reader)["events"] == []


def is_parked(reader: socket.socket) -> bool:
    """The server has had time to answer at once, and has not: half a second of silence."""
    reader.settimeout(0.5)
    try:
        return not reader.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return True
    finally:
        reader.settimeout(40)


def has_answer(reader: socket.socket) -> bool:
    reader.setblocking(False)
    try:
        return bool(reader.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        reader.settimeout(40)
