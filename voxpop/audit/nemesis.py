"""The nemesis: breaks one thing at a time of its plan, and makes it whole again."""

import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from voxpop.audit.disasters import DISASTERS, engine_of
from voxpop.audit.engines import CASSANDRA, MEMCACHED, POSTGRES, REDIS, STANDBY
from voxpop.audit.history import OK, History, Op
from voxpop.audit.lab import DJANGOS, START_SECONDS, WORKER, Lab, LabError, Process, wait_until
from voxpop.audit.proxies import Rule
from voxpop.audit.step import Step
from voxpop.settings.environment import SettingsError

START_AHEAD = 8.0  # seconds in which a process of Django starts on a busy machine
LEAST = 0.3  # seconds of a fault that had to wait for the one before it
ORDERS = ("at_once", "numbered", "beats")


class Nemesis:
    """Runs a plan beside the sessions, every step in a thread of its own."""

    def __init__(self, lab: Lab, history: History, plan: Sequence[Step]) -> None:
        self._lab = lab
        self._history = history
        self._steps = [
            threading.Thread(target=self._run, args=(step,), name=step.fault, daemon=True)
            for step in plan
        ]
        # PostgreSQL and its standby are as one: the standby is mended by copying the first.
        self._mending = {name: threading.Lock() for name in (POSTGRES, REDIS, MEMCACHED, CASSANDRA)}
        self.errors: list[BaseException] = []

    def start(self) -> None:
        """Begin with the plan."""
        self._began = time.monotonic()
        for step in self._steps:
            step.start()

    def join(self) -> None:
        """Wait until everything is whole again. Raises LabError where it could not be broken or
        mended."""
        for step in self._steps:
            step.join()
        if self.errors:
            raise LabError(f"{self.errors[0]!r}") from self.errors[0]
        if dead := [name for name in (*DJANGOS, WORKER) if self._lab.processes[name].is_dead]:
            raise LabError(f"{dead} ended by themselves; their logs say why")

    def _run(self, step: Step) -> None:
        try:
            fault = self._ready(step)
            self._sleep_until(step.at)
            with self._when_whole(step):
                op = Op("nemesis", "fault", OK, time.monotonic(), key=step.fault, via=step.target)
                op.value = step.value if isinstance(step.value, float) else None
                with fault:
                    self._sleep_until(max(step.end, op.t0 - self._began + LEAST))
                op.t1 = time.monotonic()
            self._history.add(op)
        except (Exception, SettingsError) as error:
            self.errors.append(error)

    def _when_whole(self, step: Step) -> AbstractContextManager[object]:
        """What is behind Django has to be mended before it is broken again: on a busy machine that
        takes its time."""
        if step.fault not in DISASTERS:
            return nullcontext()
        engine = engine_of(step)
        return self._mending[POSTGRES if engine == STANDBY else engine]

    def _ready(self, step: Step) -> AbstractContextManager[None]:
        """The fault, to be entered at its time; what takes long to prepare is prepared before."""
        if step.fault != "kill_at" or step.target == WORKER:
            return FAULTS[step.fault](self._lab, step)
        self._sleep_until(step.at - START_AHEAD)
        return _kill_at(self._lab, step, self._lab.start_doomed(str(step.value)))

    def _sleep_until(self, at: float) -> None:
        time.sleep(max(0.0, self._began + at - time.monotonic()))


@contextmanager
def _purges(lab: Lab, step: Step) -> Iterator[None]:
    """Orders to the nodes are lost, late, doubled or mixed up: all kinds, or the one named."""
    rule = Rule(step.mode, float(step.value))
    kinds = ORDERS if step.fault == "purges" else (step.fault,)
    taps = [tap for name, tap in lab.taps.items() if step.target in {"", name}]
    for tap in taps:
        tap.rules = {**tap.rules, **dict.fromkeys(kinds, rule)}
    yield
    for tap in taps:
        tap.rules = {kind: kept for kind, kept in tap.rules.items() if kind not in kinds}


@contextmanager
def _backend_slow(lab: Lab, step: Step) -> Iterator[None]:
    for relay in lab.relays.values():
        relay.delay = float(step.value)
    yield
    for relay in lab.relays.values():
        relay.delay = 0.0


@contextmanager
def _stopped(lab: Lab, step: Step) -> Iterator[None]:
    """Hung, which is another thing than dead."""
    processes = [lab.processes[name] for name in _meant(step)]
    for process in processes:
        process.send(signal.SIGSTOP)
    yield
    for process in processes:
        process.send(signal.SIGCONT)


@contextmanager
def _killed(lab: Lab, step: Step) -> Iterator[None]:
    for name in _meant(step):
        lab.processes[name].end()
    yield
    for name in _meant(step):
        _start(lab, name)


@contextmanager
def _kill_at(lab: Lab, step: Step, doomed: Process) -> Iterator[None]:
    """The place of one process of Django is taken by one that kills itself at the first post."""
    relay = lab.relays[step.target]
    usual = relay.target
    relay.lead_to(doomed.port)
    try:
        wait_until(lambda: doomed.is_dead, "the first post", step.seconds)
    except LabError:
        doomed.end()  # nobody posted
    yield
    relay.lead_to(usual)


@contextmanager
def _worker_killed_at(lab: Lab, step: Step) -> Iterator[None]:
    """Until it dies the worker is one that kills itself there: two would share what there is."""
    worker = lab.processes[WORKER]
    worker.end()
    worker.start(VOXPOP_TEST_KILL_AT=str(step.value))
    wait_until(lambda: worker.is_dead, f"the worker's death {step.value}", step.seconds)
    worker.start()
    yield


@contextmanager
def _node_restarted(lab: Lab, step: Step) -> Iterator[None]:
    """Its child process ends and another begins with nothing stored and nothing heard."""
    node = lab.nodes[step.target]
    node.adm("stop")
    yield
    node.adm("start")


@contextmanager
def _memory_short(lab: Lab, step: Step) -> Iterator[None]:
    """Not a byte more than it has; whoever has ended for want of it is started again."""
    name = step.target
    process = lab.processes[name]
    process.keep_to(process.bytes_of_memory())
    yield
    if process.is_dead:
        _start(lab, name)
    else:
        process.keep_to(resource.RLIM_INFINITY)


@contextmanager
def _clock_jump(lab: Lab, step: Step) -> Iterator[None]:
    for name in _meant(step):
        lab.set_clock(name, float(step.value))
    yield
    for name in _meant(step):
        lab.set_clock(name, 0.0)


def _meant(step: Step) -> Sequence[str]:
    if step.target:
        return (step.target,)
    return (WORKER,) if step.fault.startswith("worker") else DJANGOS


def _start(lab: Lab, name: str) -> None:
    """As a supervisor does: one that refuses to start, since what it needs is broken just now, is
    started again."""
    if name == WORKER:
        lab.processes[name].start()
        return
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            lab.start_django(name)
            return
        except LabError:
            if time.monotonic() > end:
                raise


FAULTS: dict[str, Callable[[Lab, Step], AbstractContextManager[None]]] = {
    "purges": _purges,
    "at_once": _purges,
    "numbered": _purges,
    "beats": _purges,
    "backend_slow": _backend_slow,
    "django_stopped": _stopped,
    "django_killed": _killed,
    "worker_stopped": _stopped,
    "worker_killed": _killed,
    "kill_at": _worker_killed_at,
    "node_restarted": _node_restarted,
    "memory_short": _memory_short,
    "clock_jump": _clock_jump,
    **DISASTERS,
}
