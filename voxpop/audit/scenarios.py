"""The runs that the auditor knows: who is there, what breaks when, and what is promised then."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voxpop.audit.disasters import DISASTERS, PLANNED, POSTGRES_FAILOVER, POSTGRES_FULL
from voxpop.audit.engines import (
    CASSANDRA,
    MEMCACHED,
    OWN_CLOCK,
    POSTGRES,
    REDIS,
    SMALL_DISK,
    STANDBY,
    WAITS_FOR_STANDBY,
)
from voxpop.audit.facts import Promise
from voxpop.audit.lab import WORKER
from voxpop.audit.step import Step

# Where somebody dies in the middle of a post (F1): who takes it, or the worker that mails it later.
AT_A_POST = ("before_transaction", "in_transaction", "after_commit", "before_purge")
AT_A_LETTER = "before_mail"
KILL_POINTS = (*AT_A_POST, AT_A_LETTER)
# Seconds of the long run between two faults, and how long one lasts.
GAP, LASTS = (2.0, 6.0), (1.0, 6.0)
# The part of its faults that befall what is behind Django, where that is there.
DISASTROUS = 0.6


@dataclass(frozen=True)
class Scenario:
    """`writing` seconds of writing and breaking, then `settling` seconds of reading alone."""

    name: str
    plan: Sequence[Step] = ()
    promise: Promise = field(default_factory=Promise)
    writing: float = 8.0
    settling: float = 6.0
    writers: int = 4
    readers: int = 8
    has_moderator: bool = True
    threads: int = 6
    nodes: int = 1
    has_fake_time: bool = False
    writers_pause: float = 0.1
    readers_pause: float = 0.03
    is_even: bool = False  # all threads are as popular
    silence: float = 0.0  # seconds without writing after each second of it
    engines: frozenset[str] = frozenset()  # what is behind Django, instead of a data folder


CALM = Scenario("calm", writing=6)

# What happens on a bad day, once each and quickly: the run of `make test`. The purger lives and is
# heard, so that a change is in every answer a few seconds later.
SHORT = Scenario(
    "short",
    plan=(
        Step(0.5, "at_once", 2.0),
        Step(2.0, "kill_at", 2.0, target="a", value="before_purge"),
        Step(4.5, "backend_slow", 1.5, value=0.7),
        Step(6.0, "at_once", 2.0, mode="double"),
        Step(6.5, "numbered", 1.5, mode="mix", value=0.8),
        Step(8.5, "django_stopped", 2.0),
        Step(11.0, "node_restarted", 0.3, target="edge1"),
    ),
    promise=Promise(healthy=5, faulty=8),
    writing=13,
    settling=9,
)

# One scenario for each way in which a cache may be wrong, so that a product with that very fault
# is found out by it (tests/edge/mutants). The sound product passes them all.
CRASHING = Scenario(
    # Processes die between the commit and the purge, and nobody's next comment makes it good: there
    # are many threads, and then silence.
    "crashing",
    plan=[
        Step(at, "kill_at", 3.0, target=name, value="before_purge")
        for at in (10.0, 20.0)
        for name in "ab"
    ],
    promise=Promise(healthy=5, faulty=8),
    writing=24,
    settling=10,
    threads=40,
    has_moderator=False,
    readers_pause=0.01,
    is_even=True,
    silence=9,
)
KILLED = Scenario(
    # At each point of a post somebody dies, one after the other.
    "killed",
    plan=(
        # Most comments answer nobody who is mailed.
        Step(2.0, "kill_at", 30.0, target=WORKER, value=AT_A_LETTER),
        *(
            Step(10.0 + 7 * number, "kill_at", 4.0, target="ab"[number % 2], value=point)
            for number, point in enumerate(AT_A_POST)
        ),
    ),
    promise=Promise(healthy=5, faulty=8),
    writing=36,
    settling=9,
)


def _silenced(name: str, orders: Sequence[str], seconds: float, **more: Any) -> Scenario:
    """For so many seconds from the start the nodes hear nothing of these orders."""
    return Scenario(name, plan=[Step(0.0, order, seconds) for order in orders], **more)


# Only the purge by the author's own process comes through.
HINTED = _silenced(
    "hinted", ["numbered"], 37,
    promise=Promise(healthy=5, faulty=5),
    writing=29, settling=8, threads=4, readers_pause=0.01, silence=6,
)  # fmt: skip
# Only the purger's repetition comes through.
REPEATED = _silenced(
    "repeated", ["at_once"], 16, promise=Promise(healthy=5, faulty=6), writing=8, settling=8
)
# No purge comes at all; the node is still told how many there were.
FORGETFUL = _silenced("forgetful", ["at_once", "numbered"], 9, writing=8, settling=2)
SLOW = Scenario(
    # Answers are older than the purge that meets them on their way; nothing is purged again. Not so
    # slow that a node takes Django for dead.
    "slow",
    plan=(Step(0.0, "backend_slow", 22.0, value=0.8), Step(0.0, "numbered", 22.0)),
    promise=Promise(healthy=5, faulty=5),
    writing=14,
    settling=9,
    writers=8,
)
LATE = Scenario(
    # Orders are older than the lease when they come, then come twice, then in any order; then
    # nobody is there to repeat them (F11). What was late first comes in the midst of it.
    "late",
    plan=(
        Step(2.0, "purges", 24.0, mode="delay", value=20.0),
        Step(28.0, "purges", 3.0, mode="double"),
        Step(32.0, "purges", 4.0, mode="mix", value=2.0),
        Step(37.0, "worker_stopped", 4.0),
        Step(42.0, "worker_killed", 2.0),
    ),
    writing=46,
    settling=17,
)
CUT_OFF = Scenario(
    # The node hears nothing whatever from anybody.
    "cut-off",
    plan=(Step(3.0, "purges", 26.0),),
    writing=7,
    settling=22,
)
GONE = Scenario(
    # Django is not there. Nobody removes anything: what was warm must stay so.
    "gone",
    plan=(Step(4.0, "django_killed", 4.0), Step(11.0, "django_stopped", 4.0)),
    writing=17,
    settling=7,
    has_moderator=False,
)
SHORT_OF_MEMORY = Scenario(
    # A process of Django gets no byte more than it has, then the other, then the worker (F18).
    "short of memory",
    plan=(
        Step(3.0, "memory_short", 5.0, target="a"),
        Step(13.0, "memory_short", 5.0, target="b"),
        Step(23.0, "memory_short", 5.0, target=WORKER),
    ),
    writing=30,
    settling=9,
)
SKEWED = Scenario(
    # A process believes that it is three hours later, then another that it is three hours ago.
    "skewed",
    plan=(
        Step(2.0, "clock_jump", 7.0, target="b", value=3.0),
        Step(10.0, "clock_jump", 7.0, target="a", value=-3.0),
        Step(18.0, "clock_jump", 7.0, target="worker", value=3.0),
        Step(3.0, "at_once", 22.0),
    ),
    writing=26,
    settling=17,
    has_fake_time=True,
)

# The same with everything behind Django: what was shown and taken must be right whatever befalls
# the servers that keep it.
DATA = Scenario(
    "data",
    plan=(
        # Before it all is well for some seconds: what is usual has to be known.
        Step(3.5, "redis_stopped", 6.0),
        Step(4.0, "memcached_stopped", 4.0),
        # It is left alone for five seconds after it has failed, and then asked again.
        Step(9.5, "memcached_lying", 6.0),
        Step(16.0, "postgres_stopped", 1.5),
        Step(18.5, "postgres_killed", 0.5),
        # It has first to get over being killed.
        Step(27.0, "postgres_restarted", 0.5),
    ),
    promise=Promise(healthy=5, faulty=10),
    writing=30,
    settling=9,
    engines=frozenset({POSTGRES, REDIS, MEMCACHED}),
)
SET_BACK = Scenario(
    # The database believes that it is three hours ago, and then no more (F14).
    "set back",
    plan=(Step(4.0, "clock_jump", 10.0, target=POSTGRES, value=-3.0),),
    writing=20,
    settling=9,
    has_fake_time=True,
    engines=frozenset({POSTGRES, OWN_CLOCK}),
)
PUT_RIGHT = Scenario(
    # The database believed that it was three hours later, and is put right while nobody is the
    # purger: what was written meanwhile ends in three hours (F14).
    "put right",
    plan=(
        Step(2.0, "clock_jump", 8.0, target=POSTGRES, value=3.0),
        Step(8.0, "worker_killed", 5.0),
    ),
    writing=22,
    settling=20,
    has_fake_time=True,
    engines=frozenset({POSTGRES, OWN_CLOCK}),
)
STANDBYS = Scenario(
    # Pages come from a server that is behind, away, or thinks that it is the first.
    "standby",
    plan=(
        Step(2.0, "standby_lagging", 10.0),
        Step(14.0, "standby_stopped", 3.0),
        Step(19.0, "standby_killed", 2.0),
        Step(24.0, "standby_promoted", 5.0),
    ),
    writing=32,
    settling=9,
    engines=frozenset({POSTGRES, STANDBY}),
)
FAR_BEHIND = Scenario(
    # A standby shows what was a minute ago (F5).
    "far behind",
    plan=(Step(2.0, "standby_lagging", 60.0),),
    writing=62,
    settling=9,
    writers_pause=0.2,
    engines=frozenset({POSTGRES, STANDBY}),
)
FAILOVER = Scenario(
    # The first is gone for good, and with it nothing that was acknowledged.
    "failover",
    plan=(Step(6.0, POSTGRES_FAILOVER, 8.0),),
    writing=16,
    settling=20,
    engines=frozenset({POSTGRES, STANDBY, WAITS_FOR_STANDBY}),
)
FULL = Scenario(
    "full disk",
    plan=(Step(4.0, POSTGRES_FULL, 10.0),),
    writing=20,
    settling=20,
    engines=frozenset({POSTGRES, SMALL_DISK}),
)
WIDE = Scenario(
    # Timelines are in Cassandra: whoever comments or reads a thread waits for it in no case.
    "wide",
    plan=(
        Step(2.0, "cassandra_stopped", 5.0),
        Step(9.0, "cassandra_unanswered", 4.0),
        Step(15.0, "cassandra_killed", 3.0),
    ),
    writing=30,
    settling=9,
    engines=frozenset({POSTGRES, CASSANDRA}),
)

# Everything that the stack has behind Django.
EVERYTHING = frozenset({POSTGRES, STANDBY, REDIS, MEMCACHED, CASSANDRA})

SCENARIOS = {
    each.name: each
    for each in (
        CALM, SHORT, CRASHING, KILLED, HINTED, REPEATED, SLOW, FORGETFUL, LATE, CUT_OFF, GONE,
        SHORT_OF_MEMORY, SKEWED, DATA, SET_BACK, PUT_RIGHT, STANDBYS, FAR_BEHIND, FAILOVER, FULL,
        WIDE,
    )
}  # fmt: skip


def long_run(
    seed: int, seconds: float, *, has_fake_time: bool, engines: frozenset[str] = frozenset()
) -> Scenario:
    """A run of so many seconds in which everything breaks again and again, as the seed has it."""
    dice = random.Random(f"plan {seed}")  # noqa: S311
    plan: list[Step] = []
    at = dice.uniform(*GAP)
    while at < seconds - LASTS[1]:
        step = _any_step(dice, at, has_fake_time=has_fake_time, engines=engines)
        plan.append(step)
        # Faults of different kinds may overlap; two of one kind would undo each other.
        at = step.end + dice.uniform(*GAP)
    return Scenario(
        "long",
        plan=plan,
        writing=seconds,
        settling=18,
        writers=8,
        readers=12,
        readers_pause=0.05,
        threads=dice.choice((6, 12, 24, 50)),
        nodes=2,
        has_fake_time=has_fake_time,
        engines=engines,
    )


def _any_step(
    dice: random.Random, at: float, *, has_fake_time: bool, engines: frozenset[str]
) -> Step:
    seconds = dice.uniform(*LASTS)
    steps = [
        Step(at, "at_once", seconds),
        Step(at, "numbered", seconds),
        Step(at, "beats", seconds),
        Step(at, "purges", seconds * 3),
        Step(at, "purges", seconds, mode="double"),
        Step(at, "purges", seconds, mode="mix", value=0.9),
        Step(at, "at_once", seconds, mode="delay", value=dice.uniform(0.2, 5)),
        Step(at, "numbered", seconds, mode="delay", value=dice.uniform(0.2, 5)),
        Step(at, "backend_slow", seconds * 2, value=dice.uniform(0.2, 2.5)),
        Step(at, "django_stopped", seconds),
        Step(at, "django_stopped", seconds, target=dice.choice("ab")),
        Step(at, "django_killed", seconds),
        Step(at, "django_killed", seconds, target=dice.choice("ab")),
        Step(at, "worker_stopped", seconds * 2),
        Step(at, "worker_killed", seconds),
        Step(at, "node_restarted", 0.3, target=dice.choice(("edge1", "edge2"))),
        *(Step(at, "kill_at", seconds, dice.choice("ab"), value=point) for point in AT_A_POST),
    ]
    if has_fake_time:
        hours = dice.choice((-3.0, 3.0))
        steps += [
            Step(at, "clock_jump", seconds * 2, target=target, value=hours)
            for target in ("a", "b", "worker")
        ]
    disasters = [
        Step(at, fault, seconds)
        for fault in DISASTERS
        if fault not in PLANNED and fault.partition("_")[0] in engines
    ]
    if disasters and dice.random() < DISASTROUS:
        return dice.choice(disasters)
    return dice.choice(steps)
