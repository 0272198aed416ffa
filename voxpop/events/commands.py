"""`voxpop outbox list|retry|drop`: what was given up, for the operator to look at and to decide."""

import argparse
import json
from typing import Any

from voxpop.events import claiming

Commands = Any  # argparse keeps the class of its subparsers to itself


def add_commands(commands: Commands) -> None:
    """Put our commands into the `voxpop` command."""
    outbox = commands.add_parser("outbox", help="what is still to follow, and what failed for good")
    verbs = outbox.add_subparsers(required=True, metavar="VERB")

    listing = verbs.add_parser("list", help="how the outbox stands, and what was given up")
    listing.add_argument("--json", action="store_true", help="one JSON object on the last line")
    listing.set_defaults(run=_list)

    retry = verbs.add_parser("retry", help="try again what was given up")
    which = retry.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", nargs="*", type=int, metavar="ID", default=[])
    which.add_argument("--all", action="store_true")
    retry.set_defaults(run=_retry)

    drop = verbs.add_parser("drop", help="forget what was given up")
    drop.add_argument("ids", nargs="+", type=int, metavar="ID")
    drop.set_defaults(run=_drop)


def _list(options: argparse.Namespace) -> None:
    now = claiming.standing()
    lost = claiming.given_up()
    if options.json:
        told = {
            **now.__dict__,
            "events": [
                {
                    "id": row.pk,
                    "name": row.name,
                    "created": row.created.isoformat(),
                    "attempts": row.attempts,
                    "finished": row.finished,
                    "error": row.error,
                }
                for row in lost
            ],
        }
        print(json.dumps(told))
        return
    print(
        f"{now.waiting} waiting, {now.due} of them due (the oldest for {now.lag:.0f} s), "
        f"{now.given_up} given up"
    )
    for row in lost:
        print(f"{row.pk}  {row.created:%Y-%m-%d %H:%M}  {row.name}  {row.error.splitlines()[0]}")


def _retry(options: argparse.Namespace) -> int:
    return _told(claiming.retry(None if options.all else options.ids), options, "tried again")


def _drop(options: argparse.Namespace) -> int:
    return _told(claiming.drop(options.ids), options, "forgotten")


def _told(count: int, options: argparse.Namespace, what: str) -> int:
    """Exit code 1 when an id was none of the given up."""
    print(f"{count} {what}")
    return 0 if count >= len(options.ids) else 1
