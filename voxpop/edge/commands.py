"""`voxpop edge …`: for the operator of edge nodes. Needs neither database nor running server."""

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from voxpop.edge.explain import explained
from voxpop.edge.forget import everything, orders_of, tell_all
from voxpop.edge.node import Node


def add_commands(commands: Any) -> None:
    """Add `edge explain`, `edge forget` and `edge start-file`."""
    edge = commands.add_parser("edge", help="look at the edge nodes, make them forget")
    verbs = edge.add_subparsers(required=True, metavar="VERB")
    _add_explain(verbs)
    _add_forget(verbs)
    _add_start_file(verbs)


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


def _add_start_file(verbs: Any) -> None:
    parser = verbs.add_parser("start-file", help="what an edge node's varnishd is started with")
    parser.add_argument(
        "--backend", action="append", type=_address, required=True, metavar="ADDRESS:PORT",
        help="where a process of Django answers; once for each",
    )  # fmt: skip
    parser.add_argument(
        "--proxy", action="append", default=[], metavar="ADDRESS",
        help="a load balancer, which may say for whom it asks; once for each",
    )  # fmt: skip
    parser.set_defaults(run=_print_start_file, uses_database=False)


def _address(text: str) -> tuple[str, int]:
    """A backend; raises ValueError, which argparse words, for one without a port."""
    host, _, port = text.rpartition(":")
    if not host:
        raise ValueError(text)
    return host, int(port)


def _print_start_file(options: argparse.Namespace) -> int:
    if not settings.EDGE_SECRET:
        print("VOXPOP_EDGE_SECRET is not set: the node and Django have to know the same.")
        return 2
    public = urlsplit(settings.HOST)
    # Only what goes into the text; the listeners are varnishd's own command line.
    node = Node(
        name="", port=0, purge_port=0, folder=Path(), secret=settings.EDGE_SECRET,
        backends=options.backend, proxies=options.proxy, scheme=public.scheme,
        hosts=(public.hostname or "localhost", *settings.EXTRA_HOSTS),
    )  # fmt: skip
    print(node.start_file(), end="")
    return 0
