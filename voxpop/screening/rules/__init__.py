"""The policy, in order: the first rule that has a verdict decides."""

from collections.abc import Callable

from voxpop.screening.draft import Draft, Verdict
from voxpop.screening.rules.content import links, repeated_text, word_list
from voxpop.screening.rules.manner import trap
from voxpop.screening.rules.place import first_comment, flood, premoderation
from voxpop.screening.rules.refusals import address, ban, length, thread_closed, thread_locked
from voxpop.screening.rules.trust import moderators_pass, proof

RULES: tuple[Callable[[Draft], Verdict | None], ...] = (
    # Refused: nothing is kept.
    ban,
    address,
    thread_locked,
    thread_closed,
    length,
    # Who runs the forum is not held by his own rules.
    moderators_pass,
    # Machines.
    trap,
    # What it says.
    word_list,
    links,
    repeated_text,
    # Where and when it says it.
    flood,
    premoderation,
    first_comment,
    # Last: what nobody else has to look at appears when its author says so.
    proof,
)
