"""One fault of a plan: what, when, for how long, to whom."""

from dataclasses import dataclass

from voxpop.audit.proxies import Mode


@dataclass(frozen=True)
class Step:
    """At `at` seconds of the run `fault` begins, for so many seconds."""

    at: float
    fault: str
    seconds: float
    target: str = ""  # a process or a node; all of them without it
    mode: Mode = "lose"  # of purges
    value: float | str = 0.0  # seconds of delay, hours of a clock, a point to be killed at

    @property
    def end(self) -> float:
        return self.at + self.seconds
