"""`voxpop stack up|down|status`."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from voxpop.settings.environment import SettingsError, is_told, origin
from voxpop.stack.folder import Folder, RunsAlready
from voxpop.stack.layout import KINDS, MOST_EDGES, MOST_WORKERS, Choice
from voxpop.stack.truth import keeps_sqlite
from voxpop.stack.verbs import Health, StackFailed, bring_up, health, running, take_down

Commands = Any


def add_commands(commands: Commands) -> None:
    """The stack's commands."""
    stack = commands.add_parser("stack", help="the full stack on loopback, kept alive")
    actions = stack.add_subparsers(required=True, metavar="ACTION")

    up = actions.add_parser("up", help="start it, and return when everything answers")
    up.add_argument("--port", type=int, default=8443, help="where readers come in (8443)")
    up.add_argument("--host", default="", metavar="ORIGIN", help="the public address")
    up.add_argument("--edges", type=int, choices=range(1, MOST_EDGES + 1), default=1)
    up.add_argument("--workers", type=int, choices=range(1, MOST_WORKERS + 1), default=2)
    up.add_argument("--memory", default="256m", help="of each edge node")
    up.add_argument("--certificate", type=Path, metavar="FILE", help="key and chain in one file")
    up.add_argument("--without", action="append", choices=KINDS, default=[], metavar="PART",
                    help=f"leave a part out: {', '.join(KINDS)}")  # fmt: skip
    up.add_argument("--json", action="store_true")
    up.set_defaults(run=_up, uses_database=False)

    down = actions.add_parser("down", help="end what `up` started, and nothing else")
    down.set_defaults(run=_down, uses_database=False)

    status = actions.add_parser("status", help="every part: where, how it is, how often restarted")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status, uses_database=False)


def _up(options: argparse.Namespace) -> int:
    if running(settings.DATA):
        print(f"The stack of {settings.DATA} runs already. `voxpop stack down` ends it.")
        return _tell(options.json)
    try:
        bring_up(_choice(options))
    except RunsAlready:
        print(f"Another `voxpop stack up` is at work on {settings.DATA}.")
        return 1
    except StackFailed as failure:
        print(failure)
        return 1
    if keeps_sqlite(settings.DATA) and not options.json:
        print("The comments stay in SQLite, where they are. `voxpop move` takes them elsewhere.")
    return _tell(options.json)


def _choice(options: argparse.Namespace) -> Choice:
    return Choice(
        data=settings.DATA,
        port=options.port,
        host=_host(options.host),
        edges=options.edges,
        workers=options.workers,
        without=[*options.without, *_elsewhere()],
        memory=options.memory,
        extra_hosts=tuple(settings.EXTRA_HOSTS),
        certificate=options.certificate and options.certificate.resolve(),
        jars=settings.CASSANDRA_JARS,
        secret=settings.EDGE_SECRET,
    )


def _elsewhere() -> list[str]:
    """What the operator runs himself: the settings say where. And comments stay where they are."""
    told = {
        "postgres": is_told("DATABASE") or keeps_sqlite(settings.DATA),
        "replica": settings.DATABASE_REPLICA,
        "redis": settings.REDIS,
        "memcached": settings.MEMCACHED,
        "cassandra": settings.CASSANDRA,
    }
    return [kind for kind, where in told.items() if where]


def _host(given: str) -> str:
    told = given or os.environ.get("VOXPOP_HOST", "")
    try:
        return origin(told) if told else ""
    except ValueError as error:
        raise SettingsError(f"--host {told}: {error}") from None


def _down(options: argparse.Namespace) -> None:
    is_ended = take_down(settings.DATA)
    print("The stack has ended." if is_ended else f"No stack runs on {settings.DATA}.")


def _status(options: argparse.Namespace) -> int:
    return _tell(options.json)


def _tell(is_json: bool) -> int:
    """Print how it is; 0 when everything answers."""
    parts = health(settings.DATA)
    folder = Folder.of(settings.DATA)
    is_well = bool(parts) and all(part.is_well for part in parts)
    if is_json:
        told = {
            "running": bool(parts),
            "well": is_well,
            "host": folder.plan().host if parts else None,
            "logs": str(folder.path),
            "parts": [_shape(part) for part in parts],
        }
        print(json.dumps(told))
    elif not parts:
        print(f"No stack runs on {settings.DATA}. `voxpop stack up` starts one.")
    else:
        for part in parts:
            print(_line(part))
        print(f"\nReaders: {folder.plan().host}   Logs: {folder.path}")
    return 0 if is_well else 1


def _shape(health: Health) -> dict[str, Any]:
    return {
        "name": health.part.name,
        "kind": health.part.kind,
        "pid": health.known.process.pid if health.known.process else None,
        "address": health.part.address,
        "state": health.state,
        "since": health.known.since,
        "restarts": health.known.restarts,
        "ended": health.known.told,
    }


def _line(health: Health) -> str:
    known = health.known
    pid = str(known.process.pid) if known.process else "-"
    again = f"  started again {known.restarts} times; {known.told}" if known.restarts else ""
    return f"{health.part.name:10} {health.state:8} {pid:>8}  {health.part.address:28}{again}"
