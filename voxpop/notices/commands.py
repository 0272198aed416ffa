"""`voxpop mail bounces`, and `voxpop timelines rebuild`: here, since inboxes are timelines too."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from voxpop import ids
from voxpop.notices.again import fill_inboxes
from voxpop.notices.bounces import hear_report
from voxpop.timelines.chosen import keeps_comments, timelines
from voxpop.timelines.comments import rebuild
from voxpop.timelines.contract import StoreAway, Timelines
from voxpop.timelines.marks import mark_again

Commands = Any  # argparse keeps the class of its subparsers to itself
LONGEST_REPORT = 1024 * 1024  # bytes
TRY_AGAIN = os.EX_TEMPFAIL  # a mail server keeps it and comes back
PATIENCE = 30.0  # seconds that it waits, again and again, for a store that is away


def add_commands(commands: Commands) -> None:
    """Put our command beside the others."""
    actions = commands.add_parser("timelines", help="timelines").add_subparsers(required=True)
    again = actions.add_parser("rebuild", help="make all timelines again from the database")
    again.add_argument("--after", type=_comment_id, default=0, metavar="ID",
                       help="go on after this comment")  # fmt: skip
    again.add_argument("--until", type=_comment_id, metavar="ID", help="end with this comment")
    again.set_defaults(run=_rebuild)

    mail = commands.add_parser("mail", help="mail").add_subparsers(required=True)
    bounces = mail.add_parser("bounces", help="hear a mail server's report, on standard input")
    bounces.set_defaults(run=_hear)


def _hear(_: argparse.Namespace) -> int:
    """Whatever it was, it is taken: a refusal would be answered by a report of a report."""
    sent_to = os.environ.get("ORIGINAL_RECIPIENT", "")  # as Postfix tells an alias's command
    try:
        why = hear_report(sys.stdin.buffer.read(LONGEST_REPORT), sent_to)
    except DatabaseError as error:
        _say(f"The database does not answer: {type(error).__name__}")
        return TRY_AGAIN
    _say(f"No more mail goes there: {why}." if why else "This ends no mail.")
    return 0


def _comment_id(text: str) -> int:
    found = ids.private(text)
    if found is None:
        raise argparse.ArgumentTypeError("write the 13 letters of a comment's id")
    return found


@dataclass
class _Done:
    """How far it is: all that was written and told up to the id `place`."""

    place: int
    marked: str = ""
    comments: int = 0
    notices: int = 0


def _rebuild(options: argparse.Namespace) -> int:
    done = _Done(options.after)
    quiet_since = time.monotonic()

    def progress() -> None:
        nonlocal quiet_since
        quiet_since = time.monotonic()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done.comments:,} comments, up to {ids.public(done.place)} ")

    while True:
        try:
            _go_on(timelines(), done, options.until, progress)
        except StoreAway as away:
            if time.monotonic() - quiet_since > PATIENCE:
                _say(f"The store is away: {away}")
                _say(f"Go on with: voxpop timelines rebuild --after {ids.public(done.place)}")
                return 1
            time.sleep(1)
        else:
            _say(f"{done.comments:,} comments and {done.notices:,} notices are in their timelines.")
            return 0


def _go_on(
    store: Timelines, done: _Done, until: int | None, on_progress: Callable[[], None]
) -> None:
    def marked(last: str) -> None:
        done.marked = last
        on_progress()

    # First: or somebody would see years of notices as new.
    mark_again(store, after=done.marked, on_progress=marked)
    before = done.comments

    def written(count: int, last: int) -> None:
        # Ids are moments, so what was told up to that comment is one range with it.
        done.notices += fill_inboxes(store, after=done.place, until=last)
        done.place, done.comments = last, before + count
        on_progress()

    # Without Cassandra the comments are their own timelines of authors and forums.
    rebuild(
        store,
        after=done.place,
        until=until,
        with_activity=keeps_comments(),
        on_progress=written,
    )
    done.notices += fill_inboxes(store, after=done.place, until=until)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
