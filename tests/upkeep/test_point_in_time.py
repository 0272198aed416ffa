"""PostgreSQL's drill: back up, go on, restore to a moment; what was removed since stays removed."""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness.product import free_port
from tests.server.running import Running
from tests.upkeep.refusing import refusal
from tests.upkeep.test_drill import BAN, DECIDE, facts
from voxpop.stack.engines.postgres import Postgres, place
from voxpop.stack.ports import free_ports

pytestmark = pytest.mark.long  # it starts PostgreSQL seven times

FORUM = ("--origin", "https://magazine.test", "--owner", "owner@magazine.test")
JUMPED_BACK = """
from django.db import connection
from django.db.models import F
from voxpop.threads.models import Thread, ThreadEvent
from voxpop.upkeep.restore import JUMP
ThreadEvent.objects.filter(kind="reset").delete()
Thread.objects.update(seq=F("seq") - JUMP)
"""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A day of a server on a cluster of its own, which then dies with the power."""
    folder = Path("/tmp") / f"voxpop-day-{free_port()}"
    folder.mkdir(mode=0o711)
    cluster = Postgres(place(folder / "data"), next(free_ports()), is_durable=False)
    cluster.start()
    server = Running(folder / "data", free_port(), {"VOXPOP_DATABASE": cluster.dsn})
    server.start()
    try:
        server.command("forum", "create", "magazine", *FORUM)
        ada, mallory = server.guest("Ada"), server.guest("Mallory")
        removed = server.post(ada, "is removed at noon").json()["id"]
        server.post(mallory, "rude")
        told = json.loads(server.command("backup", str(folder / "backup"), "--json"))
        for number in range(5):
            server.post(ada, f"after the backup, {number}")
        at_noon = facts(server)
        time.sleep(0.2)
        noon = datetime.now(UTC)
        time.sleep(0.2)
        server.run_python(DECIDE.format(comment=removed, verb="reject"))
        server.run_python(BAN)
        late = server.post(ada, "after noon").json()["id"]
        at_the_end = facts(server)
        server.kill()
        cluster.kill()
        yield {
            "server": server, "cluster": cluster, "backup": folder / "backup",
            "base": Path(told["file"]), "noon": noon, "at_noon": at_noon, "removed": removed,
            "at_the_end": at_the_end, "late": late, "mallory": mallory,
        }  # fmt: skip
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
        cluster.kill()
        shutil.rmtree(folder)


def test_a_damaged_base_is_refused(day: dict[str, Any]) -> None:
    file = day["base"] / "PG_VERSION"
    was = file.read_bytes()
    file.write_bytes(b"99\n")
    assert "is not whole" in refusal(day["server"], "restore", str(day["backup"]), "--replace")
    file.write_bytes(was)


def test_nothing_is_overwritten_unasked(day: dict[str, Any]) -> None:
    assert "--replace" in refusal(day["server"], "restore", str(day["backup"]))
    early = ("--to", "2001-01-01T00:00Z", "--replace")
    assert "holds no backup for that" in refusal(
        day["server"], "restore", str(day["backup"]), *early
    )
    late = ("--to", "2101-01-01T00:00Z", "--replace")
    assert "does not restore to that moment" in refusal(
        day["server"], "restore", str(day["backup"]), *late
    )


def test_restored_to_noon(day: dict[str, Any]) -> None:
    server: Running = day["server"]
    told = json.loads(
        server.command(
            "restore", str(day["backup"]), "--to", day["noon"].isoformat(), "--replace", "--json"
        ).splitlines()[-1]
    )
    assert told["replayed"] == 2
    assert told["comments"] == day["at_noon"]["counts"]["threads_comment"] == 7
    day["cluster"].start()
    server.start()
    shown = {c["id"] for c in server.comments() if c["status"] == "published"}
    assert len(shown) == 6
    assert day["removed"] not in shown
    assert day["late"] not in shown
    assert server.post(day["mallory"], "I am back").json()["code"] == "banned"
    server.stop()
    day["cluster"].stop()


def test_restored_to_the_end_without_a_loss(day: dict[str, Any]) -> None:
    """What the dead cluster had not given away yet is read from its own folder."""
    server: Running = day["server"]
    cluster: Postgres = day["cluster"]
    dead = cluster.folder / "data.before-restore"
    shutil.rmtree(cluster.data)
    dead.rename(cluster.data)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    server.command("restore", str(day["backup"]), "--replace")
    cluster.start()
    server.run_python(JUMPED_BACK)
    assert facts(server)["threads"] == day["at_the_end"]["threads"]
    cluster.stop()
