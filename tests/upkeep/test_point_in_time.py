"""PostgreSQL's drill: back up, go on, restore to a moment; what was removed since stays removed."""

import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.server.running import Running
from tests.upkeep.refusing import refusal
from tests.upkeep.test_drill import BAN, DECIDE, facts
from voxpop.stack.engines.postgres import Postgres, binary, place
from voxpop.stack.ports import free_port, free_ports

pytestmark = pytest.mark.long  # it starts PostgreSQL a dozen times

FORUM = ("--origin", "https://magazine.test", "--owner", "owner@magazine.test")
# In every text and name of hers, and nowhere else.
CANARY = "zanthoxylum"
ERASE = f"""
from voxpop.accounts.models import Author
from voxpop.events.worker import drain_outbox
from voxpop.privacy.erase import erase
erase(Author.objects.get(name__contains="{CANARY}"), keeps_text=False)
while drain_outbox():
    pass
"""
# What the restored cluster holds, but for the jump that every thread's log has made.
RESTORED = """
import json
from django.db import transaction
from django.db.models import F
from voxpop.threads.models import Thread, ThreadEvent
from voxpop.upkeep.facts import facts_of
from voxpop.upkeep.restore import JUMP
with transaction.atomic():
    assert ThreadEvent.objects.filter(kind="reset").delete()[0] == Thread.objects.count()
    Thread.objects.update(seq=F("seq") - JUMP)
    print(json.dumps(facts_of("default").as_json()))
    transaction.set_rollback(True)
"""
OF_PEOPLE = ("threads_", "accounts_", "moderation_", "screening_", "forums_")


def restored(server: Running) -> dict[str, Any]:
    """As `facts`, with the jump taken back."""
    found: dict[str, Any] = json.loads(server.run_python(RESTORED))
    return found


def of_people(found: dict[str, Any]) -> dict[str, int]:
    """The rows of what people have written and decided."""
    return {name: n for name, n in found["counts"].items() if name.startswith(OF_PEOPLE)}


def post(server: Running, token: str, page: str, text: str) -> dict[str, Any]:
    """A comment on that page."""
    where = {"identifier": page, "url": f"https://magazine.test/{page}", "title": page}
    answer = server.ask(
        "POST", "/api/v1/forums/magazine/comments", {"thread": where, "source": text},
        Authorization=f"Bearer {token}", Idempotency_Key=str(uuid.uuid4()),
    )  # fmt: skip
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json()
    return told


def dumped(cluster: Postgres) -> str:
    """All that the database holds."""
    return subprocess.run(
        [binary("pg_dump"), "--data-only", "--dbname", cluster.dsn],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


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
        ada, mallory, zoe = (server.guest(name) for name in ("Ada", "Mallory", f"Zoe {CANARY}"))
        removed = post(server, ada, "a-page", "is removed at noon")
        rude = post(server, mallory, "a-page", "rude")["id"]
        hers = post(server, zoe, "her-page", f"It is {CANARY}")
        told = json.loads(server.command("backup", str(folder / "backup"), "--json"))
        for number in range(5):
            post(server, ada, f"page-{number % 3}", f"after the backup, {number}")
        at_noon = facts(server)
        time.sleep(0.2)
        noon = datetime.now(UTC)
        time.sleep(0.2)
        server.run_python(DECIDE.format(comment=removed["id"], verb="reject"))
        server.run_python(BAN)
        server.run_python(ERASE)
        late = post(server, ada, "page-0", "after noon")["id"]
        post(server, ada, "a-new-page", "after noon")
        at_the_end = facts(server)
        server.kill()
        cluster.kill()
        yield {
            "server": server, "cluster": cluster, "backup": folder / "backup",
            "base": Path(told["file"]), "noon": noon, "at_noon": at_noon, "removed": removed["id"],
            "at_the_end": at_the_end, "late": late, "mallory": mallory, "ada": ada, "rude": rude,
            "touched": {removed["thread"], hers["thread"]},
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


def test_restored_to_the_end_without_a_loss(day: dict[str, Any]) -> None:
    """What the dead cluster had not given away yet is read from its own folder."""
    server: Running = day["server"]
    server.command("restore", str(day["backup"]), "--replace")
    day["cluster"].start()
    found = restored(server)
    assert found["threads"] == day["at_the_end"]["threads"]
    assert of_people(found) == of_people(day["at_the_end"])
    day["cluster"].stop()


def test_noon_is_noon_thread_by_thread(day: dict[str, Any], tmp_path: Path) -> None:
    """Without a ledger every chain is that of noon: who was erased since is there again."""
    server: Running = day["server"]
    server.environment["VOXPOP_LEDGER"] = str(tmp_path)
    assert restore_to_noon(day)["replayed"] == 0
    del server.environment["VOXPOP_LEDGER"]
    day["cluster"].start()
    found = restored(server)
    assert len(found["threads"]) == 5
    assert found["threads"] == day["at_noon"]["threads"]
    assert of_people(found) == of_people(day["at_noon"])
    assert CANARY in dumped(day["cluster"])
    day["cluster"].stop()


def test_what_was_removed_erased_and_banned_since_is_so_before_anybody_is_served(
    day: dict[str, Any],
) -> None:
    server: Running = day["server"]
    cluster: Postgres = day["cluster"]
    told = restore_to_noon(day)
    assert told["replayed"] == 3
    assert told["comments"] == day["at_noon"]["counts"]["threads_comment"] == 8
    cluster.start()  # and no server
    assert CANARY not in dumped(cluster)
    with psycopg.connect(cluster.dsn) as connection:
        asked = "SELECT status FROM threads_comment WHERE source = 'is removed at noon'"
        assert connection.execute(asked).fetchall() == [("rejected",)]
        assert connection.execute("SELECT count(*) FROM screening_ban").fetchall() == [(1,)]
    found = restored(server)["threads"]
    at_noon = day["at_noon"]["threads"]
    assert {thread for thread in at_noon if found[thread] != at_noon[thread]} == day["touched"]
    assert found.keys() == at_noon.keys()

    server.start()
    assert server.post(day["mallory"], "I am back").json()["code"] == "banned"
    shown = [each["id"] for each in server.comments() if each["status"] == "published"]
    assert shown == [day["rude"]]
    assert server.ask("GET", f"/api/v1/comments/{day['late']}").status == 404


def test_what_came_after_a_restore_is_not_lost_with_the_next_disk(day: dict[str, Any]) -> None:
    """The copy is older than the restore: its log is followed along the way that was gone on."""
    server: Running = day["server"]
    cluster: Postgres = day["cluster"]
    if server.process is None or server.process.poll() is not None:
        server.start()
    post(server, day["ada"], "page-1", "after the restore")
    now = facts(server)
    server.stop()
    cluster.stop()  # and has given away all of its log
    shutil.rmtree(cluster.data)
    server.command("restore", str(day["backup"]))
    cluster.start()
    with psycopg.connect(cluster.dsn) as connection:
        asked = "SELECT count(*) FROM threads_comment WHERE source = 'after the restore'"
        assert connection.execute(asked).fetchall() == [(1,)]
    assert of_people(facts(server))["threads_comment"] == of_people(now)["threads_comment"]
    cluster.stop()


def restore_to_noon(day: dict[str, Any]) -> dict[str, Any]:
    """What the command tells."""
    to = ("--to", day["noon"].isoformat(), "--replace", "--json")
    told = day["server"].command("restore", str(day["backup"]), *to)
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found
