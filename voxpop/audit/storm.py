"""A storm: as many comments as fit in, while whoever takes them is killed again and again (P1).

It is judged as every other run is; but nobody reads meanwhile, and no edge stands in front.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voxpop.audit.browser import Browser, Line, Reading
from voxpop.audit.cast import find_thread, make_cast
from voxpop.audit.engines import MEMCACHED, POSTGRES, REDIS
from voxpop.audit.history import OK, History, Op
from voxpop.audit.lab import DJANGOS, HOST, Lab, LabError
from voxpop.audit.nemesis import FAULTS
from voxpop.audit.people import Stage, Writer
from voxpop.audit.run import Outcome, Tell, judged, read_the_end
from voxpop.audit.step import Step
from voxpop.audit.surfaces import Thread
from voxpop.audit.watch import Watch

BEHIND = frozenset({POSTGRES, REDIS, MEMCACHED})
# A thread is a page: it is read whole at the end.
COMMENTS_OF_A_THREAD = 100
# Whoever is killed, the more often the more he has in his hands.
VICTIMS = {
    "postgres_killed": 4, "django_killed a": 4, "django_killed b": 4, "worker_killed": 2,
    "redis_killed": 1, "memcached_killed": 1,
}  # fmt: skip
AWAY = (0.1, 1.0)  # seconds until he is started again
LOOK_EVERY = 0.05
# Nobody was ever told so little in this time that it is only slow.
STANDSTILL = 120.0


@dataclass(frozen=True)
class Storm:
    """At least so many acknowledged comments, and so many kills spread among them."""

    writes: int
    kills: int


class Poster(Writer):
    """Says one thing after the other, without a pause."""

    said = 0

    def act(self) -> None:
        """One comment; a new page for every hundred."""
        page = f"storm-{self.browser.proc}-{self._number // COMMENTS_OF_A_THREAD}"
        if self.say(Thread(self._user.forum, page, "")):
            self.said += 1


def run_storm(storm: Storm, seed: int, folder: Path, *, tell: Tell) -> Outcome:
    """Run one storm in a folder of its own. Raises LabError when the lab itself breaks."""
    history = History(folder / "history.jsonl")
    reading = Reading()
    with Lab(folder / "lab", nodes_wanted=0, engines_wanted=BEHIND) as lab:
        cast = make_cast(lab)
        stage = Stage(history, threads=())
        ports = {name: relay.port for name, relay in lab.relays.items()}
        posters = [
            Poster(
                stage, Browser(f"writer{number}", ports, HOST, history, reading),
                f"{seed} storm {number}", 0.0, users,
            )
            for number, users in enumerate(cast.writers)
        ]  # fmt: skip
        watch = Watch(history, [lab.processes[name].port for name in DJANGOS])
        watch.start()
        tell(f"{len(posters)} writers, {storm.writes} comments, {storm.kills} kills")
        for poster in posters:
            poster.start()
        try:
            _blow(lab, storm, seed, history, posters, tell)
        finally:
            stage.writing_is_over.set()
            for poster in posters:
                poster.join(60)
            watch.close()
        if errors := [poster.error for poster in posters if poster.error is not None]:
            raise LabError(f"a writer did not come to his end: {errors[0]!r}")
        tell("everything is whole; reading the end")
        line = Line(lab.origin, HOST)
        names = {op.thread.partition("/") for op in history.ops if op.f == "post"}
        threads = [find_thread(line, forum, page) for forum, _, page in sorted(names)]
        line.close()
        read_the_end(lab, threads, history, reading)
    history.close()
    return judged(history.path, history.ops)


def _blow(
    lab: Lab, storm: Storm, seed: int, history: History, posters: Sequence[Poster], tell: Tell
) -> None:
    """Kill one after the other, each when its share of the comments has come."""
    dice = random.Random(f"storm {seed}")  # noqa: S311
    for number in range(1, storm.kills + 1):
        _wait_for(posters, storm.writes * number // (storm.kills + 1))
        (victim,) = dice.choices(list(VICTIMS), list(VICTIMS.values()))
        fault, _, target = victim.partition(" ")
        began = time.monotonic()
        with FAULTS[fault](lab, Step(0, fault, 0, target=target)):
            time.sleep(dice.uniform(*AWAY))
        history.add(Op("nemesis", "fault", OK, began, time.monotonic(), key=fault, via=target))
        tell(f"  {victim} after {sum(poster.said for poster in posters)} comments")
    _wait_for(posters, storm.writes)


def _wait_for(posters: Sequence[Poster], comments: int) -> None:
    seen, since = 0, time.monotonic()
    while (said := sum(poster.said for poster in posters)) < comments:
        if said > seen:
            seen, since = said, time.monotonic()
        elif time.monotonic() - since > STANDSTILL:
            raise LabError(f"no comment was taken for {STANDSTILL:g} s, after {said}")
        time.sleep(LOOK_EVERY)
