"""Who is refused, and who waits: nobody for what is only quick, and nobody for good."""

from collections.abc import Sequence
from statistics import median

from voxpop.audit.facts import HARMLESS_FAULTS, WRITES, Facts, Violation
from voxpop.audit.history import OK, Op

# Seconds that P9 allows a server which hangs to add; and beyond what nobody blames the machine.
PROMISED, MOST_ADDED = 0.25, 3.0
FEW = 5  # fewer writes without a fault are no measure
INTERNAL_ERROR = 500
OVERLOAD = "overload"
# A process that gets no more memory is in the middle of something: so many may be told that it
# broke. More are a storm (F18).
CAUGHT = 10


def nobody_is_refused_for_the_quick(facts: Facts) -> list[Violation]:
    """I12: while Redis, memcached, a standby or Cassandra are away, everybody is answered."""
    serious = _serious(facts)
    found = [
        Violation("I12", f"answered {_refusals(op)} for want of a server that is only quick", [op])
        for op in facts.ops
        if _refusals(op) and not facts.faults_within(op.t0, op.t1, serious)
    ]
    usual, harmed = _waits(facts)
    if len(usual) >= FEW and harmed and max(harmed) > max(usual) + MOST_ADDED:
        told = f"somebody waited {max(harmed):.2f} s, without that at most {max(usual):.2f} s"
        found.append(Violation("I12", told))
    return found


def a_refusal_is_not_for_good(facts: Facts) -> list[Violation]:
    """I13: who is refused is told to try again (P12), never that something broke."""
    broken = [op for op in facts.ops if INTERNAL_ERROR in (op.status, *op.before)]
    caught = [op for op in broken if facts.faults_within(op.t0, op.t1, frozenset({"memory_short"}))]
    excused = [id(op) for op in caught] if len(caught) <= CAUGHT else []
    return [
        Violation("I13", "answered 500, after which nobody tries again", [op])
        for op in broken
        if id(op) not in excused
    ]


def seconds_added(facts: Facts) -> float:
    """How much longer the median write took while only harmless faults were there; 0: too few."""
    usual, harmed = _waits(facts)
    return median(harmed) - median(usual) if min(len(usual), len(harmed)) >= FEW else 0.0


def _waits(facts: Facts) -> tuple[list[float], list[float]]:
    """Seconds of each write while nothing was wrong, and while only harmless faults were there."""
    usual: list[float] = []
    harmed: list[float] = []
    # Where a server hangs, Django itself may seem to be slow: that is what is looked for here.
    serious = _serious(facts) - {OVERLOAD}
    for op in facts.ops:
        if op.f not in WRITES or op.type != OK or facts.faults_within(op.t0, op.t1, serious):
            continue
        during = any(
            f.t0 <= op.t1 and op.t0 <= f.t1 for f in facts.faults if f.key in HARMLESS_FAULTS
        )
        (harmed if during else usual).append(op.t1 - op.t0)
    return usual, harmed


def _serious(facts: Facts) -> frozenset[str]:
    return frozenset(fault.key for fault in facts.faults) - HARMLESS_FAULTS


def _refusals(op: Op) -> Sequence[int]:
    """What came instead of an answer."""
    if op.f == "read":
        return [] if op.status and op.status < INTERNAL_ERROR else [op.status]
    if op.f in WRITES:
        return [status for status in op.before if not status or status >= INTERNAL_ERROR]
    return []
