"""The history: what every session asked and was answered, one JSON object a line, on one clock.

Whatever is later judged is judged by the history alone, so that a run can be judged again, and by
others. Times are seconds of one monotonic clock.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# How an operation ended: `ok` it was answered, `fail` it was refused and did nothing, `info`
# nobody knows (no answer came), so it may have happened or not.
OK, FAIL, INFO = "ok", "fail", "info"
HELD = 202  # the status of what was taken and waits for a moderator


@dataclass(slots=True)
class Op:
    """One operation of one session, a fault, or a fact about the run (`promise`, `log`)."""

    proc: str
    f: str  # read post edit delete decide vote overlay home | log | fault | promise
    type: str = INFO
    t0: float = 0.0
    t1: float = 0.0
    thread: str = ""
    key: str = ""  # the comment that is written to, the address that is read, the kind of fault
    value: Any = None
    ver: int | None = None  # the place in the thread's log that the answer names
    via: str = ""  # the edge node, or `origin`
    age: float | None = None  # seconds that the answer had been stored
    status: int = 0
    user: str = ""
    floor: int = 0  # the place that the session's own writes oblige this answer to have reached
    is_hit: bool = False
    is_stale: bool = False
    # Whose private words were in the answer, beside the asker's own.
    leaks: list[str] = field(default_factory=list)
    # Of a write: the statuses of the answers before the last, 0 where none came.
    before: list[int] = field(default_factory=list)

    def told(self) -> str:
        """One line for a person."""
        place = f" seq {self.ver}" if self.ver is not None else ""
        return (
            f"{self.t0:9.3f}–{self.t1:.3f} {self.proc} {self.f} {self.type} {self.status}"
            f" {self.thread} {self.key}{place} via {self.via or '-'}"
            f"{' hit' if self.is_hit else ''}{' stale' if self.is_stale else ''}"
        )


class History:
    """Collects operations of many threads and writes each to the file as it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ops: list[Op] = []
        self._lock = threading.Lock()
        self._file = path.open("w", encoding="utf-8")

    def add(self, op: Op) -> None:
        """Keep one operation that has ended."""
        line = json.dumps(asdict(op), separators=(",", ":"))
        with self._lock:
            self.ops.append(op)
            self._file.write(line + "\n")

    def close(self) -> None:
        """No more is to come."""
        self._file.close()


def read_history(path: Path) -> Iterator[Op]:
    """The operations of a kept history, in the order in which they ended."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Op(**json.loads(line))
