"""An engine ends with whoever started it, even if he is killed."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engines.postgres import passable_folder
from voxpop.stack.ports import free_ports

STARTER = """
import sys
from pathlib import Path
from voxpop.stack.engines.memcached import Memcached
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.redis import Redis
from voxpop.stack.ports import free_ports

folder, ports = Path(sys.argv[1]), free_ports()
engines = {
    "memcached": lambda: Memcached(folder, next(ports)),
    "postgres": lambda: Postgres(folder, next(ports), is_durable=False),
    "redis": lambda: Redis(folder, next(ports)),
}
engine = engines[sys.argv[2]]()
engine.start()
print(engine.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.server
@pytest.mark.parametrize("kind", ["memcached", "postgres", "redis"])
def test_of_one_who_was_killed_nothing_stays(kind: str) -> None:
    with (
        passable_folder() as folder,
        subprocess.Popen(
            [sys.executable, "-c", STARTER, str(folder / "engine"), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as starter,
    ):
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert is_alive(pid)
        starter.kill()
        assert starter.wait() == -signal.SIGKILL
        deadline = time.monotonic() + 20
        while is_alive(pid):
            assert time.monotonic() < deadline, f"{kind} outlived the one who started it"
            time.sleep(0.02)


@pytest.mark.server
def test_one_that_a_thread_started_stays_when_the_thread_is_over() -> None:
    from voxpop.stack.engines.redis import Redis

    with passable_folder() as folder:
        redis = Redis(folder / "engine", next(free_ports()))
        starter = threading.Thread(target=redis.start)
        starter.start()
        starter.join()
        try:
            redis.wait_until_ready()
            assert redis.is_running()
        finally:
            redis.kill()


def is_alive(pid: int) -> bool:
    """Whether it runs: one that nobody has asked for its end is not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
