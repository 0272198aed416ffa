"""Who may be called what in an address: plain letters, one wearer for good, no look-alikes."""

import re

from django.utils.crypto import salted_hmac

from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.names import skeleton
from voxpop.profiles.models import Handle
from voxpop.words import say

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_-]{1,28}[a-z0-9]", re.ASCII)
# So many names one author may have had: each is taken from all others for good.
MOST_HANDLES = 5
RESERVED = frozenset(
    skeleton(name)
    for name in (
        "about", "abuse", "account", "admin", "administrator", "anonymous", "api", "deleted",
        "guest", "help", "home", "info", "mail", "me", "mod", "moderator", "null", "official",
        "operator", "owner", "postmaster", "root", "security", "settings", "staff", "support",
        "system", "undefined", "user", "voxpop", "webmaster",
    )
)  # fmt: skip


def is_handle(text: str) -> bool:
    """Whether a profile may be called so: what stands in a key stands in a header."""
    return _HANDLE.fullmatch(text) is not None


def clean_handle(text: str) -> str:
    """The name as it stands in addresses. Raises Problem where it cannot stand there."""
    handle = text.strip().lower()
    if not is_handle(handle):
        raise _refused(say("handle_form"))
    return handle


def take_handle(handle: str, author: Author) -> None:
    """The name is this author's from now on, for good. Raises Problem where it is another's, or
    looks like another's."""
    look = skeleton(handle)
    taken = Handle.objects.filter(skeleton__in=[look, _sealed(look)]).first()
    if taken is not None and (taken.author_id != author.id or taken.name != handle):
        raise _refused(say("handle_alike"))
    if taken is not None:
        return
    if look in RESERVED:
        raise _refused(say("handle_kept"))
    if Handle.objects.filter(author=author).count() >= MOST_HANDLES:
        raise _refused(say("handle_most", n=MOST_HANDLES))
    _, is_new = Handle.objects.get_or_create(
        name=handle, defaults={"skeleton": look, "author": author}
    )
    if not is_new:
        raise _refused(say("handle_alike"))


def handles_of(author: Author) -> list[str]:
    """Every name that he ever had."""
    return list(
        Handle.objects.filter(author=author).order_by("name").values_list("name", flat=True)
    )


def seal_handles(names: list[str]) -> None:
    """Nobody else is ever called so, though nobody can read any more what it was."""
    for row in list(Handle.objects.filter(name__in=names)):
        Handle.objects.get_or_create(
            name=_sealed(row.name)[:30], defaults={"skeleton": _sealed(row.skeleton)}
        )
        row.delete()


def _sealed(text: str) -> str:
    return f"~{salted_hmac('voxpop.handles', text, algorithm='sha256').hexdigest()}"


def _refused(told: str) -> Problem:
    return Problem("invalid", errors={"handle": told})
