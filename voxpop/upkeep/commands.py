"""`voxpop backup`, `voxpop restore` and `voxpop move`."""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def add_commands(commands: Any) -> None:
    """Put our commands beside the others."""
    parser = commands.add_parser("backup", help="copy the database, and prove the copy")
    parser.add_argument("target", type=Path, metavar="FILE|FOLDER")
    parser.add_argument(
        "--as", dest="admin", metavar="postgres://…",
        help="PostgreSQL's superuser, where the cluster is not the stack's own",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_back_up, uses_database=False)
    parser = commands.add_parser("restore", help="put a backup in the database's place")
    parser.add_argument("file", type=Path, metavar="FILE|FOLDER")
    parser.add_argument(
        "--to", type=_moment, metavar="TIME", help="a folder's: 2026-03-01T12:00Z; default: its end"
    )
    parser.add_argument("--replace", action="store_true", help="put a database aside that is there")
    parser.add_argument(
        "--ledger", type=Path, action="append", default=[], metavar="FOLDER",
        help="of another machine, beside our own",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_restore, uses_database=False)

    parser = commands.add_parser("catch-up", help="after a failover: what the standby had not got")
    parser.add_argument(
        "--ledger", type=Path, action="append", default=[], metavar="FOLDER",
        help="of another machine, beside our own",
    )  # fmt: skip
    parser.set_defaults(run=_catch_up, uses_database=False)
    parser = commands.add_parser("move", help="move from SQLite to PostgreSQL")
    parser.add_argument("--to", required=True, metavar="postgres://user:password@host:port/name")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_move, uses_database=False)


def _back_up(options: argparse.Namespace) -> None:
    from django.conf import settings
    from django.db import connection

    from voxpop.tenure import refuse_unless_open, together
    from voxpop.upkeep.backup import back_up

    with together():
        refuse_unless_open(connection)
        if connection.vendor == "sqlite":
            file = back_up(options.target)
        else:
            from voxpop.upkeep.cluster import back_up_cluster, own_admin

            file = back_up_cluster(options.target, options.admin or own_admin(settings.DATABASE))
    print(json.dumps({"file": str(file)}) if options.json else f"Backed up to {file}")


def _restore(options: argparse.Namespace) -> None:
    from voxpop.tenure import alone
    from voxpop.upkeep.cluster import restore_cluster
    from voxpop.upkeep.restore import restore

    how = {
        "replaces": options.replace,
        "ledgers": options.ledger,
        "on_step": _quiet if options.json else _tell,
    }
    with alone():
        if options.file.is_dir():
            restored = restore_cluster(options.file, to=options.to, **how)
        else:
            restored = restore(options.file, **how)
    if options.json:
        print(json.dumps(asdict(restored), default=str))
        return
    print(
        f"Restored {restored.comments} comments in {restored.threads} threads as they were at "
        f"{restored.made}; {restored.replayed} removals and bans since were done again."
    )
    if restored.kept:
        print(f"The database that was there: {restored.kept}")


def _catch_up(options: argparse.Namespace) -> None:
    from django.conf import settings

    from voxpop.server.prepare import make_schema
    from voxpop.tenure import alone
    from voxpop.upkeep.restore import catch_up

    with alone():
        make_schema()
        replayed = catch_up([settings.LEDGER, *options.ledger])
    print(f"{replayed} removals and bans were done again; every thread's log begins anew.")


def _move(options: argparse.Namespace) -> None:
    from voxpop.tenure import alone
    from voxpop.upkeep.move import move

    with alone():
        moved = move(options.to, _quiet if options.json else _tell)
    if options.json:
        print(json.dumps(asdict(moved)))
        return
    print(
        f"Moved {moved.rows} rows; {moved.tables} tables and {moved.threads} threads are the same. "
        "Now set VOXPOP_DATABASE to the new database and start the server."
    )


def _moment(text: str) -> datetime:
    """A moment with its time zone; without one it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tell(step: str) -> None:
    print(f"{step} …", flush=True)


def _quiet(step: str) -> None:
    """One line of JSON is all that is wanted."""
