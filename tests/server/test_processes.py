"""Several processes on one data folder hear each other; none outlives or replaces another."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import VOXPOP, Running, news
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server


def fellows_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(each) for task in tasks for each in task.read_text().split()]


def listeners(server: Running) -> int:
    return len(list((server.data / "run" / "signals").glob("*.sock")))


def test_fellows_share_a_port_and_are_replaced(server: Running) -> None:
    server.options = ("--processes", "2")
    server.start()
    assert server.process is not None
    parent = server.process.pid
    wait_until(lambda: listeners(server) == 2, "both processes")
    (fellow,) = fellows_of(parent)
    os.kill(fellow, signal.SIGKILL)
    wait_until(lambda: fellows_of(parent) not in ([], [fellow]), "another fellow", 30)
    wait_until(lambda: listeners(server) == 3, "its ears", 30)  # the dead one's socket still stands
    shape = server.post(server.guest(), "Hello").json()
    wait_until(lambda: listeners(server) == 2, "the dead one forgotten")
    # Many connections, spread by the kernel over both: each is woken by whoever took the comment.
    parked = [server.park(shape["thread"], shape["seq"]) for _ in range(16)]
    second = server.post(server.guest(), "Again").json()
    assert {news(reader)["seq"] for reader in parked} == {second["seq"]}
    (fellow,) = fellows_of(parent)
    server.kill()
    wait_until(lambda: not Path(f"/proc/{fellow}").exists(), "the fellow's end", 30)


@pytest.fixture
def worker(server: Running) -> Iterator[subprocess.Popen[bytes]]:
    worker = subprocess.Popen([VOXPOP, "worker"], env=server._environment())
    yield worker
    if worker.poll() is None:
        worker.kill()
        worker.wait()


@pytest.mark.long
def test_a_worker_beside_two_servers(server: Running, worker: subprocess.Popen[bytes]) -> None:
    server.options = ("--no-worker",)
    server.start()
    other = Running(server.data, free_port(), server.environment, options=("--no-worker",))
    other.start()
    try:
        shape = server.post(server.guest(), "Hello").json()
        reader = other.park(shape["thread"], shape["seq"])
        vote = f"/api/v1/comments/{shape['id']}/vote"
        bo = server.guest("Bo")
        answer = server.ask("PUT", vote, {"value": 1}, Authorization=f"Bearer {bo}")
        assert answer.status == 200
        # Only the worker folds votes; what it folds wakes the readers of every server.
        assert news(reader)["events"][0]["comments"][0]["up"] == 1
    finally:
        for each in other.readers:
            each.close()
        assert other.stop() == 0
    worker.terminate()
    assert worker.wait(20) == 0
    assert server.stop() == 0
    assert listeners(server) == 0
