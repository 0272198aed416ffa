"""The supervisor alone, on parts that are three lines long."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from voxpop.stack.folder import Folder, Known, Plan
from voxpop.stack.part import Part

pytestmark = pytest.mark.server

# Writes down its start and its end, and begins a child that would like to stay for ever.
STEADY = """
trap 'echo end $0 >> life; exit 0' TERM
sleep 600 & echo $! > child-of-$0
echo start $0 >> life
while :; do sleep 0.05; done
"""
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    ours = Folder(tmp_path / "run/stack")
    ours.path.mkdir(parents=True)
    return ours


@pytest.fixture
def start(folder: Folder) -> Iterator[Start]:
    """Starts the supervisor on these parts."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(*parts: Part) -> subprocess.Popen[bytes]:
        folder.write_plan(Plan("https://localhost", parts))
        command = [sys.executable, "-m", "voxpop.stack.supervisor", str(folder.path.parents[1])]
        with folder.log("stack").open("wb") as log:
            running.append(subprocess.Popen(command, stdout=log))
        return running[-1]

    yield begin
    for supervisor in running:
        supervisor.terminate()
        supervisor.wait(20)


def steady(name: str, *after: str, kind: str = "test") -> Part:
    return Part(name, kind, ("/bin/sh", "-c", STEADY, name), after=after)


def known(folder: Folder, name: str) -> Known:
    state = folder.state()
    return state.parts[name] if state else Known()


def life(folder: Folder) -> list[str]:
    file = folder.path / "life"
    return file.read_text().splitlines() if file.exists() else []


def pauses(folder: Folder) -> list[str]:
    said = folder.log("stack").read_text().splitlines()
    return [line.rpartition(" in ")[2] for line in said if "starts again in" in line]


def test_parts_start_after_those_they_need_and_end_before_them(
    folder: Folder, start: Start
) -> None:
    supervisor = start(steady("behind", kind="django"), steady("front", "behind", kind="haproxy"))
    wait_until(lambda: len(life(folder)) == 2, "both parts")
    wait_until(lambda: known(folder, "front").state == "answers", "the word of it")
    said = folder.log("stack").read_text()
    assert said.index("behind answers") < said.index("front starts")
    supervisor.terminate()
    assert supervisor.wait(20) == 0
    # Each was asked, and had the time to say farewell.
    assert life(folder)[2:] == ["end front", "end behind"]
    assert folder.state() is None


def test_those_that_need_not_wait_for_one_another_end_together(
    folder: Folder, start: Start
) -> None:
    """Each hears of its end before the other has ended: it waits for the other's word."""
    polite = (
        "trap 'echo heard > heard-$0; while [ ! -e heard-$1 ]; do sleep 0.05; done;"
        " echo end $0 >> life; exit 0' TERM; echo start $0 >> life; while :; do sleep 0.05; done"
    )
    supervisor = start(
        Part("one", "postgres", ("/bin/sh", "-c", polite, "one", "other")),
        Part("other", "redis", ("/bin/sh", "-c", polite, "other", "one")),
    )
    wait_until(lambda: len(life(folder)) == 2, "both parts")
    supervisor.terminate()
    assert supervisor.wait(20) == 0
    assert sorted(life(folder)[2:]) == ["end one", "end other"]


def test_what_a_part_has_started_goes_with_it(folder: Folder, start: Start) -> None:
    start(steady("part"))
    wait_until(lambda: life(folder) == ["start part"], "the part")
    wait_until(lambda: known(folder, "part").state == "answers", "the word of it")
    child = int((folder.path / "child-of-part").read_text())
    process = known(folder, "part").process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: life(folder) == ["start part"] * 2, "the new one")
    wait_until(lambda: not _runs(child), "the end of the old one's child")


def test_the_pause_grows_while_a_part_dies_at_once(folder: Folder, start: Start) -> None:
    start(Part("part", "test", ("/bin/sh", "-c", "exit 3")))
    wait_until(lambda: known(folder, "part").restarts >= 2, "the second restart")
    assert known(folder, "part").told.startswith("ended with code 3")
    wait_until(lambda: len(pauses(folder)) >= 3, "the third pause")
    assert pauses(folder)[:3] == ["0.5 s", "1 s", "2 s"]


def test_a_program_that_is_not_there_is_waited_for(folder: Folder, start: Start) -> None:
    """As while a new version is being installed: the other parts go on."""
    program = folder.path / "program"
    start(steady("other"), Part("part", "test", (str(program),)))
    wait_until(lambda: known(folder, "part").restarts >= 1, "the first try")
    assert "could not be started" in known(folder, "part").told
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    wait_until(lambda: known(folder, "part").state == "answers", "the part")
    assert life(folder) == ["start other"]


def test_who_does_not_end_is_ended(folder: Folder, start: Start) -> None:
    deaf = "trap '' TERM; echo up > up; while :; do sleep 0.05; done"
    supervisor = start(Part("deaf", "test", ("/bin/sh", "-c", deaf), patience=0.2))
    wait_until((folder.path / "up").exists, "the part")
    wait_until(lambda: known(folder, "deaf").state == "answers", "the word of it")
    process = known(folder, "deaf").process
    assert process is not None
    supervisor.terminate()
    assert supervisor.wait(20) == 0
    assert not process.is_alive()


def _runs(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
