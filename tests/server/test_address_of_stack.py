"""Commands speak of a stack's address while it runs, and of nobody's word that stayed behind."""

import os
from pathlib import Path

import pytest

from voxpop.settings.running import address_of_stack
from voxpop.stack.folder import Folder, Plan, State
from voxpop.stack.processes import Process, process

HOST = "https://comments.test"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    ours = Folder.of(tmp_path)
    ours.path.mkdir(parents=True)
    ours.write_plan(Plan(HOST, ()))
    return ours


def say(folder: Folder, supervisor: Process) -> None:
    folder.write_state(State(supervisor, "now"))


def test_while_it_runs_it_is_the_stacks(tmp_path: Path, folder: Folder) -> None:
    itself = process(os.getpid())
    assert itself is not None
    say(folder, itself)
    assert address_of_stack(tmp_path) == HOST


def test_a_number_that_became_somebody_elses_is_no_stack(tmp_path: Path, folder: Folder) -> None:
    itself = process(os.getpid())
    assert itself is not None
    say(folder, Process(itself.pid, itself.began - 1))
    assert address_of_stack(tmp_path) == ""


@pytest.mark.parametrize("state", ["", '{"supervisor"', "{}", '{"supervisor": {"pid": 0}}', "[]"])
def test_what_is_torn_or_of_another_version_is_no_stack(
    tmp_path: Path, folder: Folder, state: str
) -> None:
    (folder.path / "state.json").write_text(state)
    assert address_of_stack(tmp_path) == ""


def test_a_stack_without_its_plan_is_none(tmp_path: Path, folder: Folder) -> None:
    itself = process(os.getpid())
    assert itself is not None
    say(folder, itself)
    (folder.path / "plan.json").unlink()
    assert address_of_stack(tmp_path) == ""
