"""`voxpop analytics count`: counts the views that the edge nodes of this machine hand out."""

import argparse
import signal
import threading
from typing import Any

from django.conf import settings

from voxpop.analytics.ncsa import EdgeCounter
from voxpop.settings.environment import SettingsError

Commands = Any  # argparse keeps the class of its subparsers to itself


def add_commands(commands: Commands) -> None:
    """Put our commands into the `voxpop` command."""
    analytics = commands.add_parser("analytics", help="figures of what is read and written")
    verbs = analytics.add_subparsers(required=True, metavar="VERB")
    count = verbs.add_parser("count", help="count what this machine's edge nodes hand out")
    count.set_defaults(run=_count)


def _count(options: argparse.Namespace) -> None:
    if not settings.METRICS_VARNISH:
        raise SettingsError(
            "VOXPOP_METRICS_VARNISH names no edge node of this machine: there is nothing to count."
        )
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    EdgeCounter(settings.METRICS_VARNISH).run(stopping)
