"""`voxpop audit …`: exit code 0 when nothing was wrong, 1 when something was, 2: unclear."""

import argparse
import json
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from voxpop.audit.clocks import NoFakeTime, library
from voxpop.audit.history import read_history
from voxpop.audit.lab import LabError
from voxpop.audit.run import ACKNOWLEDGED, KILLS, Outcome, judged, prepare, run_audit
from voxpop.audit.scenarios import EVERYTHING, SCENARIOS, long_run
from voxpop.audit.storm import Storm, run_storm
from voxpop.audit.summary import summary
from voxpop.audit.tenancy.table import TABLE
from voxpop.audit.tenancy.walk import Walk
from voxpop.settings.environment import SettingsError
from voxpop.stack.engines import EngineFailed

Commands = Any  # argparse keeps the class of its subparsers to itself
SECONDS = 60.0
SHOWN = 10
# What says that the lab does not stand, or no more; not a word about the product.
BROKEN = (LabError, EngineFailed, NoFakeTime, SettingsError)


def add_commands(commands: Commands) -> None:
    """Put our commands into the `voxpop` command."""
    audit = commands.add_parser("audit", help="prove that nothing wrong is shown")
    kinds = audit.add_subparsers(required=True, metavar="WHAT")
    cache = kinds.add_parser(
        "cache", help="run writers, readers and faults through an edge of its own, and judge"
    )
    cache.add_argument("--seconds", type=float, default=SECONDS, help="how long is written")
    cache.add_argument("--seed", type=int, default=1, help="the same people and faults again")
    cache.add_argument(
        "--scenario", choices=["long", *SCENARIOS], default="long", help="a run of its own kind"
    )
    cache.add_argument(
        "--engines", action="store_true",
        help="the long run with PostgreSQL, a standby, Redis, memcached and Cassandra behind it",
    )  # fmt: skip
    cache.add_argument("--folder", type=Path, help="where the history goes; kept")
    cache.add_argument("--prepared", type=Path, metavar="DIR", help="made by --prepare, copied")
    cache.add_argument("--prepare", type=Path, metavar="DIR", help="make a start for many runs")
    cache.add_argument("--check", type=Path, metavar="FILE", help="judge a kept history again")
    cache.add_argument("--json", action="store_true", help="one JSON object on the last line")
    cache.set_defaults(run=_cache, uses_database=False)
    tenancy = kinds.add_parser(
        "tenancy",
        help="ask every route as everybody, of a forum that is theirs and one that is not",
    )
    tenancy.add_argument("--url", help="where the server is asked; VOXPOP_HOST where left out")
    tenancy.add_argument("--only", default="", help="routes that begin so: moderate/bans")
    tenancy.add_argument("--json", action="store_true", help="one JSON object on the last line")
    tenancy.set_defaults(run=_tenancy)
    writes = kinds.add_parser(
        "writes", help="kill whoever takes comments again and again: none is lost, none is double"
    )
    writes.add_argument("--writes", type=int, default=100_000, help="acknowledged, at least")
    writes.add_argument("--kills", type=int, default=25, help="spread among them")
    writes.add_argument("--seed", type=int, default=1, help="the same people and kills again")
    writes.add_argument("--folder", type=Path, help="where the history goes; kept")
    writes.add_argument("--json", action="store_true", help="one JSON object on the last line")
    writes.set_defaults(run=_writes, uses_database=False, scenario="storm")


def _cache(options: argparse.Namespace) -> int:
    if options.check:
        outcome = judged(options.check, list(read_history(options.check)))
        return _told(outcome, options, Asked("audit-cache", "a history that was kept"))
    try:
        if options.prepare:
            print(prepare(options.prepare))
            return 0
        return _run(options)
    except BROKEN as error:
        return _broke(error)


