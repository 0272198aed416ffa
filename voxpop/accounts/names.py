"""Who may wear which name."""

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.names import LONGEST, clean_name, skeleton

__all__ = ["DELETED", "LONGEST", "check_name", "clean_name", "skeleton"]

# What everybody is called who was erased; pages say it in their own language.
DELETED = "Deleted user"


def check_name(text: str, *, wearer: Author | None = None) -> str:
    """The name as it will be shown; Problem("invalid") when it is empty, long or another's.

    A name belongs to the account that has it: nobody else, guests neither, can look like it.
    """
    name = clean_name(text)
    if not name:
        raise Problem("invalid", errors={"name": "Write a name."})
    if len(text.strip()) > LONGEST:
        raise Problem("invalid", errors={"name": f"Use at most {LONGEST} characters."})
    if skeleton(name) == skeleton(DELETED):
        raise Problem("invalid", errors={"name": "Nobody else can be called that."})
    taken = Author.objects.filter(kind=AuthorKind.USER, name_skeleton=skeleton(name))
    if wearer is not None:
        taken = taken.exclude(pk=wearer.pk)
    if taken.exists():
        raise Problem(
            "invalid", errors={"name": "Somebody with an account has this name; choose another."}
        )
    return name
