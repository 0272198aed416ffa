"""The product with everything in front of it, as an operator has it by one command."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.browser.harness.product import VOXPOP, Product
from tests.browser.harness.waiting import wait_until

# Seconds for what waits for a part to be missed, started again and found: never for a healthy one.
PATIENCE = 60


class Stack(Product):
    """Its parts may hang and die."""

    def parts(self) -> dict[str, Any]:
        told = subprocess.run(
            [VOXPOP, "stack", "status", "--json", "--data", str(self.data)],
            env=self.environment, capture_output=True, text=True, timeout=60, check=False,
        ).stdout  # fmt: skip
        return {part["name"]: part for part in json.loads(told)["parts"]}

    @contextmanager
    def paused(self, kind: str) -> Iterator[None]:
        """The parts of this kind hang: they take connections and answer nothing."""
        hanging = [part["pid"] for part in self.parts().values() if part["kind"] == kind]
        for pid in hanging:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in hanging:
                os.kill(pid, signal.SIGCONT)

    def kill(self, name: str) -> None:
        """End a part as a power cut would; return when another stands in its place."""
        before = self.parts()[name]
        os.kill(before["pid"], signal.SIGKILL)

        def stands_again() -> bool:
            part = self.parts()[name]
            return part["restarts"] > before["restarts"] and part["state"] == "answers"

        wait_until(stands_again, f"another {name}", PATIENCE)