def _tenancy(options: argparse.Namespace) -> int:
    """On a server that runs with the settings and the database of this process."""
    rows = [each for each in TABLE if each.route.startswith(options.only)]
    if not rows:
        print(f"No route begins with {options.only}.")
        return 2
    walk = Walk(options.url or settings.HOST, tell=partial(print, flush=True))
    if not walk.is_answered():
        print(f"Nobody answers at {options.url or settings.HOST}, so that nothing is known.")
        return 2
    found = walk.walk(rows)
    code = 1 if found.wrong else 0
    print(f"asked {found.asked} times: {found.allowed} let through, {found.refused} refused")
    if found.limited:
        print(f"held off by limits at open doors, and so not known: {found.limited}")
    print(f"Wrong: {len(found.wrong)}." if code else "Everybody reached what is his, and no more.")
    if options.json:
        told = {"name": "tenancy", **asdict(found), "code": code}
        print(json.dumps(told))
    return code


def _writes(options: argparse.Namespace) -> int:
    folder = _folder(options)
    try:
        outcome = run_storm(Storm(options.writes, options.kills), options.seed, folder, tell=print)
    except BROKEN as error:
        return _broke(error)
    at_least = {ACKNOWLEDGED: options.writes, KILLS: options.kills}
    size = f"{options.writes} comments, {options.kills} kills, seed {options.seed}"
    return _ended(outcome, options, folder, Asked("audit-writes", size, at_least))


def _folder(options: argparse.Namespace) -> Path:
    folder: Path = options.folder or Path(tempfile.mkdtemp(prefix="voxpop-audit-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Asked:
    """What was to be run, and what it had to reach."""

    name: str
    size: str
    at_least: dict[str, int] = field(default_factory=dict)


def _ended(outcome: Outcome, options: argparse.Namespace, folder: Path, asked: Asked) -> int:
    """Print what was found; what nobody wants to look at goes."""
    code = _told(outcome, options, asked)
    if code == 0 and options.folder is None:
        shutil.rmtree(folder)
    return code


def _broke(error: BaseException) -> int:
    print(f"The lab broke, so that nothing is known: {error}")
    return 2


def _run(options: argparse.Namespace) -> int:
    folder = _folder(options)
    scenario = SCENARIOS.get(options.scenario)
    if scenario is None:
        scenario = long_run(
            options.seed, options.seconds, has_fake_time=_has_fake_time(),
            engines=EVERYTHING if options.engines else frozenset(),
        )  # fmt: skip
    for step in scenario.plan:
        print(f"  at {step.at:5.1f} s for {step.seconds:4.1f} s  {step.fault} {step.target}")
    outcome = run_audit(scenario, options.seed, folder, prepared=options.prepared, tell=print)
    behind = ", with all engines" if options.engines and scenario.name == "long" else ""
    size = f"{scenario.name}, {scenario.writing:g} s, seed {options.seed}{behind}"
    return _ended(outcome, options, folder, Asked("audit-cache", size))


def _told(outcome: Outcome, options: argparse.Namespace, asked: Asked) -> int:
    """Print what was found; the exit code."""
    broken = Counter(violation.invariant for violation in outcome.violations)
    for name, number in outcome.figures.items():
        print(f"{name:22}{number}")
    for name, seconds in outcome.found_after.items():
        print(f"{name} shown after {seconds} s")
    for violation in outcome.violations[:SHOWN]:
        print(f"{violation.invariant}: {violation.told}")
        for op in violation.ops[:4]:
            print(f"    {op.told()}")
    code = 1 if broken else 0 if outcome.is_telling else 2
    verdict = {0: "Nothing wrong was shown.", 2: "Too little happened to know."}
    print(verdict.get(code) or f"Wrong: {dict(broken)}. The history is kept: {outcome.history}")
    if options.json:
        is_kept = code != 0 or options.folder or getattr(options, "check", None)
        told = {
            **summary(asked.name, asked.size, outcome, asked.at_least),
            "seed": options.seed, "scenario": options.scenario,
            "history": str(outcome.history) if is_kept else "", "code": code,
        }  # fmt: skip
        print(json.dumps(told))
    return code


def _has_fake_time() -> bool:
    try:
        library()
    except NoFakeTime:
        print("faketime is not installed: no clock jumps in this run")
        return False
    return True
