"""A new version with a migration, one process after the other, while people write, vote, read."""

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import passable_folder
from tests.server.test_stack import VOXPOP, Stack
from voxpop.stack.ports import free_port
from voxpop.stack.processes import process

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
EXPAND = """
from django.db import migrations, models
from voxpop.postgres.operations import AddIndexQuietly

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("threads", "{last}")]
    operations = [
        migrations.AddField("Comment", "rehearsed", models.CharField(max_length=9, null=True)),
        AddIndexQuietly("Comment", models.Index(fields=["rehearsed", "id"], name="rehearsed")),
    ]
"""
INDEX = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'rehearsed'::regclass"
UNIT = ROOT / "ops/systemd/voxpop-edge.service"
COLUMN = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'rehearsed'"
LEFT_OUT = ("--without=cassandra", "--without=replica", "--without=counter")
PAGE = {"identifier": "a-page", "url": "https://garden.test/a-page", "title": "A page"}
ENOUGH = 20  # answers of each kind before, between and after the restarts


class Load:
    """People who write, who vote, and who read what no cache has and what every cache has; each
    status that came is kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        ada, ben = self._guest("Ada"), self._guest("Ben")
        status, said = self._write(ada)
        assert status == 201, said
        first = json.loads(said)["id"]
        kinds: dict[str, Callable[[], int]] = {
            "write": lambda: self._write(ada)[0],
            "vote": lambda: self._vote(ben, first),
            "read": self._read,
            "read again": lambda: self._ask("GET", "/embed/garden/thread?i=a-page")[0],
        }
        self.answers: dict[str, list[int | str]] = {kind: [] for kind in kinds}
        self._ends = threading.Event()
        self._threads = [
            threading.Thread(target=self._go, args=(kind, ask)) for kind, ask in kinds.items()
        ]
        for each in self._threads:
            each.start()

    def end(self) -> None:
        self._ends.set()
        for each in self._threads:
            each.join(60)

    def go_on(self) -> None:
        """Return when there have been enough more answers of each kind."""
        before = {kind: len(found) for kind, found in self.answers.items()}
        wait_until(
            lambda: all(len(self.answers[kind]) >= before[kind] + ENOUGH for kind in before),
            "answers", 120,
        )  # fmt: skip

    def _go(self, kind: str, ask: Callable[[], int]) -> None:
        while not self._ends.is_set():
            try:
                self.answers[kind].append(ask())
            except (OSError, http.client.HTTPException) as error:
                self.answers[kind].append(repr(error))

    def _read(self) -> int:
        page = f"/embed/garden/thread?i=a-page-{len(self.answers['read'])}"
        return self._ask("GET", page)[0]

    def _write(self, token: str) -> tuple[int, bytes]:
        body = {"thread": PAGE, "source": f"written at {time.monotonic()}"}
        return self._ask("POST", "/api/v1/forums/garden/comments", body, token)

    def _vote(self, token: str, comment: str) -> int:
        body = {"value": len(self.answers["vote"]) % 2}
        return self._ask("PUT", f"/api/v1/comments/{comment}/vote", body, token)[0]

    def _guest(self, name: str) -> str:
        status, said = self._ask("POST", "/api/v1/guests", {"forum": "garden", "name": name})
        assert status == 201, said
        token: str = json.loads(said)["token"]
        return token

    def _ask(
        self, method: str, path: str, body: object = None, token: str = ""
    ) -> tuple[int, bytes]:
        unverified = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=30,
                                                 context=unverified)  # fmt: skip
        fields = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
        if token:
            fields["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, body and json.dumps(body), fields if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack of two Django processes and two edge nodes that runs a copy of the product."""
    with passable_folder() as folder:
        shutil.copytree(ROOT / "voxpop", folder / "code/voxpop")
        (folder / "code/ops").symlink_to(ROOT / "ops")
        monkeypatch.setenv("PYTHONPATH", str(folder / "code"))
        ours = Stack(folder / "data", free_port())
        done = subprocess.run(
            [VOXPOP, "stack", "up", "--port", str(ours.port), "--data", str(ours.data),
             "--edges", "2", *LEFT_OUT],
            env={**os.environ, "VOXPOP_LIMITS": "off"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        try:
            assert done.returncode == 0, done.stdout + done.stderr
            ours.voxpop("forum", "create", "garden", "--origin", "https://garden.test",
                        "--owner", "owner@garden.test")  # fmt: skip
            yield ours
        finally:
            ours.voxpop("stack", "down")


def test_f17_a_new_version_with_a_migration_fails_nobody(stack: Stack) -> None:
    load = Load(stack.port)
    try:
        load.go_on()
        migrations = stack.data.parent / "code/voxpop/threads/migrations"
        last = max(each.stem for each in migrations.glob("0*.py"))
        (migrations / "9999_rehearsed.py").write_text(EXPAND.format(last=last))
        for name in ("django1", "django2", "worker", "edge1", "edge2"):
            restart(stack, name)
            load.go_on()
    finally:
        load.end()
    with psycopg.connect((stack.data / "database").read_text().strip()) as connection:
        assert connection.execute(COLUMN).fetchone() == (1,)
        assert connection.execute(INDEX).fetchone() == (True,)
        ((kept,),) = connection.execute("SELECT count(*) FROM threads_comment").fetchall()
    failed = [(kind, each) for kind, found in load.answers.items() for each in found
              if each not in {200, 201}]  # fmt: skip
    assert failed == []
    assert kept == 1 + len(load.answers["write"])


def restart(stack: Stack, name: str) -> None:
    """As `systemctl restart` does: it is asked to end, and started again; then all others know."""
    before = stack.status()[name]
    old = process(before["pid"])
    assert old is not None
    if name.startswith("edge"):
        leave(stack, name)
    old.tell(signal.SIGTERM)

    def is_back() -> bool:
        now = stack.state()["parts"][name]
        return now["restarts"] == before["restarts"] + 1 and now["state"] == "answers"

    wait_until(is_back, f"the new {name}", 60)
    for edge in ("edge1", "edge2"):
        wait_until(lambda edge=edge: _healthy(stack, edge) == 2, "a healthy backend", 30)
    if name.startswith("edge"):
        time.sleep(3)  # HAProxy believes the second yes


def leave(stack: Stack, name: str) -> None:
    """What the unit of an edge node does before it ends."""
    (command,) = re.findall(r"^ExecStop=-(.*)$", UNIT.read_text(), re.M)
    ours = command.replace("varnishadm ", f"varnishadm -n {_folder(stack, name)} ")
    subprocess.run(shlex.split(ours), check=True, capture_output=True)


def _healthy(stack: Stack, edge: str) -> int:
    """How many processes of Django the edge node takes for alive."""
    told = subprocess.run(
        ["varnishadm", "-n", _folder(stack, edge), "backend.list"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return len(re.findall(r"^boot\.django\d\s.*\shealthy\s", told, re.M))


def _folder(stack: Stack, edge: str) -> str:
    return str(stack.data / "run/stack" / edge / "varnish")
