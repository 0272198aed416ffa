"""F18: a process in which memory ran out tells whoever asks to come again, and begins anew: CPython
was seen to answer every request wrongly from then on."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.test import Client

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running
from voxpop import memory
from voxpop.edge import front
from voxpop.edge.cached import Asked
from voxpop.pages.tests.test_away import ACCOUNT, breaks
from voxpop.stack.engines import ENDS_WITH_US
from voxpop.threads.tests.cast import Cast

BROKEN = [MemoryError(), SystemError("error return without exception set")]


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Whether it was noted that memory ran out; not in what comes after this test."""
    event = threading.Event()
    monkeypatch.setattr(memory, "_ran_out", event)
    return event


def fail(error: Exception) -> None:
    raise error


@pytest.mark.django_db
@pytest.mark.parametrize("error", BROKEN, ids=repr)
def test_a_page_says_when_to_come_again(client: Client, monkeypatch, noted, error):
    client.force_login(Cast().user("Bob", "bob@a.test").author.user)
    breaks(monkeypatch, error)
    client.raise_request_exception = False
    answer = client.get(ACCOUNT)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert noted.is_set()


@pytest.mark.django_db
@pytest.mark.parametrize("error", BROKEN, ids=repr)
def test_so_does_the_api(monkeypatch, noted, error):
    cast = Cast.standing()
    monkeypatch.setattr("voxpop.notices.api.unread", lambda author: fail(error))
    answer = cast.bob.send("GET", f"/me/threads/{cast.thread.public_id}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"
    assert noted.is_set()


@pytest.mark.django_db
@pytest.mark.parametrize("error", BROKEN, ids=repr)
def test_so_does_what_is_shared(monkeypatch, noted, error):
    found = front.find("/api/v1/openapi.json")
    assert found
    monkeypatch.setattr(found.view, "make", lambda asked, **named: fail(error))
    assert front.answer(found, Asked("", "")).status == 503
    assert noted.is_set()


@pytest.mark.django_db
def test_any_other_failure_begins_nothing_anew(client: Client, monkeypatch, noted):
    client.force_login(Cast().user("Bob", "bob@a.test").author.user)
    breaks(monkeypatch, RuntimeError("ours"))
    client.raise_request_exception = False
    assert client.get(ACCOUNT).status_code == 500
    assert not noted.is_set()


# What is read before anything else of the product: a text that takes a gigabyte to look at.
GREEDY = """
import voxpop.plaintext as plain
def visible(text, _visible=plain.visible):
    if "gigabyte" in text:
        bytearray(1 << 30)
    return _visible(text)
plain.visible = visible
"""


@pytest.mark.server
def test_the_process_begins_anew_and_serves_with_all_that_it_acknowledged(server: Running):
    server.start(prelude=GREEDY)
    log = server.data / "server.log"
    begun = log.read_text().count('"serving http')
    token = server.guest()
    before = server.post(token, "Before.")
    assert server.process
    pid = server.process.pid
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (128 << 20)
    resource.prlimit(pid, resource.RLIMIT_AS, (most, resource.prlimit(pid, resource.RLIMIT_AS)[1]))
    refused = server.post(token, "Take a gigabyte.")
    assert (refused.status, refused.headers["retry-after"]) == (503, "5"), refused.body

    def is_begun_anew() -> bool:
        try:
            ready = server.ask("GET", "/readyz").status == 200
        except OSError:
            return False
        return ready and log.read_text().count('"serving http') > begun

    wait_until(is_begun_anew, "a server that has begun anew", 30)
    assert server.process.poll() is None  # it is the same process: whoever started it need not know
    after = server.post(token, "After.")
    shown = {each["id"] for each in server.comments()}
    assert {before.json()["id"], after.json()["id"]} == shown
    assert server.stop() == 0


@pytest.mark.server
def test_so_does_a_worker(server: Running, tmp_path: Path):
    server.start()  # it makes ready what a worker needs
    once = (
        "import pathlib, sys, voxpop.memory as memory\n"
        f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
        "if not mark.exists():\n"
        "    mark.touch()\n"
        "    memory.is_cause(MemoryError())\n"
        "from voxpop.cli import main; main()"
    )
    log = tmp_path / "worker.log"
    with log.open("wb") as told:
        worker = subprocess.Popen(
            [*ENDS_WITH_US, sys.executable, "-c", once, "worker"],
            env={**os.environ, "VOXPOP_DATA": str(server.data)}, stdout=told, stderr=told,
        )  # fmt: skip
    try:
        wait_until(lambda: log.read_text().count('"working on') == 2, "a worker begun anew", 40)
        assert worker.poll() is None
    finally:
        worker.terminate()
    assert worker.wait(20) == 0
