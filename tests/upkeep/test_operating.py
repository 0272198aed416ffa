"""The operator's passage about data: every command in it is run, as it stands there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.server.running import Running
from tests.upkeep.test_move import target

__all__ = ["target"]
pytestmark = pytest.mark.server

OPERATING = Path(__file__).parents[2] / "docs/operating.md"
# What a test of their own runs: test_point_in_time.py.
OF_A_CLUSTER = {"restore /backups --to", "stack down", "stack up"}


def commands(heading: str) -> list[str]:
    """The lines of the section's blocks, in order, each once."""
    section = OPERATING.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("voxpop ") for line in lines)
    return list(dict.fromkeys(line.removeprefix("voxpop ") for line in lines))


@pytest.mark.long
def test_what_an_operator_is_told_about_data_works(
    prepared: Path, tmp_path: Path, target: str
) -> None:
    shutil.copytree(prepared, tmp_path / "data")
    (tmp_path / "backups").mkdir()
    server = Running(tmp_path / "data", 1)
    told = commands("Backup and restore") + commands("From SQLite to PostgreSQL")
    ran = []
    for line in told:
        if any(line.startswith(other) for other in OF_A_CLUSTER):
            continue
        there = re.sub(r"postgres://\S+", target, line)
        there = there.replace("/srv/voxpop", str(server.data))
        for made in (tmp_path / "backups").glob("*.sqlite3"):
            there = there.replace("/backups/voxpop-20260301-020000.sqlite3", str(made))
        server.command(*shlex.split(there.replace("/backups ", f"{tmp_path}/backups ")))
        ran.append(line.split()[0])
    assert ran == ["backup", "restore", "move"]
