"""The drill: back up, go on, lose the database, restore; then nothing that was removed is back."""

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Running
from tests.upkeep.refusing import refusal

pytestmark = [pytest.mark.server, pytest.mark.long]

FACTS = """
import json
from voxpop.upkeep.facts import facts_of
print(json.dumps(facts_of("default").as_json()))
"""
BAN = """
from datetime import timedelta
from django.utils import timezone
from voxpop.accounts.models import Author, User
from voxpop.forums.models import Forum
from voxpop.moderation import actions
actions.ban_author(
    forum=Forum.objects.get(shortname="magazine"), author=Author.objects.get(name="Mallory"),
    by=User.objects.get(), ends=timezone.now() + timedelta(days=3), reason="rude",
)
"""
DECIDE = """
from voxpop import ids
from voxpop.accounts.models import User
from voxpop.moderation import actions
from voxpop.threads.models import Comment
actions.decide(
    comment=Comment.objects.get(id=ids.private("{comment}")), verb="{verb}", by=User.objects.get()
)
"""


def facts(server: Running) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.run_python(FACTS))
    return found


@pytest.fixture(scope="module")
def drilled(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A day of a server: comments, a backup, more comments, removals and bans; it still runs."""
    from voxpop.stack.ports import free_port

    folder = tmp_path_factory.mktemp("drill")
    shutil.copytree(prepared, folder / "data")
    server = Running(folder / "data", free_port())
    server.start()
    ada, mallory = server.guest("Ada"), server.guest("Mallory")
    texts = ("stays", "is deleted by its author", "is removed", "was removed and is shown again")
    stays, deleted, removed, restored = (server.post(ada, text).json()["id"] for text in texts)
    server.run_python(DECIDE.format(comment=restored, verb="spam"))
    rude = server.post(mallory, "rude").json()["id"]
    told = json.loads(server.command("backup", str(folder), "--json").splitlines()[-1])
    at_backup = facts(server)
    late = server.post(ada, "came after the backup").json()["id"]
    gone = server.ask(
        "DELETE", f"/api/v1/comments/{deleted}",
        Authorization=f"Bearer {ada}", Idempotency_Key=str(uuid.uuid4()),
    )  # fmt: skip
    assert gone.status in {200, 204}, gone.body
    server.run_python(DECIDE.format(comment=removed, verb="reject"))
    server.run_python(DECIDE.format(comment=restored, verb="restore"))
    server.run_python(BAN)
    thread = server.thread()
    yield {
        "server": server, "backup": Path(told["file"]), "facts": at_backup, "late": late,
        "kept": {stays, restored, rude}, "mallory": mallory, "thread": thread,
        "seq": server.ask("GET", f"/api/v1/threads/{thread}").json()["seq"],
    }  # fmt: skip
    if server.process is not None and server.process.poll() is None:
        server.kill()


def test_the_drill(drilled: dict[str, Any]) -> None:
    server: Running = drilled["server"]
    backup: Path = drilled["backup"]
    manifest = json.loads(Path(f"{backup}.json").read_text())
    assert manifest["threads"] == drilled["facts"]["threads"] != {}
    assert manifest["counts"]["threads_comment"] == 5
    assert sorted(each.name for each in backup.parent.iterdir()) == sorted(
        ["data", backup.name, f"{backup.name}.json"]
    )

    # A server is running on it; and then there is a database in its place.
    assert "stop it first" in refusal(server, "restore", str(backup))
    server.kill()
    before = facts(server)
    assert "--replace" in refusal(server, "restore", str(backup))
    assert facts(server) == before

    told = json.loads(server.command("restore", str(backup), "--replace", "--json"))
    assert told["replayed"] == 4
    assert Path(told["kept"]).exists()

    server.start()
    assert {c["id"] for c in server.comments() if c["status"] == "published"} == drilled["kept"]
    refused = server.post(drilled["mallory"], "I am back")
    assert (refused.status, refused.json()["code"]) == (403, "banned")
    # Who followed the thread, or kept a page of it, is told to read it again.
    tail = f"/api/v1/threads/{drilled['thread']}/events?after="
    for place in (0, drilled["seq"] - 1, drilled["seq"], drilled["seq"] + 5):
        assert server.ask("GET", f"{tail}{place}").json()["reset"] is True
    new = server.post(server.guest("Ada"), "after it all").json()
    assert new["seq"] > drilled["seq"]
    # Nothing but that was changed: without it, every thread's chain is the backup's.
    assert server.ask("GET", f"/api/v1/comments/{drilled['late']}").status == 404


def test_a_backup_put_in_place_by_hand_is_refused(drilled: dict[str, Any], tmp_path: Path) -> None:
    by_hand = Running(tmp_path, 1)
    shutil.copyfile(drilled["backup"], tmp_path / "voxpop.sqlite3")
    for command in (("serve", "--port", "1"), ("forum", "create", "x"), ("backup", "y")):
        wanted = (*command, "--origin", "https://x.test", "--owner", "a@x.test")
        told = refusal(by_hand, *(wanted if command[0] == "forum" else command))
        assert "voxpop restore" in told, told


def test_a_backup_restores_to_the_very_chains(drilled: dict[str, Any], tmp_path: Path) -> None:
    """Without a ledger, and the jump taken back, every thread is the backup's."""
    other = Running(tmp_path, 1)
    other.command("restore", str(drilled["backup"]))
    other.run_python(
        "from voxpop.threads.models import Thread, ThreadEvent\n"
        "from voxpop.upkeep.restore import JUMP\n"
        "from django.db.models import F\n"
        "assert ThreadEvent.objects.filter(kind='reset').delete()[0] == Thread.objects.count()\n"
        "Thread.objects.update(seq=F('seq') - JUMP)"
    )
    assert facts(other)["threads"] == drilled["facts"]["threads"]


@pytest.mark.parametrize("part", ["file", "manifest"])
def test_a_damaged_backup_changes_nothing(
    drilled: dict[str, Any], tmp_path: Path, part: str
) -> None:
    backup = tmp_path / "backup.sqlite3"
    shutil.copyfile(drilled["backup"], backup)
    manifest = json.loads(Path(f"{drilled['backup']}.json").read_text())
    if part == "file":
        with backup.open("r+b") as stream:
            stream.seek(-100, 2)
            stream.write(b"x")
    else:
        manifest["threads"][drilled["thread"]] = "0" * 32
    Path(f"{backup}.json").write_text(json.dumps(manifest))
    other = Running(tmp_path / "data", 1)
    told = refusal(other, "restore", str(backup))
    assert ("checksum" if part == "file" else "1 threads differ") in told
    assert not (other.data / "voxpop.sqlite3").exists()
