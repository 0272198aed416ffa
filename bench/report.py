"""What every benchmark prints: a readable table, and as its last line one JSON object."""

import argparse
import json
import platform
import statistics
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from voxpop.audit.machine import machine

RAW = Path(__file__).parent / "raw"


@dataclass
class Report:
    """Goals are kept as {goal, got, met}; a goal that was missed stays missed."""

    name: str
    size: str
    goals: dict[str, dict[str, Any]] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    raw_results: list[Any] = field(default_factory=list)
    loop_ms: list[float] = field(default_factory=list)  # before and after

    def __post_init__(self) -> None:
        self.loop_ms.append(fixed_loop())

    def goal(self, name: str, *, goal: str, got: Any, met: bool) -> None:
        self.goals[name] = {"goal": goal, "got": got, "met": bool(met)}

    def finish(self, *, as_json: bool) -> None:
        """Keep the raw results, print the table, and in --json the closing object."""
        self.loop_ms.append(fixed_loop())
        RAW.mkdir(parents=True, exist_ok=True)
        raw = RAW / f"{self.name}-{self.size}-{int(time.time())}.json"
        raw.write_text(json.dumps(self.raw_results, indent=1))
        for name, value in {**self.figures, **self.ratios}.items():
            print(f"  {name}: {value}", file=sys.stderr)
        for name, goal in self.goals.items():
            word = "met   " if goal["met"] else "MISSED"
            print(f"{word} {name}: {goal['got']} (goal {goal['goal']})", file=sys.stderr)
        summary = {
            "name": self.name,
            "size": self.size,
            "goals": self.goals,
            "ratios": self.ratios,
            "figures": self.figures,
            "machine": {**machine(), "loop ms": self.loop_ms},
            "versions": versions(),
            "raw": str(raw.relative_to(RAW.parent.parent)),
        }
        if as_json:
            print(json.dumps(summary))


def arguments(description: str) -> argparse.Namespace:
    """--size small|full and --json, the same for every benchmark."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", choices=["small", "full"], default="small")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def fixed_loop() -> float:
    """Milliseconds of processor time of always the same work: how fast the machine is just now.

    A virtual machine beside busy ones takes half as long again for it, and for all that is timed.
    """

    def once() -> float:
        began, total = time.thread_time(), 0
        for number in range(300_000):
            total += number * number
        return (time.thread_time() - began) * 1000

    return round(statistics.median(once() for _ in range(5)), 1)


def versions() -> dict[str, str]:
    names = ["voxpop", "django", "granian", "orjson", "nh3"]
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
