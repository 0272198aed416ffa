"""What a stack keeps in DATA/run/stack: its plan, what is known of its parts, and their logs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voxpop.stack.part import Part
from voxpop.stack.processes import Process

LOG_AT_MOST = 16 * 1024 * 1024


class RunsAlready(Exception):
    """Another supervisor, or another `up`, has this folder."""


@dataclass
class Known:
    """What the supervisor knows of one part."""

    state: str = "waits"  # waits, starts, answers, paused
    process: Process | None = None
    since: str = ""  # of the state
    restarts: int = 0
    told: str = ""  # how it ended the last time


@dataclass
class State:
    """What is running. It is what `down` goes by: nothing that is not written here is ended."""

    supervisor: Process
    since: str
    parts: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> State:
        parts = {
            name: Known(**{**known, "process": _process(known["process"])})
            for name, known in written["parts"].items()
        }
        return cls(Process(**written["supervisor"]), written["since"], parts)


def _process(written: Mapping[str, int] | None) -> Process | None:
    return Process(**written) if written else None


@dataclass(frozen=True)
class Plan:
    """The parts in the order in which they start, and where readers find the whole."""

    host: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Folder:
    path: Path

    @classmethod
    def of(cls, data: Path) -> Folder:
        return cls(data / "run" / "stack")

    def log(self, name: str) -> Path:
        """The log of one part, or of the supervisor ("stack")."""
        return self.path / f"{name}.log"

    def fresh_log(self, name: str) -> Path:
        """The same; one that has grown large begins anew, and the old one stays beside it."""
        log = self.log(name)
        if log.exists() and log.stat().st_size > LOG_AT_MOST:
            log.replace(log.with_suffix(".log.1"))
        return log

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a part's log."""
        log = self.log(name)
        return "\n".join(
            log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else ()
        )

    def write_plan(self, plan: Plan) -> None:
        self._write("plan.json", asdict(plan))

    def plan(self) -> Plan:
        """The plan of the stack that runs or ran last; raises FileNotFoundError without one."""
        written = json.loads((self.path / "plan.json").read_text())
        return Plan(written["host"], tuple(Part.read(part) for part in written["parts"]))

    def write_state(self, state: State) -> None:
        self._write("state.json", asdict(state))

    def state(self) -> State | None:
        """What the last supervisor wrote; None when it ended in peace or never was."""
        file = self.path / "state.json"
        return State.read(json.loads(file.read_text())) if file.exists() else None

    def forget_state(self) -> None:
        (self.path / "state.json").unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[int]:
        """The folder's lock, while inside and as long as a process that was given it lives.

        Raises RunsAlready when somebody else has it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RunsAlready(str(self.path)) from None
            yield lock.fileno()

    def _write(self, name: str, value: Any) -> None:
        """Whole or not at all: it is read by others at any time."""
        new = self.path / f"{name}.{os.getpid()}"
        new.write_text(json.dumps(value, indent=1))
        new.replace(self.path / name)
