"""`voxpop audit tenancy` on a running server, sound and with one wall taken down."""

import json
import subprocess
from typing import Any

import pytest

from tests.server.running import VOXPOP, Running
from voxpop.audit.tenancy.table import ANONYMOUS, TABLE
from voxpop.audit.tenancy.walk import HELD_OFF, Answer, Walk

pytestmark = pytest.mark.server

# Whoever is signed in moderates every forum.
WALL_TAKEN_DOWN = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
import django
django.setup()
import voxpop.moderation.rules
voxpop.moderation.rules.may_moderate = lambda user, forum: True
"""


def audit(server: Running, *only: str) -> tuple[int, str]:
    done = subprocess.run(
        [VOXPOP, "audit", "tenancy", "--url", f"http://127.0.0.1:{server.port}", "--json", *only],
        env=server._environment(), capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    # 1 is also the code of a program that broke.
    is_judged = done.returncode in {0, 2} or (done.returncode == 1 and done.stdout)
    assert is_judged, done.stderr
    return done.returncode, done.stdout


@pytest.mark.long
def test_a_sound_server_passes_and_nothing_stays_behind(server: Running) -> None:
    server.start()
    code, told = audit(server, "--only", "moderate/bans")
    assert code == 0, told
    found = json.loads(told.splitlines()[-1])
    assert found["wrong"] == []
    assert min(found["allowed"], found["refused"]) >= 12
    left = "from voxpop.forums.models import Forum; print(list(Forum.objects.values('shortname')))"
    assert "audit-" not in server.run_python(left)


@pytest.mark.long
def test_a_wall_that_was_taken_down_is_found(server: Running) -> None:
    server.start(prelude=WALL_TAKEN_DOWN)
    code, told = audit(server, "--only", "moderate/bans")
    assert code == 1, told
    wrong = json.loads(told.splitlines()[-1])["wrong"]
    assert {each["actor"] for each in wrong} >= {"other moderator", "other owner", "reader"}
    assert "POST moderate/bans/new/" in {each["row"] for each in wrong}


def test_a_server_that_does_not_answer_is_no_sound_one(server: Running) -> None:
    """Else everybody would have been refused."""
    code, told = audit(server)
    assert (code, "Nobody answers" in told) == (2, True), told


@pytest.mark.long
def test_the_whole_table_holds_over_http(server: Running) -> None:
    server.start()
    code, told = audit(server)
    assert code == 0, told


def test_too_often_is_unknown_at_an_open_door_and_wrong_at_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Walk, "_ask", lambda *_: Answer(429, "", "", b""))
    walk = Walk("http://127.0.0.1:1", tell=print)
    rows = {(each.route, each.method): each for each in TABLE}
    world: Any = None
    open_door, other = rows["privacy/", "POST"], rows["moderate/bans/new/", "POST"]
    assert walk._act(open_door, ANONYMOUS, world, {})[0] == HELD_OFF
    assert walk._act(other, "owner", world, {})[0] == "is refused: 429"
