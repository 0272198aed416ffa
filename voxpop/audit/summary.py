"""A run in figures, in the form of a benchmark's closing object: bench/results keeps both."""

from collections import Counter
from typing import Any

from voxpop.audit.invariants import INVARIANTS
from voxpop.audit.machine import machine
from voxpop.audit.run import Outcome

# What is promised (SAFETY 5.1) and which invariants show that it was not kept.
PROMISES = {
    "P1: acknowledged comments that are lost or double": ("I1",),
    "P2: own comments that their author was not shown": ("I2",),
    "P8: words of one in an answer to another": ("I6",),
    "P9: refused or kept waiting for what is only quick": ("I12",),
    "P12: refused for good": ("I13",),
}


def summary(name: str, size: str, outcome: Outcome, at_least: dict[str, int]) -> dict[str, Any]:
    """Goals, figures and the machine; `at_least` are figures that this run was to reach."""
    found = Counter(violation.invariant for violation in outcome.violations)
    figures: dict[str, Any] = {
        **outcome.figures,
        "faults": outcome.faults,
        "violations": {each: found[each] for each in INVARIANTS},
    }
    goals = {
        promise: _goal("0", broken := sum(found[each] for each in shown_by), broken == 0)
        for promise, shown_by in PROMISES.items()
    }
    goals["violations of any invariant"] = _goal("0", found.total(), not found)
    for figure, wanted in at_least.items():
        goals[figure] = _goal(f">= {wanted}", figures[figure], figures[figure] >= wanted)
    return {
        "name": name,
        "size": size,
        "goals": goals,
        "ratios": {},
        "figures": figures,
        "machine": machine(),
        "violations": dict(found),
        "found_after": outcome.found_after,
    }


def _goal(goal: str, got: float, met: bool) -> dict[str, Any]:
    return {"goal": goal, "got": got, "met": met}
