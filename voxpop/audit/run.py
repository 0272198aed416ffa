"""One run: a lab, its people, its nemesis; then everything is whole, and the history is judged."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from voxpop.audit.browser import Browser, Reading
from voxpop.audit.cast import Cast, make_cast
from voxpop.audit.facts import Facts, Violation, is_kill, make_facts
from voxpop.audit.history import OK, History, Op
from voxpop.audit.invariants import judge
from voxpop.audit.invariants.standing import seconds_added
from voxpop.audit.lab import DJANGOS, HOST, Lab, LabError
from voxpop.audit.nemesis import Nemesis
from voxpop.audit.people import Moderator, Reader, Session, Stage, Writer
from voxpop.audit.proxies import LOOPBACK
from voxpop.audit.scenarios import Scenario
from voxpop.audit.surfaces import COMMENTS, PAGES, TAIL, Thread
from voxpop.audit.watch import Watch

# Less than this and a run has not shown anything.
READS_AT_LEAST, WRITES_AT_LEAST, HITS_AT_LEAST = 100, 10, 10
ACKNOWLEDGED, KILLS = "comments acknowledged", "kills"
Tell = Callable[[str], None]


@dataclass
class Outcome:
    """What a run found."""

    history: Path
    facts: Facts
    violations: list[Violation]

    @property
    def figures(self) -> dict[str, float]:
        """How much was looked at."""
        acts = Counter(
            f"{op.f} {op.type}" for op in self.facts.ops if op.f not in {"log", "promise"}
        )
        reads = self.facts.reads
        return {
            **dict(sorted(acts.items())),
            ACKNOWLEDGED: acts[f"post {OK}"],
            KILLS: sum(number for kind, number in self.faults.items() if is_kill(kind)),
            "hits": sum(read.is_hit for read in reads),
            "stale": sum(read.is_stale for read in reads),
            "with a floor": sum(bool(read.floor) for read in reads),
            "seconds of overload": round(
                sum(f.t1 - f.t0 for f in self.facts.faults if f.key == "overload"), 1
            ),
            "ms added, P9": round(seconds_added(self.facts) * 1000, 1),
            "seconds without a post": round(_longest_silence(self.facts.ops), 1),
            "seconds": round(max((op.t1 for op in reads), default=0) - self.facts.ops[0].t0, 1),
        }

    @property
    def faults(self) -> dict[str, int]:
        """How often each thing was broken."""
        return dict(sorted(Counter(fault.key for fault in self.facts.faults).items()))

    @property
    def found_after(self) -> dict[str, float]:
        """How many seconds of the run it took until each broken invariant was shown to be broken.

        What was written is known from the log alone, which is read at the end.
        """
        began, end = self.facts.ops[0].t0, max(op.t1 for op in self.facts.ops)
        found: dict[str, float] = {}
        for violation in self.violations:
            is_known_late = violation.invariant == "I1" or not violation.ops
            shown = end if is_known_late else max(op.t1 for op in violation.ops)
            seconds = round(shown - began, 1)
            found[violation.invariant] = min(seconds, found.get(violation.invariant, seconds))
        return found

    @property
    def is_telling(self) -> bool:
        """Whether enough happened for the silence of the invariants to mean something."""
        reads = self.facts.reads
        writes = sum(op.type == OK for ops in self.facts.writes.values() for op in ops)
        if all(read.via == "origin" for read in reads):  # there is no edge
            return writes >= WRITES_AT_LEAST
        return (
            len(reads) >= READS_AT_LEAST
            and writes >= WRITES_AT_LEAST
            and sum(read.is_hit for read in reads) >= HITS_AT_LEAST
        )


def run_audit(
    scenario: Scenario, seed: int, folder: Path, *, prepared: Path | None, tell: Tell
) -> Outcome:
    """Run one scenario in a folder of its own. Raises LabError when the lab itself breaks."""
    history = History(folder / "history.jsonl")
    lab = Lab(
        folder / "lab",
        nodes_wanted=scenario.nodes,
        # What was prepared is in SQLite.
        prepared=None if scenario.engines else prepared,
        has_fake_time=scenario.has_fake_time,
        engines_wanted=scenario.engines,
    )
    with lab:
        cast = make_cast(lab)
        tell(f"the lab stands: {len(lab.nodes)} edge nodes, {len(lab.processes)} processes")
        threads = cast.some_threads(scenario.threads)
        _note(history, "promise", "", asdict(scenario.promise))
        reading = Reading()
        reading.secrets = cast.secrets()
        _live(lab, cast, threads, scenario, seed, history, reading)
        tell("everything is whole; reading the end")
        read_the_end(lab, threads, history, reading)
    history.close()
    return judged(history.path, history.ops)


def judged(path: Path, ops: Sequence[Op]) -> Outcome:
    """A history and what it breaks."""
    facts = make_facts(ops)
    return Outcome(path, facts, judge(facts))


def prepare(folder: Path) -> Path:
    """A data folder with schema, files and cast, to be copied by many runs."""
    with Lab(folder, nodes_wanted=0) as lab:
        make_cast(lab)
    return lab.data


def _live(
    lab: Lab,
    cast: Cast,
    threads: Sequence[Thread],
    scenario: Scenario,
    seed: int,
    history: History,
    reading: Reading,
) -> None:
    """Everybody reads and writes while the nemesis breaks things; then only readers are left."""
    stage = Stage(history, threads, is_even=scenario.is_even, silence=scenario.silence)
    ports = {name: node.port for name, node in lab.nodes.items()}

    def browser(name: str) -> Browser:
        return Browser(name, ports, HOST, history, reading)

    def is_anybodys(number: int) -> bool:
        return any(
            user.forum == thread.forum for user in cast.writers[number] for thread in threads
        )

    sessions: list[Session] = [
        Reader(stage, browser(f"reader{number}"), f"{seed} r{number}", scenario.readers_pause)
        for number in range(scenario.readers)
    ]
    sessions += [
        Writer(
            stage, browser(f"writer{number}"), f"{seed} w{number}",
            scenario.writers_pause, cast.writers[number], removes=scenario.has_moderator,
        )
        for number in range(scenario.writers)
        if is_anybodys(number)
    ]  # fmt: skip
    if scenario.has_moderator:
        sessions.append(Moderator(stage, browser("moderator"), f"{seed} m", 0.5, [cast.owner]))
    nemesis = Nemesis(lab, history, scenario.plan)
    watch = Watch(history, [lab.processes[name].port for name in DJANGOS])
    watch.start()
    for session in sessions:
        session.start()
    nemesis.start()
    stage.stopping.wait(scenario.writing)
    stage.writing_is_over.set()
    stage.stopping.wait(scenario.settling)
    nemesis.join()
    stage.stopping.set()
    watch.close()
    for session in sessions:
        session.join(60)
    for session in sessions:
        if session.error is not None or session.is_alive():
            raise LabError(f"{session.name} did not come to its end: {session.error!r}")


def read_the_end(lab: Lab, threads: Sequence[Thread], history: History, reading: Reading) -> None:
    """The truth from Django itself, then what every node says to somebody who has never asked."""
    origin = Browser("final", {"origin": lab.origin}, HOST, history, reading)
    nodes = [
        Browser("final", {name: node.port}, HOST, history, reading)
        for name, node in lab.nodes.items()
    ]
    for thread in threads:
        _note(history, "log", thread.name, _whole_log(origin, thread))
        for asker in (origin, *nodes):
            for surface in (COMMENTS, *PAGES):
                asker.read(surface, thread)
    for asker in (origin, *nodes):
        asker.close()


def _longest_silence(ops: Sequence[Op]) -> float:
    """Seconds between two acknowledged comments."""
    told = sorted(op.t1 for op in ops if op.f == "post" and op.type == OK)
    return max((later - earlier for earlier, later in pairwise(told)), default=0.0)


def _note(history: History, f: str, thread: str, value: object) -> None:
    """A fact about the run."""
    now = time.monotonic()
    history.add(Op("audit", f, OK, now, now, thread, value=value))


def _whole_log(origin: Browser, thread: Thread) -> list[list[object]]:
    entries: list[list[object]] = []
    while True:
        read = origin.read(TAIL, thread, len(entries))
        if read.status != 200:
            raise LabError(f"the log of {thread.name} was answered {read.status} on {LOOPBACK}")
        entries += read.value["events"]
        if not read.value["events"]:
            return entries
