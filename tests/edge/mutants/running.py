"""Running the auditor: on the product as it is, or on a copy of it with a fault in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
RUN = "from voxpop.cli import main; main()"
NOT_COPIED = shutil.ignore_patterns("__pycache__", "tests")


def copy_product(folder: Path) -> Path:
    """The package in a folder of its own, and what it finds beside it."""
    shutil.copytree(ROOT / "voxpop", folder / "voxpop", ignore=NOT_COPIED)
    (folder / "ops").symlink_to(ROOT / "ops")
    return folder


def audit(*arguments: str, product: Path = ROOT, seconds: float = 300) -> str:
    """What `voxpop audit …` of the product in this folder printed."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("VOXPOP_")
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, "audit", *arguments],
        cwd=product, env={**environment, "PYTHONPATH": str(product)},
        capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    # 1 is also the code of a program that broke.
    is_judged = done.returncode == 0 or (done.returncode == 1 and "Wrong: " in done.stdout)
    assert is_judged, done.stdout + done.stderr
    return done.stdout


def prepare(folder: Path) -> Path:
    """A data folder with people in it, from which many runs begin."""
    return Path(audit("cache", "--prepare", str(folder)).splitlines()[-1])


def judgement(
    scenario: str, prepared: Path | None, folder: Path, product: Path = ROOT
) -> dict[str, Any]:
    """What a run of one scenario found; beside it in `folder` lies its history."""
    start = ("--prepared", str(prepared)) if prepared else ()
    return _found(audit("cache", "--scenario", scenario, *start, *_kept(folder), product=product))


def storm(writes: int, kills: int, folder: Path, product: Path = ROOT) -> dict[str, Any]:
    """What a storm of so many comments and kills found."""
    size = ("--writes", str(writes), "--kills", str(kills))
    return _found(
        audit("writes", *size, *_kept(folder), product=product, seconds=120 + writes / 10)
    )


def long(seed: int, seconds: float, folder: Path) -> dict[str, Any]:
    """What a run of so many seconds with everything behind Django found."""
    size = ("--engines", "--seed", str(seed), "--seconds", f"{seconds:g}")
    return _found(audit("cache", *size, *_kept(folder), seconds=180 + 2 * seconds))


def _kept(folder: Path) -> tuple[str, ...]:
    return ("--folder", str(folder), "--json")


def _found(told: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    found["told"] = told
    return found
