"""`voxpop account close`, `voxpop account reopen`: an operator's word about one account."""

import argparse
import json
from typing import Any

from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.profiles.closing import close_account, reopen_account
from voxpop.profiles.models import Closing

Commands = Any  # argparse keeps the class of its subparsers to itself


def add_commands(commands: Commands) -> None:
    """Put our commands into the `voxpop` command."""
    account = commands.add_parser("account", help="accounts").add_subparsers(required=True)
    close = account.add_parser("close", help="sign somebody out everywhere, for good")
    close.add_argument("--reason", default="", help="kept, for operators only")
    close.set_defaults(run=_close)
    again = account.add_parser("reopen", help="take that back")
    again.set_defaults(run=_reopen)
    for each in (close, again):
        each.add_argument("who", help="the address he signs in with, or the name of his profile")
        each.add_argument("--json", action="store_true", help="one JSON object on the last line")


def _close(options: argparse.Namespace) -> int:
    return _told(options, lambda user: close_account(user=user, reason=options.reason[:300]))


def _reopen(options: argparse.Namespace) -> int:
    return _told(options, lambda user: reopen_account(user=user))


def _told(options: argparse.Namespace, act: Any) -> int:
    try:
        closing: Closing = act(_named(options.who))
    except Problem as problem:
        print(json.dumps(problem.body()) if options.json else problem.detail)
        return 1
    state = "open" if closing.reopened else "closed"
    told = {"account": options.who, "state": state, "since": closing.closed.isoformat()}
    print(json.dumps(told) if options.json else f"{options.who} is {state}.")
    return 0


def _named(who: str) -> User:
    """By his address, or by the name of his profile."""
    by_address = User.objects.filter(email=User.objects.normalize_email(who)).first()
    handle = who.removeprefix("@").lower()
    found = by_address or User.objects.filter(author__profile__handle=handle).first()
    if found is None:
        raise Problem("not_found", f"No account is called {who}.")
    return found
