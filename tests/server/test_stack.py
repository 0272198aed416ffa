"""`voxpop stack`: everything up by one command, kept alive, and down without a trace."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.harness.product import VOXPOP
from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import passable_folder
from voxpop.edge.node import Node
from voxpop.stack.folder import Folder
from voxpop.stack.ports import free_port
from voxpop.stack.processes import Process, process

pytestmark = pytest.mark.server

TWO_OF_EACH = {
    "postgres", "standby", "redis", "memcached1", "memcached2", "cassandra",
    "django1", "django2", "worker",
    "edge1", "edge2", "counter", "haproxy",
}  # fmt: skip
# What a question about the rest need not wait for.
FEW = [f"--without={part}" for part in ("haproxy", "varnish", "cassandra", "redis", "memcached")]


@dataclass
class Stack:
    data: Path
    port: int
    told: dict[str, str] = field(default_factory=dict)  # settings

    def voxpop(self, *arguments: str, code: int = 0) -> str:
        """What `voxpop …` says."""
        done = subprocess.run(
            [VOXPOP, *arguments, "--data", str(self.data)],
            env=self._environment(), capture_output=True, text=True, timeout=150, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, *options: str, code: int = 0) -> str:
        return self.voxpop("stack", "up", "--port", str(self.port), *options, code=code)

    def run_python(self, code: str) -> str:
        """Run a few lines with the settings of the stack's worker."""
        parts = {part.name: part for part in Folder.of(self.data).plan().parts}
        settings = {"DJANGO_SETTINGS_MODULE": "voxpop.settings", **parts["worker"].environment}
        done = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            env=self._environment() | settings,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _environment(self) -> dict[str, str]:
        ours = {name: text for name, text in os.environ.items() if "VOXPOP" not in name}
        return ours | self.told

    def status(self) -> dict[str, Any]:
        """Every part by name."""
        done = subprocess.run(
            [VOXPOP, "stack", "status", "--json", "--data", str(self.data)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        told = json.loads(done.stdout)
        assert done.returncode == (0 if told["well"] else 1)
        return {part["name"]: part for part in told["parts"]}

    def state(self) -> dict[str, Any]:
        """What the supervisor has written last."""
        found: dict[str, Any] = json.loads((self.data / "run/stack/state.json").read_text())
        return found

    def processes(self) -> list[Process]:
        """Every process of the stack, and those that these have started."""
        state = self.state()
        leaders = [known["process"]["pid"] for known in state["parts"].values()]
        listed = subprocess.run(
            ["ps", "-eo", "pid,pgid"], capture_output=True, text=True, check=True
        ).stdout.split()[2:]
        pairs = zip(listed[::2], listed[1::2], strict=True)
        found = [int(pid) for pid, group in pairs if int(group) in leaders]
        return [each for pid in [state["supervisor"]["pid"], *found] if (each := process(pid))]

    def log(self) -> str:
        return (self.data / "run/stack/stack.log").read_text()

    def ask(self, path: str, *options: str) -> tuple[int, dict[str, str], bytes]:
        """One request of a reader: status, headers, body."""
        done = subprocess.run(
            ["curl", "--silent", "--max-time", "20", "--include", "--noproxy", "*",
             "--cacert", str(self.data / "certificates/authority.pem"), *options,
             f"https://localhost:{self.port}{path}"],
            capture_output=True, check=False,
        )  # fmt: skip
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n") if head else ["- 0"]
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers | {"version": first.split()[0]}, body

    def become_guest(self, *options: str) -> int:
        """The status of one more guest's asking for a token."""
        body = json.dumps({"forum": "garden", "name": "Ada"})
        return self.ask(
            "/api/v1/guests", "--json", body, "--header", f"Origin: https://localhost:{self.port}",
            "--header", f"Idempotency-Key: {os.urandom(8).hex()}", *options,
        )[0]  # fmt: skip


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A whole stack from an empty data folder."""
    with passable_folder() as folder:
        ours = Stack(folder / "data", free_port())
        ours.up("--edges", "2")
        try:
            owner = ("--origin", "https://garden.test", "--owner", "owner@garden.test")
            ours.voxpop("forum", "create", "garden", *owner)
            yield ours
        finally:
            ours.voxpop("stack", "down")


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[Stack]:
    """A stack that is not to come up; should it, it does not outlive the test."""
    ours = Stack(tmp_path / "data", free_port())
    ours.data.mkdir()
    yield ours
    ours.voxpop("stack", "down")


def test_every_part_answers_and_says_where(stack: Stack) -> None:
    parts = stack.status()
    assert set(parts) == TWO_OF_EACH
    assert {part["state"] for part in parts.values()} == {"answers"}
    assert parts["haproxy"]["address"] == f"https://localhost:{stack.port}"
    assert all(process(part["pid"]) for part in parts.values())


def test_a_page_comes_over_tls_and_http_2_and_the_second_time_from_the_edge(stack: Stack) -> None:
    page = "/embed/garden/thread?i=a-page"
    status, headers, _ = stack.ask(page)
    assert (status, headers["version"]) == (200, "HTTP/2")
    assert "fwd=miss" in headers["cache-status"]
    assert not [name for name in headers if name.startswith("surrogate")]
    assert "hit" in stack.ask(page)[1]["cache-status"]


def test_a_reader_is_limited_by_his_own_address_whatever_he_says(stack: Stack) -> None:
    """Two networks of this machine: one uses its share up, the other one still has all of its."""
    greedy, other = ("--interface", "127.0.1.1"), ("--interface", "127.0.2.1")
    # Each Django process counts for itself: ten a minute each.
    answers = [
        stack.become_guest(*greedy, "--header", f"X-Forwarded-For: 192.0.{number}.1")
        for number in range(30)
    ]
    assert answers[0] == 201
    assert 429 in answers
    assert stack.become_guest(*other) == 201


def test_the_links_of_a_command_lead_to_the_stack(stack: Stack) -> None:
    owner = ("--origin", "https://meadow.test", "--owner", "owner@meadow.test", "--json")
    made = json.loads(stack.voxpop("forum", "create", "meadow", *owner).splitlines()[-1])
    link = urlsplit(made["sign_in"])
    assert f"{link.scheme}://{link.netloc}" == f"https://localhost:{stack.port}"
    assert stack.ask(link.path)[0] in {200, 302}


@pytest.mark.parametrize(
    "name",
    [
        "django1",
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in ("postgres", "worker", "edge1", "haproxy")
        ),
    ],
)
def test_a_part_that_dies_is_started_again_and_said_so(stack: Stack, name: str) -> None:
    before = stack.status()[name]
    os.kill(before["pid"], signal.SIGKILL)

    def is_back() -> bool:
        now = stack.state()["parts"][name]
        return now["restarts"] == before["restarts"] + 1 and now["state"] == "answers"

    wait_until(is_back, f"the new {name}", 40)
    after = stack.status()[name]
    assert after["pid"] != before["pid"]
    assert after["ended"].startswith("was ended by SIGKILL")
    assert f"{name} paused: was ended by SIGKILL; starts again" in stack.log()
    wait_until(lambda: stack.ask("/embed.js")[0] == 200, "a page", 20)


@pytest.mark.long
def test_a_part_that_hangs_is_said_to_be_silent_and_left_alone(stack: Stack) -> None:
    hung = stack.status()["django2"]["pid"]
    os.kill(hung, signal.SIGSTOP)
    try:
        assert stack.status()["django2"]["state"] == "silent"
    finally:
        os.kill(hung, signal.SIGCONT)
    wait_until(lambda: stack.status()["django2"]["state"] == "answers", "django2")
    assert stack.status()["django2"]["pid"] == hung


def test_a_second_up_says_that_it_runs_and_starts_nothing(stack: Stack) -> None:
    before = stack.status()
    told = stack.up()
    assert "runs already" in told
    assert f"https://localhost:{stack.port}" in told
    assert stack.status() == before


@pytest.mark.long
def test_what_was_started_beside_it_stays_when_it_ends(stack: Stack, tmp_path: Path) -> None:
    django = int(stack.status()["django1"]["address"].rpartition(":")[2])
    foreign = Node("foreign", free_port(), free_port(), [("127.0.0.1", django)], "s" * 32, tmp_path)
    foreign.start()
    try:
        ours = stack.processes()
        assert len(ours) > len(TWO_OF_EACH)  # varnishd has a child
        stack.voxpop("stack", "down")
        assert [each for each in ours if each.is_alive()] == []
        assert foreign.alive()
        assert "running" in foreign.adm("status")
        assert stack.status() == {}
        # And it comes back, with the certificate that browsers have learnt to trust.
        authority = stack.data / "certificates/authority.pem"
        known = authority.read_bytes()
        stack.up("--edges", "1", "--workers", "1")
        assert authority.read_bytes() == known
        assert stack.ask("/embed.js")[0] == 200
    finally:
        foreign.stop()


@pytest.mark.long
def test_t37_nobody_reaches_what_is_not_his_through_all_of_it(stack: Stack) -> None:
    """The live audit, over TLS with the stack's own authority, past the edge, on PostgreSQL."""
    url = f"https://localhost:{stack.port}"
    told = stack.voxpop("audit", "tenancy", "--url", url, "--only", "moderate/bans", "--json")
    found = json.loads(told.splitlines()[-1])
    assert (found["wrong"], found["code"]) == ([], 0)
    assert min(found["allowed"], found["refused"]) >= 12


@pytest.mark.long
def test_the_parts_of_a_killed_supervisor_are_ended_by_the_next_up(stack: Stack) -> None:
    left = stack.processes()
    os.kill(stack.state()["supervisor"]["pid"], signal.SIGKILL)
    wait_until(lambda: not left[0].is_alive(), "the supervisor's end")
    assert stack.ask("/embed.js")[0] == 200  # readers notice nothing
    assert stack.status() == {}
    stack.up(
        *("--without", "haproxy", "--without", "varnish", "--without", "cassandra"),
        "--workers",
        "1",
    )
    assert [each for each in left if each.is_alive()] == []
    rest = {"django1", "worker", "postgres", "standby", "redis", "memcached1", "memcached2"}
    assert set(stack.status()) == rest
    plain = subprocess.run(
        ["curl", "--silent", "--noproxy", "*", f"http://localhost:{stack.port}/readyz"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert plain.stdout == "ready\n"


@pytest.mark.long
def test_every_command_finds_the_comments_where_the_stack_has_them(stack: Stack) -> None:
    stack.voxpop("token", "create", "--email", "owner@garden.test")
    told = stack.data / "database"
    assert told.stat().st_mode & 0o777 == 0o600
    assert not (stack.data / "voxpop.sqlite3").exists()
    # Without it the comments would be left aside, and the stack begin again with none.
    ours = stack.voxpop("stack", "down")
    assert "has ended" in ours
    refusal = stack.up("--without", "postgres", code=1)
    assert "leave --without postgres away" in refusal
    stack.up("--without", "haproxy", "--without", "varnish", "--without", "cassandra")


@pytest.mark.long
def test_comments_that_are_in_sqlite_stay_there(refused: Stack) -> None:
    (refused.data / "voxpop.sqlite3").touch()
    assert "stay in SQLite" in refused.up(*FEW, "--workers", "1")
    assert set(refused.status()) == {"django1", "worker"}


@pytest.mark.long
def test_a_part_that_cannot_start_brings_all_down_with_its_last_words(refused: Stack) -> None:
    (refused.data / "voxpop.sqlite3").mkdir()  # where the database should be
    told = refused.up(*FEW, code=1)
    assert re.search(r"(django\d|worker) does not start: it ended with code 1", told)
    assert "unable to open database file" in told
    assert not (refused.data / "run/stack/state.json").exists()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.write_text("short"), "is too short: write at least 32"),
        (lambda file: file.chmod(0o644), "can be read by others: chmod 600"),
    ],
    ids=["short", "open"],
)
def test_a_secret_that_is_none_stops_the_start(refused: Stack, spoil: Any, sentence: str) -> None:
    secret = refused.data / "edge_secret"
    secret.write_text("x" * 64)
    secret.chmod(0o600)
    spoil(secret)
    assert sentence in refused.up(code=1)
    assert not (refused.data / "run/stack/plan.json").exists()


def test_a_number_that_became_somebody_elses_is_not_ended() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        itself = process(sleeper.pid)
        assert itself is not None
        Process(sleeper.pid, itself.began + 1).end(0.1)
        assert sleeper.poll() is None
        itself.end(20)
        assert sleeper.wait(5) == -signal.SIGTERM
    finally:
        sleeper.kill()
        sleeper.wait()


def test_who_does_not_hear_is_ended_after_a_while() -> None:
    deaf = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); input()"
    )
    sleeper = subprocess.Popen(
        [sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert sleeper.stdout is not None
        sleeper.stdout.readline()
        itself = process(sleeper.pid)
        assert itself is not None
        itself.end(0.1)
        assert sleeper.wait(5) == -signal.SIGKILL
    finally:
        sleeper.kill()
        sleeper.communicate()
