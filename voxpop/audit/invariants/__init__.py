"""What must always hold, each a function from the facts of a run to what broke it.

The order is that of the reading: what was written is there, then what was read was right, then it
was new enough, then it was nobody else's.
"""

from collections.abc import Callable

from voxpop.audit.facts import Facts, Violation
from voxpop.audit.invariants.freshness import (
    own_writes_are_seen,
    removed_is_gone,
    staleness_is_bounded,
    warm_pages_outlive_django,
)
from voxpop.audit.invariants.privacy import nobody_elses_words, one_copy_for_all
from voxpop.audit.invariants.reading import (
    counters_converge,
    nothing_seen_is_unseen,
    order_is_stable,
    page_is_the_model,
    tail_is_a_prefix,
)
from voxpop.audit.invariants.standing import (
    a_refusal_is_not_for_good,
    nobody_is_refused_for_the_quick,
)
from voxpop.audit.invariants.writing import (
    every_place_is_told,
    nothing_lost_or_doubled,
    votes_are_voters,
)

Invariant = Callable[[Facts], list[Violation]]

INVARIANTS: dict[str, Invariant] = {
    "I1": nothing_lost_or_doubled,
    "I2": own_writes_are_seen,
    "I3": nothing_seen_is_unseen,
    "I4": staleness_is_bounded,
    "I4-removed": removed_is_gone,
    "I5": page_is_the_model,
    "I5-tail": tail_is_a_prefix,
    "I6": nobody_elses_words,
    "I7": votes_are_voters,
    "I8": order_is_stable,
    "I9": counters_converge,
    "I10": warm_pages_outlive_django,
    "I11": one_copy_for_all,
    "I12": nobody_is_refused_for_the_quick,
    "I13": a_refusal_is_not_for_good,
    "I14": every_place_is_told,
}


def judge(facts: Facts) -> list[Violation]:
    """Everything that broke any invariant."""
    return [found for check in INVARIANTS.values() for found in check(facts)]
