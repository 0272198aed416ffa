"""`voxpop edge …`: for the operator of edge nodes. Needs neither database nor running server."""

import argparse
import json
from typing import Any

from django.conf import settings

from voxpop.edge.explain import explained


def add_commands(commands: Any) -> None:
    """Add `edge explain`."""
    edge = commands.add_parser("edge", help="look at the edge nodes")
    verbs = edge.add_subparsers(required=True, metavar="VERB")
    _add_explain(verbs)


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
