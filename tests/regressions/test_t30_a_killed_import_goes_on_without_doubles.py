"""SAFETY T30: an import that is killed at any moment loses nothing and doubles nothing."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.disqus_export import write_export

ROOT = Path(__file__).parents[2]
COMMENTS = 3000
RUN = "import sys; from voxpop.cli import main; main(sys.argv[1:])"
CHECK = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
import django; django.setup()
from voxpop.forums.models import Forum
from voxpop.transfer.tests.making import check_trees
check_trees(Forum.objects.get())
"""


class Importer:
    """The command, on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.file = folder / "export.xml"
        self.environment = {**os.environ, "VOXPOP_DATA": str(self.data)}
        with self.file.open("w", encoding="utf-8") as out:
            write_export(out, comments=COMMENTS, pages=40, seed=4)
        self.run("manage.py", "migrate", "-v0")
        site = ("--origin", "https://magazine.example", "--owner", "a@voxpop.example")
        self.run("-c", RUN, "forum", "create", "demo", *site)

    def run(self, *arguments: str) -> None:
        command = [sys.executable, *arguments]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True)

    def begin(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", RUN, "import", "disqus", str(self.file), "--forum", "demo"]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL)

    def ask(self, question: str) -> int:
        with sqlite3.connect(f"file:{self.data}/voxpop.sqlite3?mode=ro", uri=True) as database:
            return database.execute(question).fetchone()[0] or 0

    def kill_when(self, is_time: Callable[[], bool]) -> None:
        process = self.begin()
        while not is_time():
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.005)
        process.kill()
        process.wait()


@pytest.mark.long
def test_killed_again_and_again_it_brings_everything_once(tmp_path):
    importer = Importer(tmp_path)
    spool = importer.data / "imports" / "demo.spool"
    importer.kill_when(lambda: spool.exists() and spool.stat().st_size > 100_000)
    assert importer.ask("SELECT count(*) FROM threads_comment") == 0
    for goal in (1, 2000):
        importer.kill_when(
            lambda goal=goal: importer.ask("SELECT max(position) FROM transfer_import") >= goal
        )
        so_far = importer.ask("SELECT count(*) FROM threads_comment")
        assert 0 < so_far < COMMENTS
        assert importer.ask("SELECT position FROM transfer_import") == so_far
        importer.run("-c", CHECK)
    assert importer.begin().wait() == 0
    assert importer.ask("SELECT count(DISTINCT imported_id) FROM threads_comment") == COMMENTS
    assert importer.ask("SELECT count(*) FROM threads_comment") == COMMENTS
    assert importer.ask("SELECT position FROM transfer_import WHERE state = 'done'") == COMMENTS
    assert importer.ask("SELECT count(*) FROM transfer_import") == 1
    importer.run("-c", CHECK)
    assert not spool.exists()
    assert importer.begin().wait() == 0
    assert importer.ask("SELECT count(*) FROM threads_comment") == COMMENTS
