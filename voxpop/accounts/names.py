"""Who may wear which name."""

from typing import TYPE_CHECKING

from django.db.models import Q

from voxpop.accounts.models import Author, AuthorKind, Persona
from voxpop.errors import Problem
from voxpop.names import LONGEST, clean_name, skeleton
from voxpop.words import say

if TYPE_CHECKING:
    from voxpop.forums.models import Forum

__all__ = ["DELETED", "LONGEST", "check_name", "clean_name", "is_worn", "skeleton"]

# What everybody is called who was erased; pages say it in their own language.
DELETED = "Deleted user"


def check_name(text: str, *, wearer: Author | None = None, forum: "Forum | None" = None) -> str:
    """The name as it will be shown; Problem("invalid") when it is empty, long or another's.

    A name belongs to the account that has it: nobody else, guests neither, can look like it. In
    `forum` it belongs as well to the site user who has it there, and to whoever took it for that
    forum alone; an account's is for every forum.
    """
    name = clean_name(text)
    if not name:
        raise Problem("invalid", errors={"name": say("no_name")})
    if len(text.strip()) > LONGEST:
        raise Problem("invalid", errors={"name": say("no_name_long", n=LONGEST)})
    if skeleton(name) == skeleton(DELETED):
        raise Problem("invalid", errors={"name": say("no_name_nobody")})
    if is_worn(name, but_by=wearer, forum=forum):
        raise Problem("invalid", errors={"name": say("no_name_worn")})
    return name


def is_worn(name: str, *, but_by: Author | None = None, forum: "Forum | None" = None) -> bool:
    """Whether an account looks like that already, or somebody in this forum (in any, without one);
    or nobody may."""
    if skeleton(name) == skeleton(DELETED):
        return True
    worn = Q(kind=AuthorKind.USER)
    if forum is not None:
        worn |= Q(kind=AuthorKind.SSO, forum=forum)
    own = but_by.pk if but_by else 0
    if Author.objects.filter(worn, name_skeleton=skeleton(name)).exclude(pk=own).exists():
        return True
    personas = Persona.objects.filter(name_skeleton=skeleton(name))
    if forum is not None:
        personas = personas.filter(forum=forum)
    return personas.exclude(author=own).exists()
