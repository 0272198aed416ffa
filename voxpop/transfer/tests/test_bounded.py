"""T30: whatever an owner's file makes of its reader, the server keeps its memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

# A server's background work as the worker does it, in a data folder of its own.
WORKER = """
import json, resource, sys, time
from voxpop.cli import load_django
load_django([])
from voxpop.server.prepare import make_schema_if_new
make_schema_if_new()
from voxpop.accounts.actions import sign_up
from voxpop.forums.models import Forum
from voxpop.transfer import bounded, tasks
from voxpop.transfer.actions.upload import take_upload
ada = sign_up(name="Ada", email="ada@voxpop.example", password="a long password")
forum = Forum.objects.create(shortname="demo", name="Demo")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = []
bounded.MEMORY = 256 * 1024**2
honest, greedy = bounded.RUN, sys.argv[2]
for name, bounded.RUN in ((sys.argv[1], greedy), (sys.argv[1], honest)):
    with open(name, "rb") as file:
        pieces = iter(lambda: file.read(65536), b"")
        job = take_upload(forum=forum, by=ada, name=name, pieces=pieces)
    until = time.monotonic() + 30
    while job.state == "waiting" and time.monotonic() < until:
        tasks.run_waiting_imports()
        time.sleep(0.05)
        job.refresh_from_db()
    told.append([job.state, job.report.get("code", ""), job.report.get("error", "")])
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"told": told, "grown": grown}))
"""

# A reader whom a file has brought to take 320 MiB.
GREEDY = """
from voxpop.cli import load_django, main
load_django([])
from voxpop.transfer import tasks
tasks._look_at = lambda job: bytearray(320 * 1024**2)
main()
"""


@pytest.mark.long
def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    good = Path(__file__).parent / "data" / "sample.xml"
    environment = {
        **os.environ,
        "VOXPOP_DATA": str(tmp_path / "data"),
        "VOXPOP_DATABASE": "",
        "DJANGO_SETTINGS_MODULE": "voxpop.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(good), GREEDY],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    (state, code, error), (next_state, _, _) = said["told"]
    assert (state, code) == ("failed", "too_large"), done.stderr
    assert "more memory than an import may have" in error
    assert next_state == "checked"
    assert "ended with" not in done.stderr  # both processes came to their end
    assert said["grown"] < 32 * 1024  # KiB: the file was never ours
