"""Two accounts of one person become one. It cannot be undone, and who asks for it is told so."""

from collections.abc import Sequence
from dataclasses import dataclass

from voxpop.accounts.models import Author, AuthorKind
from voxpop.claims.become import become
from voxpop.claims.belongings import BELONGINGS, Passing
from voxpop.claims.claiming import begin
from voxpop.errors import Problem
from voxpop.threads.models import Comment


@dataclass(frozen=True)
class Share:
    """So many things of one kind, the word for them, and whether they go to the account that stays
    or end."""

    what: str
    word: str
    number: int
    ends: bool


def merge(*, of: Author, to: Author) -> None:
    """All that is of the one account is the other's; the one is over. The caller has proof of both.

    Raises Problem where they are not two accounts.
    """
    if of.kind != AuthorKind.USER or to.kind != AuthorKind.USER:
        raise Problem("not_allowed", "Only accounts are merged; a guest's comments are claimed.")
    become(of, to)
    begin([of])


def what_moves(of: Author) -> Sequence[Share]:
    """What would become of everything that is this account's, by the table; nothing is changed."""
    shares = []
    for row in BELONGINGS:
        if row.merged == Passing.STAYS:
            continue
        person = of.user if row.is_of_user else of
        number = row.model._default_manager.filter(**{row.field: person}).count()
        if number:
            shares.append(Share(row.what, row.word, number, row.merged == Passing.ENDS))
    return shares


def still_coming(author: Author) -> int:
    """How many comments are his, but still on their way to him."""
    return Comment.objects.filter(author__became=author).count()
