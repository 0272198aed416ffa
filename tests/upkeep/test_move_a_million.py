"""A million comments move, over one kill."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.running import VOXPOP, Running
from tests.upkeep.test_move import target
from voxpop.stack.ports import free_port

__all__ = ["target"]
pytestmark = [pytest.mark.long, pytest.mark.alone]

COMMENTS = 1_000_000
# Copies of one posted comment, as rows: a hundred threads, each with ten thousand in its log.
FILL = f"""
from django.db import connection
from voxpop.accounts.actions import become_guest
from voxpop.forums.models import Forum
from voxpop.threads.actions import post_comment
from voxpop.threads.actions.post import ThreadRef
from voxpop.threads.models import Comment, Thread, ThreadEvent

forum = Forum.objects.get()
ada, _ = become_guest(forum=forum, name="Ada")
first = post_comment(
    forum=forum, thread=ThreadRef("a", "https://magazine.test/a", "A"), author=ada,
    source="A comment of *some* length. " * 10,
)
def columns(model, **other):
    fields = [field for field in model._meta.concrete_fields if field.column != "id"]
    names = [field.column for field in fields]
    return ", ".join(["id", *names]), ", ".join(str(other.get(name, name)) for name in names)
with connection.cursor() as cursor:
    numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {{}})"
    into, values = columns(Thread, public_id="printf('%020d', n)", seq={COMMENTS} // 100)
    cursor.execute(
        f"INSERT INTO threads_thread ({{into}}) {{numbers.format(100)}}"
        f" SELECT n, {{values}} FROM threads_thread, n"
    )
    into, values = columns(
        Comment, thread_id="1 + n / 10001", root_id="n", imported_id="n", seq="n"
    )
    cursor.execute(
        f"INSERT INTO threads_comment ({{into}}) {{numbers.format({COMMENTS})}}"
        f" SELECT n, {{values}} FROM threads_comment, n"
    )
    into, values = columns(
        ThreadEvent, thread_id="1 + n / 10001", seq="n", comments="'[' || n || ']'"
    )
    cursor.execute(
        f"INSERT INTO threads_threadevent ({{into}}) {{numbers.format({COMMENTS})}}"
        f" SELECT 10 + n, {{values}} FROM threads_threadevent, n"
    )
"""


def test_a_million_comments_move(prepared: Path, tmp_path: Path, target: str) -> None:
    shutil.copytree(prepared, tmp_path / "data")
    source = Running(tmp_path / "data", free_port())
    fill = [sys.executable, "-c", f"import django\ndjango.setup()\n{FILL}"]
    told = {"DJANGO_SETTINGS_MODULE": "voxpop.settings"}
    subprocess.run(fill, env=source._environment() | told, check=True)

    command = [VOXPOP, "move", "--to", target]
    environment = source._environment() | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as moving:
        assert moving.stdout is not None
        for line in moving.stdout:
            if re.match(r"threads_comment: \d{6} ", line):
                break
        moving.send_signal(signal.SIGKILL)
    done = subprocess.run(
        [*command, "--json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    moved = json.loads(done.stdout.splitlines()[-1])
    assert moved["threads"] == 101
    # What had come before the kill did not come again.
    assert COMMENTS < moved["rows"] < 2 * COMMENTS
