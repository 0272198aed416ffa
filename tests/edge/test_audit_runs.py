"""The edge is right, also on a bad day; and an edge with a fault in it is found out."""

import os
from pathlib import Path

import pytest

from tests.edge.mutants.running import copy_product, judgement, long, prepare, storm
from tests.edge.mutants.table import MUTANTS, Mutant
from tests.left_out import leave_out
from voxpop.audit.engines import SMALL_DISK
from voxpop.audit.scenarios import SCENARIOS

pytestmark = [pytest.mark.server, pytest.mark.alone]

QUICK = {"cookie in the hash", "key without forum", "no floor"}
# The rows of SAFETY 5.2 whose faults a scenario has.
ROWS = {
    "killed": "F1", "gone": "F2", "slow": "F3", "data": "F4 F7 F8", "standby": "F5",
    "far behind": "F5", "failover": "F6", "wide": "F9", "cut-off": "F11", "late": "F11",
    "full disk": "F13", "set back": "F14", "put right": "F14", "skewed": "F14",
    "short of memory": "F18",
}  # fmt: skip
# Seconds of a run in which a fault of the product has to show.
FOUND_WITHIN = 60.0


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with people in it, from which every run begins."""
    return prepare(tmp_path_factory.mktemp("cast"))


def test_on_a_bad_day_nothing_wrong_is_shown(prepared: Path, tmp_path: Path) -> None:
    found = judgement("short", prepared, tmp_path)
    assert found["code"] == 0, found["told"]
    # People were signed in on our origin, and one after the other in the same browser.
    assert found["figures"]["home ok"] >= 10
    assert found["figures"]["overlay ok"] >= 10


def test_no_comment_is_lost_while_postgresql_and_others_are_killed(tmp_path: Path) -> None:
    found = storm(400, 3, tmp_path)
    assert found["code"] == 0, found["told"]
    assert found["figures"]["comments acknowledged"] >= 400
    assert found["figures"]["kills"] == 3
    assert all(goal["met"] for goal in found["goals"].values()), found["goals"]
    assert "postgres_killed" in found["told"]


@pytest.mark.long
def test_when_everything_breaks_again_and_again_nothing_wrong_is_shown(tmp_path: Path) -> None:
    found = long(1, 120, tmp_path)
    assert found["code"] == 0, found["told"]


@pytest.mark.long
def test_no_comment_of_a_hundred_thousand_is_lost_while_everybody_is_killed(tmp_path: Path) -> None:
    found = storm(100_000, 25, tmp_path)
    assert found["code"] == 0, found["told"]
    assert found["figures"]["comments acknowledged"] >= 100_000
    assert found["figures"]["kills"] >= 25


@pytest.mark.long
@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(name, id=f"{ROWS.get(name, '')} {name}".strip())
        for name in sorted(SCENARIOS.keys() - {"short"})
    ],
)
def test_in_every_scenario_nothing_wrong_is_shown(
    scenario: str, prepared: Path, tmp_path: Path
) -> None:
    leave_out_what_only_root_may(scenario)
    found = judgement(scenario, prepared, tmp_path)
    assert found["code"] == 0, found["told"]


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(each, id=each.name, marks=[] if each.name in QUICK else pytest.mark.long)
        for each in MUTANTS
    ],
)
def test_a_fault_in_the_product_is_found(mutant: Mutant, prepared: Path, tmp_path: Path) -> None:
    leave_out_what_only_root_may(mutant.scenario)
    product = copy_product(tmp_path / "product")
    mutant.apply(product)
    if mutant.scenario == "storm":
        found = storm(600, 3, tmp_path / "run", product)
    else:
        found = judgement(mutant.scenario, prepared, tmp_path / "run", product)
    shown = [found["found_after"].get(each) for each in mutant.invariants]
    assert any(seconds is not None and seconds <= FOUND_WITHIN for seconds in shown), found["told"]


def leave_out_what_only_root_may(name: str) -> None:
    """A disk that is soon full is mounted by root only."""
    scenario = SCENARIOS.get(name)
    if scenario is not None and SMALL_DISK in scenario.engines and os.geteuid() != 0:
        leave_out(f"the auditor's scenario {name}", "a small disk is mounted by root only")
