"""A lab: the product's processes behind real edge nodes, with what can break it in between.

sessions ── Varnish ── Relay ── voxpop serve (two of them)      one data folder, or `engines`
               └─ Tap ── purges of the authors' processes and of voxpop worker
"""

import json
import os
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from voxpop.audit.clocks import fake_time, set_clock
from voxpop.audit.engines import POSTGRES, Engines
from voxpop.audit.proxies import LOOPBACK, Loop, Relay, Tap
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port, free_ports

DJANGOS = ("a", "b")
WORKER = "worker"
HOST = "localhost"
FORUMS = ("magazine", "gazette")
OWNER = "owner@canary-owner.test"
START_SECONDS = 60.0

RUN = "from voxpop.cli import main; main()"


class LabError(RuntimeError):
    """The lab itself does not stand; nothing can be said about the product."""


@dataclass
class Process:
    """One process of the product, which may be killed, stopped and started again."""

    name: str
    arguments: list[str]
    port: int
    environment: dict[str, str]
    log: Path
    popen: subprocess.Popen[bytes] | None = None

    def start(self, **extra: str) -> None:
        """Start it; whether it is ready is asked elsewhere."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", RUN, *self.arguments],
                env={**self.environment, **extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def send(self, number: signal.Signals) -> None:
        """A signal, where it lives."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it, also when it is stopped, and wait."""
        self.send(number)
        self.send(signal.SIGCONT)
        if self.popen is not None:
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    def bytes_of_memory(self) -> int:
        """How much it has, as the limit counts it; raises LabError where it does not live."""
        if self.popen is None or self.is_dead:
            raise LabError(f"{self.name} does not live")
        pages = Path(f"/proc/{self.popen.pid}/statm").read_text().split()[0]
        return int(pages) * resource.getpagesize()

    def keep_to(self, memory: int) -> None:
        """It gets so many bytes of memory at most from now on."""
        if self.popen is not None:
            _, hard = resource.prlimit(self.popen.pid, resource.RLIMIT_AS)
            resource.prlimit(self.popen.pid, resource.RLIMIT_AS, (memory, hard))

    @property
    def is_dead(self) -> bool:
        return self.popen is None or self.popen.poll() is not None


@dataclass
class Lab:
    """Everything that runs, on ports of its own. `with Lab(folder) as lab:` starts and ends it."""

    folder: Path
    nodes_wanted: int = 1
    prepared: Path | None = None  # a data folder to begin with, which stays as it is
    has_fake_time: bool = False
    engines_wanted: frozenset[str] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)  # of the product, beside ours
    processes: dict[str, Process] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    relays: dict[str, Relay] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    loop: Loop = field(default_factory=Loop)
    secret: str = field(default_factory=lambda: secrets.token_hex(24))
    engines: Engines = field(init=False)

    def __post_init__(self) -> None:
        self.engines = Engines(self.loop, self.engines_wanted)

    def __enter__(self) -> "Lab":
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def origin(self) -> int:
        """The port of a process of Django, past everything that stands in front of it."""
        return self.processes["a"].port

    def stop(self) -> None:
        """End everything that this lab has started."""
        for process in self.processes.values():
            process.end(signal.SIGTERM)
        for node in self.nodes.values():
            node.stop()
        self.loop.stop()
        self.engines.stop()

    def start_django(self, name: str, **extra: str) -> None:
        """Start one process of Django and wait until it answers."""
        self.processes[name].start(**extra)
        self.wait_for_django(name)

    def start_doomed(self, point: str) -> Process:
        """A process of Django besides, that kills itself at a point of the first post."""
        port = free_port()
        name = f"doomed-{port}"
        self._add(name, ["serve", "--port", str(port), "--no-worker"], port)
        self.start_django(name, VOXPOP_TEST_KILL_AT=point)
        return self.processes[name]

    def wait_for_django(self, name: str) -> None:
        """Return when it answers; raises LabError when it does not come or has died."""
        process = self.processes[name]
        wait_until(
            lambda: process.is_dead or _answers(process.port), f"process {name}", START_SECONDS
        )
        if process.is_dead:
            raise LabError(f"{name} ended:\n{process.log.read_text()[-3000:]}")

    def run_command(self, *commands: list[str]) -> list[dict[str, str]]:
        """Run `voxpop …` commands in one process; the JSON object that each printed."""
        code = (
            "import json, sys\nfrom voxpop.cli import main\n"
            "for arguments in json.loads(sys.argv[1]):\n"
            "    try: main(arguments)\n"
            "    except SystemExit as end: assert not end.code, arguments\n"
        )
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, json.dumps([[*each, "--json"] for each in commands])],
            env=self._environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            raise LabError(f"{commands}: {done.stdout}{done.stderr}")
        told: list[dict[str, str]] = [json.loads(line) for line in done.stdout.splitlines()]
        return told

    def set_clock(self, name: str, hours: float) -> None:
        """From now on a process believes that it is so many hours later."""
        if name == POSTGRES:
            self.engines.set_clock(hours)
        else:
            set_clock(self._clock(name), hours)

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.prepared is not None:
            # Sockets and locks are those of processes that are no more.
            gone = shutil.ignore_patterns("run", "*.lock")
            shutil.copytree(self.prepared, self.data, ignore=gone)
        self.engines.start()
        free = free_ports()
        ports = {name: next(free) for name in DJANGOS}
        self.relays = {name: Relay(self.loop, port) for name, port in ports.items()}
        for number in range(1, self.nodes_wanted + 1):
            name = f"edge{number}"
            folder = self.folder / name
            folder.mkdir(exist_ok=True)
            backends = [(LOOPBACK, relay.port) for relay in self.relays.values()]
            self.nodes[name] = Node(name, next(free), next(free), backends, self.secret, folder)
            self.taps[name] = Tap(self.loop, self.nodes[name].purge_port)
            self.nodes[name].start(START_SECONDS)
        for name, port in ports.items():
            self._add(name, ["serve", "--port", str(port), "--no-worker"], port)
        self._add(WORKER, ["worker"], 0)
        self.start_django(DJANGOS[0])  # the first makes the schema
        self.processes[WORKER].start()
        for name in DJANGOS[1:]:
            self.start_django(name)
        # A node that has never heard the purger trusts nothing for long: that is another scenario.
        wait_until(
            lambda: all(tap.passed["beats"] for tap in self.taps.values()),
            "the purger's word to every node",
            START_SECONDS,
        )

    def _add(self, name: str, arguments: list[str], port: int) -> None:
        environment = self._environment()
        if self.has_fake_time:
            self.set_clock(name, 0)
            environment |= fake_time(self._clock(name))
        log = self.folder / f"{name}.log"
        self.processes[name] = Process(name, arguments, port, environment, log)

    def _clock(self, name: str) -> Path:
        return self.folder / f"{name}.clock"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VOXPOP_")}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        return {
            **kept,
            "VOXPOP_DATA": str(self.data),
            "VOXPOP_HOST": "http://localhost",
            "VOXPOP_LIMITS": "off",
            "VOXPOP_TRUSTED_PROXIES": "1",
            "VOXPOP_LOG_LEVEL": "warning",
            "VOXPOP_EDGE_NODES": ",".join(
                f"http://{LOOPBACK}:{t.port}" for t in self.taps.values()
            ),
            "VOXPOP_EDGE_SECRET": self.secret,
            **self.engines.environment,
            **self.settings,
        }


def wait_until(is_true: Callable[[], bool], what: str, seconds: float) -> None:
    """Return when `is_true()` is; raises LabError, saying what never came, after `seconds`."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise LabError(f"{what} did not come within {seconds:g} s")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
