"""Whose an answer is: nobody gets another's words, and what is everybody's is stored once."""

from voxpop.audit.facts import Facts, Violation
from voxpop.audit.history import OK, Op

# An answer made later than this after a change is stored for its whole TTL, which is a minute at
# least; two askers so close to each other must then have been given the same copy.
SETTLED = 5.0
TOGETHER = 5.0


def nobody_elses_words(facts: Facts) -> list[Violation]:
    """I6: no answer holds the private words of anybody but its asker."""
    found = [
        Violation("I6", f"holds private words of {', '.join(op.leaks)}", [op])
        for op in facts.ops
        if op.leaks
    ]
    return found + [
        Violation("I6", f"is dressed for {op.value['viewer']}", [op])
        for op in facts.ops
        if op.f in {"overlay", "home"} and op.type == OK and op.value["viewer"] != op.user
    ]


def one_copy_for_all(facts: Facts) -> list[Violation]:
    """I11: an unchanged page that one has just been given is not fetched again for another."""
    last: dict[tuple[str, str], Op] = {}
    found = []
    for read in facts.reads:
        if read.via == "origin" or read.ver is None or "after" in read.value or read.is_stale:
            continue
        before = last.get((read.via, read.key))
        last[read.via, read.key] = read
        if before is None or read.is_hit or read.t0 <= before.t1:
            continue
        if read.t0 - before.t1 > TOGETHER or before.ver != read.ver:
            continue
        if facts.faults_within(before.t0 - SETTLED, read.t1) or _is_moving(facts, before, read):
            continue
        found.append(Violation("I11", "fetched again though nothing changed", [before, read]))
    return found


def _is_moving(facts: Facts, before: Op, read: Op) -> bool:
    return any(
        op.t0 <= read.t1 and (op.type != OK or op.t1 >= before.t0 - SETTLED)
        for op in facts.writes.get(read.thread, [])
    )
