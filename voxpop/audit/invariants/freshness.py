"""How old an answer was: own writes never missing, others' bounded, pages there when Django is not.

Every bound is the run's own promise (`Facts.promise`): a scenario that breaks only the second
purge promises more than one that loses them all.
"""

from collections import defaultdict

from voxpop.audit.facts import AFTERMATH, BACKEND_FAULTS, MISSING, REMOVALS, Facts, Violation
from voxpop.audit.history import FAIL, OK, Op

# After these a node may be told late, and then of everything at once: a removal makes all cold.
PURGE_FAULTS = frozenset(
    {
        "at_once", "numbered", "beats", "purges", "worker_killed", "worker_stopped", "memory_short",
        "overload",
    }
)  # fmt: skip
# A tail is told in pieces of so many events (threads/tail.py): a full one ends where it must.
EVENTS_AT_ONCE = 200
# Seconds for which a node may say that there is nothing where nothing was (edge/policy.py).
UNKNOWN_TTL = 10


def own_writes_are_seen(facts: Facts) -> list[Violation]:
    """I2: whoever says which place he has reached is never shown an older one, nor none at all."""
    return [
        Violation("I2", f"had written place {read.floor}", [read])
        for read in (*facts.reads, *facts.missing)
        if (read.status == MISSING or read.ver is not None)
        and (read.ver or 0) < read.floor
        and not facts.is_excused(read)
        and not facts.faults_within(read.t0 - 60, read.t1, frozenset({"clock_jump"}))
    ]


def staleness_is_bounded(facts: Facts) -> list[Violation]:
    """I4: what was acknowledged some seconds before the question is in the answer."""
    found = []
    for read in facts.reads:
        if read.ver is not None and not facts.is_excused(read) and not _is_full_tail(read):
            found += _too_old(facts, read, read.ver, 0)
    for read in facts.missing:
        found += _too_old(facts, read, 0, UNKNOWN_TTL)
    return found + _never_told(facts)


def _too_old(facts: Facts, read: Op, ver: int, leave: float) -> list[Violation]:
    """What an answer of place `ver` should have had, with so many seconds' leave."""
    for write in facts.writes_of(read.thread, "post", "edit", *REMOVALS):
        late = read.t0 - write.t1 - leave
        if late <= facts.promise.healthy:
            break
        if write.type == OK and (write.ver or 0) > ver and late > facts.bound(write.t0, read.t1):
            return [Violation("I4", f"{late:.1f} s too old", [write, read])]
    return []


def _never_told(facts: Facts) -> list[Violation]:
    """At the end everybody is told everything, also what no author was ever told was done."""
    return [
        Violation("I4", f"is the end, and before {model.end}", [read])
        for read in facts.reads
        if read.proc == "final"
        and read.ver is not None
        and (model := facts.models.get(read.thread)) is not None
        and read.ver < model.end
        and not _is_full_tail(read)
        and facts.is_settled(read)
    ]


def _is_full_tail(read: Op) -> bool:
    return len(read.value.get("events", ())) >= EVENTS_AT_ONCE


def removed_is_gone(facts: Facts) -> list[Violation]:
    """I4 for removals, whatever place an answer names: the words themselves are nowhere."""
    removed: dict[str, list[Op]] = defaultdict(list)
    restored: dict[str, list[Op]] = defaultdict(list)
    for writes in facts.writes.values():
        for op in writes:
            if op.f == "decide" and op.value == "restore" and op.type != FAIL:
                restored[op.key].append(op)
            elif op.f in REMOVALS and op.value != "restore" and op.type == OK:
                removed[op.key].append(op)
    found = []
    for read in facts.reads:
        if facts.is_excused(read):
            continue
        for comment, _, _ in read.value.get("shown", ()):
            for removal in removed.get(comment, ()):
                late = read.t0 - removal.t1
                came_back = any(
                    op.t0 <= read.t1 and op.t1 >= removal.t0 for op in restored[comment]
                )
                if not came_back and late > facts.bound(removal.t0, read.t1):
                    told = f"{comment} shown {late:.1f} s after it was removed"
                    found.append(Violation("I4-removed", told, [removal, read]))
    return found


def warm_pages_outlive_django(facts: Facts) -> list[Violation]:
    """I10: who asks for a page that the node has, gets one, also while Django is gone.

    A removal makes a page cold on purpose: then there need be none.
    """
    warm: dict[tuple[str, str], Op] = {}
    found = []
    for read in (op for op in facts.ops if op.f == "read" and op.proc != "final"):
        place = (read.via, read.key)
        if read.type == OK and read.status == 200:
            # Tails have no grace, and lists go cold with a removal anywhere in the forum.
            if read.ver is not None and "after" not in read.value:
                warm[place] = read
            continue
        before = warm.get(place)
        if before is None or 400 <= read.status < 500:
            continue
        down = [f for f in facts.faults if f.key in BACKEND_FAULTS and f.t0 <= read.t1]
        if not any(f.t1 + AFTERMATH >= read.t0 for f in down):
            found.append(Violation("I10", "no answer though Django was there", [before, read]))
        elif not _has_gone_cold(facts, before, read):
            found.append(Violation("I10", "no page though the node had one", [before, read]))
    return found


def _has_gone_cold(facts: Facts, before: Op, read: Op) -> bool:
    """Whether a hard purge or an empty node explains that the page is not there."""
    restarted = frozenset({"node_restarted"})
    if facts.faults_within(before.t0, read.t1, restarted):
        return True
    if facts.faults_within(0, read.t1, PURGE_FAULTS):
        everywhere = [op for writes in facts.writes.values() for op in writes]
        return any(op.f in REMOVALS and op.t0 <= read.t1 for op in everywhere)
    return any(
        op.t0 <= read.t1 and op.t1 >= before.t0 - AFTERMATH
        for op in facts.writes_of(read.thread, *REMOVALS)
    )
