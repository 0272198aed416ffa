"""From SQLite to PostgreSQL: all of it arrives, after kills too; what stands in the way is said."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running
from tests.upkeep.refusing import refusal
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
LIVELY = """
from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import User
from voxpop.forums.models import Forum
from voxpop.moderation import actions
from voxpop.threads.actions import edit_comment, fold_votes, post_comment, vote
from voxpop.threads.models import Comment, Status, Thread

forum, owner = Forum.objects.get(), User.objects.get()
ada, bela = (become_guest(forum=forum, name=name)[0] for name in ("Ada", "Béla"))
busiest = Thread.objects.order_by("-comment_count")[0]
shown = list(Comment.objects.filter(thread=busiest, status="published").order_by("id"))
for comment in shown[:8]:
    vote(comment=comment, author=ada, value=1)
fold_votes()
vote(comment=shown[9], author=bela, value=-1)
mine = post_comment(forum=forum, thread=busiest, author=ada, source="Mine\\tand \\u2028 yours")
edit_comment(comment=mine, author=ada, source="Mine, edited", revision=mine.revision)
actions.decide(comment=shown[3], verb="spam", by=owner)
actions.ban_author(forum=forum, author=bela, by=owner, covers_network=True)
actions.decide_thread(thread=busiest, verb="pin", by=owner, comment=shown[0])
"""
ANSWERS = ("", "/comments?sort=best", "/comments?sort=newest&limit=7", "/events?after=0")


@pytest.fixture
def target(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database."""
    import psycopg

    name = f"move_{free_port()}"
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER voxpop")
        yield f"{postgres.dsn.rpartition('/')[0]}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def lively(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Running:
    """A data folder with comments, replies, votes, an edit, a removal, a pin; it is stopped."""
    folder = tmp_path_factory.mktemp("lively") / "data"
    shutil.copytree(prepared, folder)
    server = Running(folder, free_port())
    export = tmp_path_factory.mktemp("export") / "export.xml.gz"
    subprocess.run(
        [sys.executable, ROOT / "bench/disqus_export.py", "--comments", "400", "--out", export],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    server.command("import", "disqus", str(export), "--forum", "magazine")
    server.run_python(LIVELY)
    return server


@pytest.fixture
def source(lively: Running, tmp_path: Path) -> Iterator[Running]:
    shutil.copytree(lively.data, tmp_path / "data")
    running = Running(tmp_path / "data", free_port())
    yield running
    if running.process is not None:
        running.kill()


def told(server: Running) -> list[Any]:
    """What readers are answered about the largest thread, once the last vote in it is counted."""
    pending = "from voxpop.threads.models import PendingTally\nprint(PendingTally.objects.count())"
    wait_until(lambda: server.run_python(pending).strip() == "0", "the count of the votes")
    (thread,) = server.run_python(
        "from voxpop.threads.models import Thread\n"
        "print(Thread.objects.order_by('-comment_count')[0].public_id)"
    ).split()
    answers = [server.ask("GET", f"/api/v1/threads/{thread}{rest}") for rest in ANSWERS]
    assert {answer.status for answer in answers} == {200}
    return [answer.json() for answer in answers]


@pytest.mark.long
def test_everything_arrives(source: Running, target: str) -> None:
    source.start()
    before = told(source)
    assert "stop it first" in refusal(source, "move", "--to", target)
    source.stop()

    assert "are the same" in source.command("move", "--to", target)

    assert "VOXPOP_DATABASE" in refusal(source, "serve")
    assert "VOXPOP_DATABASE" in refusal(source, "move", "--to", target)
    source.environment["VOXPOP_DATABASE"] = target
    source.start()
    assert told(source) == before
    # Keys that the database makes go on after the last one that came.
    assert source.post(source.guest("Ada"), "on the other side").status == 201
    source.stop()
    assert "SQLite" in refusal(source, "move", "--to", target)


@pytest.mark.long
def test_a_killed_move_goes_on(source: Running, target: str) -> None:
    seen = []
    for stop in ("threads_comment: 50 ", "threads_comment: 100 ", "votes? |constraints back"):
        moving = subprocess.Popen(
            [sys.executable, "-u", "-c",
             "from voxpop.cli import load_django, main\n"
             "load_django([])\n"
             "import voxpop.upkeep.move\n"
             "voxpop.upkeep.move.BATCH = 50\n"
             f"main(['move', '--to', {target!r}])"],
            env=source._environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert moving.stdout is not None
        for line in moving.stdout:
            if re.search(stop, line):
                seen.append(line.strip())
                break
        moving.send_signal(signal.SIGKILL)
        moving.wait()
        moving.stdout.close()
        for side in ("", target):
            source.environment["VOXPOP_DATABASE"] = side
            assert "move" in refusal(source, "serve", "--port", "1")
        source.environment["VOXPOP_DATABASE"] = ""
    assert len(seen) == 3, seen
    last = source.command("move", "--to", target)
    # Nothing was copied twice, and nothing again.
    assert "threads_comment: " not in last.split("constraints back")[0]
    assert "threads_comment: 401 rows are the same" in last


@pytest.mark.long
def test_what_stands_in_the_way_is_said(
    source: Running, target: str, postgres: Postgres, tmp_path: Path
) -> None:
    before = (source.data / "voxpop.sqlite3").read_bytes()
    wrong = target.replace(postgres.password, "wrong")
    assert "password" in refusal(source, "move", "--to", wrong)
    assert "is not of the form" in refusal(source, "move", "--to", "mysql://a:b@c/d")
    assert "cannot be used" in refusal(source, "move", "--to", target + "x")

    # Another data folder has half moved there; then it is full.
    other = Running(tmp_path / "other", free_port())
    shutil.copytree(source.data, other.data)
    other.run_python(
        "from voxpop.upkeep import move\n"
        "def stop(source, target): raise SystemExit\n"
        "move._end = stop\n"
        f"move.move({target!r}, print)"
    )
    assert "another move" in refusal(source, "move", "--to", target)
    other.command("move", "--to", target)
    assert "is not empty" in refusal(source, "move", "--to", target)
    assert (source.data / "voxpop.sqlite3").read_bytes() == before


@pytest.mark.long
def test_a_row_that_did_not_arrive_is_seen(source: Running, target: str) -> None:
    """Between the last batch and the comparison something is lost."""
    lose = (
        "UPDATE threads_comment SET source = 'x' WHERE id = (SELECT max(id) FROM threads_comment)"
    )
    code = (
        "from voxpop.upkeep import move\n"
        "put_back = move._put_constraints_back\n"
        "def lose(target):\n"
        "    put_back(target)\n"
        "    with target.cursor() as cursor:\n"
        f"        cursor.execute({lose!r})\n"
        "move._put_constraints_back = lose\n"
        f"move.move({target!r}, print)"
    )
    with pytest.raises(AssertionError, match="threads_comment differs"):
        source.run_python(code)
    assert "not finished" in refusal(source, "serve", "--port", "1")
