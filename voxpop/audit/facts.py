"""A history put in order for judging: reads, writes, faults, the model of each thread."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from voxpop.audit.history import FAIL, OK, Op
from voxpop.audit.model import Model, make_model

WRITES = frozenset({"post", "edit", "delete", "decide", "vote"})
REMOVALS = frozenset({"delete", "decide"})
# Faults that keep Django from answering: the only times when an old answer marked stale is right.
BACKEND_FAULTS = frozenset(
    {
        "django_stopped", "django_killed", "backend_slow", "kill_at", "memory_short", "overload",
        "postgres_killed", "postgres_stopped", "postgres_restarted", "postgres_failover",
        "postgres_full",
    }
)  # fmt: skip
# Faults of what is there to be quick only: nobody is refused anything for them (P9).
HARMLESS_FAULTS = frozenset(
    f"{name}_{what}"
    for name in ("redis", "memcached", "standby", "cassandra")
    for what in ("stopped", "killed", "flushed", "lying", "lagging", "promoted", "unanswered")
)
# A process ends in the middle of whatever it was at; who is asked to end is not killed.
KILLED = ("_killed", "kill_at", "_failover")
# A fault is over some time after it was taken away: processes start, retries come.
AFTERMATH = 5.0
MISSING = 404


def is_kill(fault: str) -> bool:
    """Whether it ended a process at once."""
    return fault.endswith(KILLED)


@dataclass(frozen=True)
class Promise:
    """The bounds of one run: how many seconds old an answer may be, when all is well and else."""

    healthy: float = 5.0
    faulty: float = 15.0


@dataclass
class Violation:
    """One thing that must never be, with the operations that show it."""

    invariant: str
    told: str
    ops: list[Op] = field(default_factory=list)


@dataclass
class Facts:
    """Everything that the invariants look at. `log` is what the database said at the end."""

    ops: list[Op]
    promise: Promise
    models: dict[str, Model]
    reads: list[Op]  # answered with 200, at any time
    missing: list[Op]  # answered with 404: there is no such thread
    writes: dict[str, list[Op]]  # by thread
    faults: list[Op]

    def writes_of(self, thread: str, *kinds: str) -> list[Op]:
        """The thread's writes of these kinds, in the order in which they ended."""
        return [op for op in self.writes.get(thread, []) if op.f in kinds]

    def faults_within(self, start: float, end: float, kinds: frozenset[str] | None = None) -> bool:
        """Whether anything was made to fail, or was just getting over it, in this time."""
        return any(
            fault.t0 <= end and fault.t1 + AFTERMATH >= start
            for fault in self.faults
            if kinds is None or fault.key in kinds
        )

    def bound(self, since: float, until: float) -> float:
        """How old an answer may be that was given at `until` about what happened at `since`."""
        if not self.faults_within(since, until):
            return self.promise.healthy
        slow = [f.value or 0.0 for f in self.faults if f.key == "backend_slow" and f.t0 <= until]
        return self.promise.faulty + max(slow, default=0.0)

    def is_settled(self, read: Op) -> bool:
        """Whether by the promise everything has come to rest in this answer's thread."""
        writes = [op for op in self.writes.get(read.thread, ()) if op.type != FAIL]
        last = max((op.t1 for op in writes), default=0.0)
        return read.t0 - last > self.bound(last, read.t1)

    def is_excused(self, read: Op) -> bool:
        """An answer that says it is old, at a time when no newer one could be had."""
        return read.is_stale and self.faults_within(read.t0 - 10, read.t1, BACKEND_FAULTS)


def make_facts(history: Iterable[Op]) -> Facts:
    """Put a history in order."""
    ops = sorted(history, key=lambda op: op.t0)
    writes: dict[str, list[Op]] = defaultdict(list)
    for op in sorted((op for op in ops if op.f in WRITES), key=lambda op: op.t1):
        writes[op.thread].append(op)
    promises: list[dict[str, Any]] = [op.value for op in ops if op.f == "promise"]
    logs = {op.thread: op.value for op in ops if op.f == "log"}
    return Facts(
        ops=ops,
        promise=Promise(**promises[-1]) if promises else Promise(),
        models={
            thread: make_model(thread, [tuple(entry) for entry in log], writes[thread])
            for thread, log in logs.items()
        },
        reads=[op for op in ops if op.f == "read" and op.type == OK and op.status == 200],
        missing=[op for op in ops if op.f == "read" and op.status == MISSING],
        writes=writes,
        faults=[op for op in ops if op.f == "fault"],
    )
