"""The operator's document as a script: its blocks, each for one machine, and who runs them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.browser.harness.waiting import wait_until
from tests.upkeep.machines import Machine

ROOT = Path(__file__).parents[2]
OPERATING = ROOT / "docs/operating.md"
THREE = "tests/upkeep/test_three_machines.py"
ONE = "tests/upkeep/test_one_machine.py"
PATIENCE = 60
# Programs that are none of ours and not on the machines of the tests.
NOT_RUN = {"Mail": "Postfix"}

# Heading by heading: who runs it, and the machines of its blocks in their order. What is new in the
# document is written here when there is a test that runs it (tests/contracts/test_operating.py).
RUN_BY = {
    "On one machine, by one command": (ONE, "one one"),
    "1. One process": (THREE, "app"),
    "SQLite": (THREE, "app app"),
    "2. The data on a machine of its own": (THREE, "data app"),
    "3. The edge on a third machine": (THREE, "app web web app"),
    "Cassandra": (THREE, "app web"),
    "Several edge nodes": (THREE, "edge2 app web web edge2 app"),
    "PostgreSQL of the stack": (ONE, "one one"),
    "Following": (THREE, "data standby app app"),
    "Taking over": (THREE, "app standby app web data app app"),
    "A new version": (THREE, "app web"),
}


@dataclass(frozen=True)
class Block:
    machine: str
    commands: str


def passage(heading: str) -> list[Block]:
    """The blocks under this heading, as far as the next one."""
    return [block for where, block in blocks() if where == heading]


def blocks() -> Iterator[tuple[str, Block]]:
    """Every block of the document with the heading that it stands under."""
    heading = ""
    # What begins with a number sign inside a block is no heading.
    parts = re.split(r"^(```.*\n(?:.*\n)*?```)$", OPERATING.read_text(), flags=re.M)
    for prose, block in zip(parts[::2], [*parts[1::2], ""], strict=True):
        heading = (re.findall(r"^##+ (.+)$", prose, re.M) or [heading])[-1]
        if block:
            first, _, commands = block.removesuffix("```").partition("\n")
            yield heading, Block(first.removeprefix("```sh").strip(), commands)


def follow(
    machines: dict[str, Machine], told: list[Block], words: dict[str, str] | None = None
) -> None:
    """Do what the blocks say, each on its machine, with the operator's own words for ours."""
    for block in told:
        commands = block.commands
        for word, real in (words or {}).items():
            commands = commands.replace(word, real)
        machine = machines[block.machine]
        for doctor in re.findall(r"^voxpop doctor.*$", commands, re.M):
            # It is well when all parts have found each other.
            wait_until(partial(is_well, machine, doctor), "health", PATIENCE)
        machine.run(commands, seconds=300)


def is_well(machine: Machine, doctor: str) -> bool:
    return "BAD" not in machine.run(f"{doctor} || true")
