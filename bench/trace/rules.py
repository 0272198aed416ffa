"""What an edge does with the requests: the product's policy, that of 2013, and variants of ours."""

import math
from dataclasses import dataclass, replace
from typing import Any

from voxpop.edge import policy


@dataclass(frozen=True)
class Follow:
    """How readers follow a thread whose last comment is so many seconds old."""

    # Held requests up to this age, polls up to that one, nothing beyond.
    live: float
    poll: float
    is_empty_live: bool

    def but(self, **changes: Any) -> "Follow":
        return replace(self, **changes)

    def mode(self, quiet: float | None) -> str:
        """`live`, `poll` or `none`; `quiet` is None where nobody ever commented."""
        if quiet is None:
            return "live" if self.is_empty_live else "poll"
        return "live" if quiet < self.live else "poll" if quiet < self.poll else "none"


@dataclass(frozen=True)
class Rules:
    """Seconds that an answer is kept, by quietness of its thread; and what a change does."""

    page: tuple[int, int, int]
    tail: tuple[int, int, int]
    # Counts while somebody commented in the forum within `counts_busy` seconds; and otherwise: then
    # they wear the forum's key and the next comment purges them.
    counts: tuple[int, int]
    counts_busy: float
    is_purging: bool
    # Whether the purge that comes again from the outbox, about a second after the change, purges
    # also where the first one has come. Ours is only counted there (the mark of 0052).
    repeats_purges: bool
    follow: Follow

    def but(self, **changes: Any) -> "Rules":
        return replace(self, **changes)


def ours() -> Rules:
    """The product's own table."""
    surfaces = policy.SURFACES
    return Rules(
        page=surfaces["thread_page"].edge,
        tail=surfaces["tail"].edge,
        counts=(surfaces["counts_json"].edge[0], surfaces["counts_json"].edge[2]),
        counts_busy=policy.COUNTS_BUSY_WITHIN,
        is_purging=True,
        repeats_purges=False,
        follow=follow_of_product(),
    )


def of_2013() -> Rules:
    """Ten seconds for everything, and no purge at all (VUG7); readers follow by asking again."""
    ten = (10, 10, 10)
    asking = replace(follow_of_product(), live=0.0, is_empty_live=False)
    return Rules(ten, ten, (10, 10), math.inf, False, False, asking)


def follow_of_product() -> Follow:
    return Follow(
        policy.live_within(is_behind_an_edge=True),
        policy.POLL_WITHIN,
        is_empty_live=policy.follow(None, is_behind_an_edge=True) == "live",
    )
