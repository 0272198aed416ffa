"""Reads about forums: by name, the origins they trust, the people who run them."""

from django.contrib.auth.models import AnonymousUser

from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Membership
from voxpop.forums.rules import may_own, refuse_without_second_factor
from voxpop.rows import read_one

# A longer header is cut off by some proxies; what does not fit is left out, never widened.
LONGEST_ANCESTORS = 4096


def find_forum(shortname: str) -> Forum:
    """The forum of this name, or Problem("forum_unknown")."""
    forum = read_one(Forum, "WHERE t.shortname = %s", [shortname])
    if forum is None:
        raise Problem("forum_unknown")
    return forum


def find_own_forum(shortname: str, user: User | AnonymousUser) -> Forum:
    """The forum of this name, if the user owns it; to others it is not there (T37): Problem."""
    forum = find_forum(shortname)
    refuse_without_second_factor(user, forum)
    if not may_own(user, forum):
        raise Problem("forum_unknown")
    return forum


def origins_of(forum: Forum) -> list[str]:
    """The origins that may embed the forum, in the order they were added."""
    return list(forum.sites.order_by("id").values_list("origin", flat=True))


def frame_ancestors(forum: Forum) -> str:
    """The Content-Security-Policy directive that lets only the forum's sites frame it (T09)."""
    directive = "frame-ancestors"
    for origin in origins_of(forum):
        if len(directive) + 1 + len(origin) > LONGEST_ANCESTORS:
            break
        directive += f" {origin}"
    return directive if directive != "frame-ancestors" else "frame-ancestors 'none'"


def forums_of(user: User) -> list[Membership]:
    """The forums a user has a role in, with the role."""
    memberships = user.memberships.select_related("forum")
    return list(memberships.order_by("forum__shortname"))
