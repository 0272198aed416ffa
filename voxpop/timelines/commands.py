"""`voxpop timelines rebuild`."""

import argparse
import sys
import time
from typing import Any

from voxpop import ids
from voxpop.timelines.chosen import keeps_comments, timelines
from voxpop.timelines.comments import rebuild
from voxpop.timelines.contract import StoreAway

Commands = Any  # argparse keeps the class of its subparsers to itself
PATIENCE = 30.0  # seconds that it waits, again and again, for a store that is away


def add_commands(commands: Commands) -> None:
    """Put our command beside the others."""
    actions = commands.add_parser("timelines", help="timelines").add_subparsers(required=True)
    again = actions.add_parser("rebuild", help="make all timelines again from the database")
    again.add_argument("--after", type=_comment_id, default=0, metavar="ID",
                       help="go on after this comment")  # fmt: skip
    again.add_argument("--until", type=_comment_id, metavar="ID", help="end with this comment")
    again.set_defaults(run=_rebuild)


def _comment_id(text: str) -> int:
    found = ids.private(text)
    if found is None:
        raise argparse.ArgumentTypeError("write the 13 letters of a comment's id")
    return found


def _rebuild(options: argparse.Namespace) -> int:
    # Without Cassandra the comments are their own timelines of authors and forums.
    wanted = {"until": options.until, "with_activity": keeps_comments()}
    place, done = options.after, 0

    def progress(count: int, last: int) -> None:
        nonlocal place
        place = last
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done + count:,} comments, up to {ids.public(last)} ")

    quiet_since = time.monotonic()
    while True:
        before = place
        try:
            done += rebuild(timelines(), after=place, on_progress=progress, **wanted)
        except StoreAway as away:
            now = time.monotonic()
            if place != before:
                quiet_since = now
            if now - quiet_since > PATIENCE:
                _say(f"The store is away: {away}")
                _say(f"Go on with: voxpop timelines rebuild --after {ids.public(place)}")
                return 1
            time.sleep(1)
        else:
            _say(f"{done:,} comments are in their timelines.")
            return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
