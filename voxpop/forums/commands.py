"""`voxpop forum create`, `voxpop token create`, `voxpop invite`: for operators and scripts."""

import argparse
import json
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction

from voxpop.accounts.actions import check_email, invite, make_sign_in_link, sign_up
from voxpop.accounts.models import Author, TokenKind, User
from voxpop.accounts.tokens import issue_token
from voxpop.errors import Problem
from voxpop.forums.actions import add_member, create_forum
from voxpop.forums.models import Role

Commands = Any  # argparse keeps the class of its subparsers to itself


def add_commands(commands: Commands) -> None:
    """Put our commands into the `voxpop` command."""
    forum = commands.add_parser("forum", help="forums").add_subparsers(required=True)
    create = forum.add_parser("create", help="create a forum and print its owner's sign-in link")
    create.add_argument("shortname")
    create.add_argument("--origin", action="append", default=[], metavar="URL", required=True)
    create.add_argument("--owner", metavar="EMAIL", required=True)
    create.add_argument("--name", default="", help="the title that people see")
    create.add_argument("--moderator", action="append", default=[], metavar="EMAIL")
    _add_json(create, _create_forum)

    token = commands.add_parser("token", help="tokens").add_subparsers(required=True)
    make = token.add_parser("create", help="print a token that acts for an account in scripts")
    make.add_argument("--email", required=True)
    _add_json(make, _create_token)

    link = commands.add_parser("link", help="sign-in links").add_subparsers(required=True)
    again = link.add_parser("create", help="print a link that signs an account in once")
    again.add_argument("--email", required=True)
    _add_json(again, _create_link)

    invitation = commands.add_parser("invite", help="print an invitation to create one forum")
    invitation.add_argument("--note", default="", help="for whom it is")
    _add_json(invitation, _invite)


def _add_json(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.set_defaults(run=lambda options: _told(run, options))


def _told(run: Any, options: argparse.Namespace) -> int:
    """Print a command's result for a person or a program; a refusal is exit code 1."""
    try:
        result: dict[str, Any] = run(options)
    except Problem as problem:
        result = problem.body()
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:14}{value}")
    return 1 if "code" in result else 0


@transaction.atomic
def _create_forum(options: argparse.Namespace) -> dict[str, Any]:
    owner = _find_or_sign_up(options.owner)
    moderators = [_find_or_sign_up(email) for email in options.moderator]
    forum = create_forum(
        owner=owner,
        shortname=options.shortname,
        name=options.name,
        origins=options.origin,
        is_by_operator=True,
    )
    for moderator in moderators:
        add_member(forum=forum, user=moderator, role=Role.MODERATOR)
    return {
        "forum": forum.shortname,
        "owner": owner.email,
        "origins": [site.origin for site in forum.sites.order_by("id")],
        "sign_in": _link_for(owner),
        "moderators": {user.email: _link_for(user) for user in moderators},
    }


@transaction.atomic
def _create_token(options: argparse.Namespace) -> dict[str, Any]:
    author = Author.objects.get(user=_find(options.email))
    return {"token": issue_token(author, TokenKind.SCRIPT), "author": author.public_id}


@transaction.atomic
def _create_link(options: argparse.Namespace) -> dict[str, Any]:
    return {"sign_in": _link_for(_find(options.email))}


def _invite(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "invitation": f"{settings.HOST}/home/forums/new/?invitation={invite(note=options.note)}"
    }


def _find(email: str) -> User:
    user = User.objects.filter(email=check_email(email), is_active=True).first()
    if user is None:
        raise Problem("not_found", "There is no account with this e-mail.")
    return user


def _find_or_sign_up(email: str) -> User:
    """The account with this e-mail; a new one is named after the part before the @."""
    checked = check_email(email)
    found = User.objects.filter(email=checked).first()
    if found is not None:
        return found
    name = checked.partition("@")[0]
    try:
        return sign_up(email=checked, name=name)
    except Problem:
        return sign_up(email=checked, name=f"{name} {secrets.randbelow(9000) + 1000}")


def _link_for(user: User) -> str:
    return f"{settings.HOST}/accounts/link/{make_sign_in_link(user=user)}"
