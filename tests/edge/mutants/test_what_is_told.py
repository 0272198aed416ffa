"""What the plans and the pages say of themselves is so."""

from voxpop.audit.scenarios import KILL_POINTS, SCENARIOS


def test_somebody_dies_at_each_point_of_a_post() -> None:
    plans = [step for scenario in SCENARIOS.values() for step in scenario.plan]
    assert {step.value for step in plans if step.fault == "kill_at"} == {*KILL_POINTS}
