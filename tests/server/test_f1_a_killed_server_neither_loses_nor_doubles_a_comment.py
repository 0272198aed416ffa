"""F1: SIGKILL at every point of a post; the client repeats itself with the same key."""

import random
import threading
import time
import uuid
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import PAGE, Running

pytestmark = pytest.mark.server

ROWS = "from voxpop.events.models import OutboxEvent; print(OutboxEvent.objects.count())"
PROVEN = """
from django.utils import timezone
from voxpop.accounts.models import Author
Author.objects.update(proven=timezone.now())
"""
LEASE_IS_OVER = """
from django.utils import timezone
from voxpop.notices.models import Letter
print(Letter.objects.filter(due__isnull=False).update(due=timezone.now()))
"""
LETTERS = """
from voxpop.notices.models import Letter
print(Letter.objects.filter(gone__isnull=False).count(), Letter.objects.count())
"""


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
def test_a_letter_whose_sender_was_killed_before_the_mail_goes_once_afterwards(
    server: Running, tmp_path: Path
) -> None:
    mails = tmp_path / "mails"
    server.environment["VOXPOP_EMAIL_URL"] = f"file:{mails}"
    server.start()
    asked = {"forum": "magazine", "name": "Ada", "email": "ada@reader.test"}
    ada = server.ask("POST", "/api/v1/guests", asked).json()["token"]
    server.run_python(PROVEN)
    wish = {"replies": True}
    told = server.ask("PUT", "/api/v1/me/mail", wish, Authorization=f"Bearer {ada}").json()
    assert told["confirmed"]
    said = server.post(ada, "A question").json()["id"]
    bob = server.guest("Bob")
    server.stop()

    server.start(VOXPOP_TEST_KILL_AT="before_mail")
    answer = {"thread": PAGE, "source": "An answer", "parent": said}
    path, key = "/api/v1/forums/magazine/comments", str(uuid.uuid4())
    posted = server.ask("POST", path, answer, Authorization=f"Bearer {bob}", Idempotency_Key=key)
    assert posted.status == 201, posted.body
    server.wait_for_death()

    server.start()
    assert [each["id"] for each in server.comments()] == [said, posted.json()["id"]]
    assert not _mailed(mails)
    assert server.run_python(LEASE_IS_OVER) == "1"
    wait_until(lambda: server.run_python(LETTERS) == "1 1", "the letter", 20)
    assert _mailed(mails) == 1


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


def _mailed(folder: Path) -> int:
    """How many mails lie there; a file is opened before there is one."""
    return sum(file.read_text().count("Message-ID:") for file in folder.iterdir())
