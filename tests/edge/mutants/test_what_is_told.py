"""What the plans and the pages say of themselves is so."""

from tests.edge.mutants.running import ROOT
from tests.edge.mutants.table import MUTANTS
from voxpop.audit.scenarios import KILL_POINTS, SCENARIOS

PAGE = (ROOT / "docs/audit.md").read_text()


def test_somebody_dies_at_each_point_of_a_post() -> None:
    plans = [step for scenario in SCENARIOS.values() for step in scenario.plan]
    assert {step.value for step in plans if step.fault == "kill_at"} == {*KILL_POINTS}


def test_the_page_has_each_fault_of_the_product_and_who_finds_it() -> None:
    rows = PAGE.partition("| the product without it |")[2].partition("\n\n")[0].splitlines()[2:]
    told = [tuple(cell.strip() for cell in row.strip("|").split("|")[:2]) for row in rows]
    assert len(told) == len(MUTANTS)
    for mutant, (name, scenario) in zip(MUTANTS, told, strict=True):
        assert name.startswith(mutant.name)
        assert scenario == {"storm": "writes"}.get(mutant.scenario, mutant.scenario)
