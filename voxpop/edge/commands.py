"""`voxpop edge …`: for the operator of edge nodes. Needs neither database nor running server."""

import argparse
import json
from typing import Any

from django.conf import settings

from voxpop.edge.explain import explained
from voxpop.edge.forget import everything, orders_of, tell_all


def add_commands(commands: Any) -> None:
    """Add `edge explain` and `edge forget`."""
    edge = commands.add_parser("edge", help="look at the edge nodes, make them forget")
    verbs = edge.add_subparsers(required=True, metavar="VERB")
    _add_explain(verbs)
    _add_forget(verbs)


def _add_explain(verbs: Any) -> None:
    parser = verbs.add_parser("explain", help="how each node sees an address")
    parser.add_argument("url", help="an address of ours, whole or from its first slash")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_explain, uses_database=False)


def _explain(options: argparse.Namespace) -> int:
    told = list(explained(options.url))
    if options.json:
        print(json.dumps(dict(told)))
        return 0
    for who, lines in told:
        print(who)
        for line in lines:
            print(f"  {line}")
    if not settings.EDGE_NODES:
        print("No edge node is known here: VOXPOP_EDGE_NODES names none.")
    return 0


def _add_forget(verbs: Any) -> None:
    parser = verbs.add_parser("forget", help="make every node forget, now")
    parser.add_argument(
        "what", nargs="*", metavar="KEY|URL", help="t:THREAD, f:FORUM, s:FORUM, or an address"
    )
    parser.add_argument("--all", action="store_true", help="all that is stored, stale copies too")
    parser.set_defaults(run=_forget, uses_database=False)


def _forget(options: argparse.Namespace) -> int:
    if options.all == bool(options.what):
        print("Say what is to be forgotten: keys, addresses, or --all.")
        return 2
    if not settings.EDGE_NODES:
        print("No edge node is known here: VOXPOP_EDGE_NODES names none.")
        return 2
    try:
        orders = everything() if options.all else orders_of(options.what)
    except ValueError as error:
        print(error)
        return 2
    told = tell_all(settings.EDGE_NODES, orders)
    for each in told:
        print(f"{'ok  ' if each.is_done else 'BAD '} {each.node}: {each.told}")
    return 0 if all(each.is_done for each in told) else 1
