"""F1: SIGKILL at every point of a post; the client repeats itself with the same key."""

import random
import threading
import time
import uuid

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running

pytestmark = pytest.mark.server

ROWS = "from voxpop.events.models import OutboxEvent; print(OutboxEvent.objects.count())"


@pytest.mark.parametrize(
    ("point", "was_committed"),
    [
        pytest.param("before_transaction", False, marks=pytest.mark.long),
        pytest.param("in_transaction", False, marks=pytest.mark.long),
        ("after_commit", True),
        pytest.param("before_purge", True, marks=pytest.mark.long),
    ],
)
def test_a_post_repeated_after_the_kill_is_one_comment(
    server: Running, point: str, was_committed: bool
) -> None:
    server.start()
    token = server.guest()
    server.stop()
    server.start(VOXPOP_TEST_KILL_AT=point)
    key = str(uuid.uuid4())
    with pytest.raises(OSError):
        server.post(token, "Hello there", key)
    server.wait_for_death()
    server.start()
    assert len(server.comments()) == (1 if was_committed else 0)
    again = server.post(token, "Hello there", key)
    assert again.status == 201, again.body
    assert ("idempotent-replay" in {name.lower() for name in again.headers}) is was_committed
    assert [comment["id"] for comment in server.comments()] == [again.json()["id"]]
    # What the killed server still owed is done by the next one.
    wait_until(lambda: server.run_python(ROWS) == "0", "an empty outbox", 20)


@pytest.mark.long
def test_random_kills_under_load_lose_no_acknowledged_comment_and_make_no_double(
    server: Running,
) -> None:
    server.start()
    tokens = [server.guest(f"Guest {number}") for number in range(3)]
    acknowledged: dict[str, str] = {}
    is_over = threading.Event()

    def write(token: str, writer: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            source, key = f"Comment {number} of {writer}", str(uuid.uuid4())
            while source not in acknowledged:
                try:
                    answer = server.post(token, source, key)
                except OSError:
                    time.sleep(0.05)
                    continue
                assert answer.status in {201, 409, 503}, answer.body
                if answer.status == 201:
                    acknowledged[source] = answer.json()["id"]

    writers = [
        threading.Thread(target=write, args=(token, number)) for number, token in enumerate(tokens)
    ]
    for writer in writers:
        writer.start()
    dice = random.Random(7)
    for _ in range(4):
        before = len(acknowledged)
        wait_until(lambda: len(acknowledged) > before + 10, "comments")  # noqa: B023
        time.sleep(dice.random() * 0.1)
        server.kill()
        server.start()
    is_over.set()
    for writer in writers:
        writer.join(60)
    shown = [comment["id"] for comment in server.comments()]
    assert len(shown) == len(set(shown))
    assert sorted(shown) == sorted(acknowledged.values())
