"""May I? What is asked before anything is done with a forum."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from voxpop.accounts.factors import has_second_factor
from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Membership, Role
from voxpop.forums.origins import origin_of
from voxpop.rows import look_up

_ROLE = "SELECT role FROM forums_membership WHERE forum_id = %s AND user_id = %s"

if TYPE_CHECKING:
    from voxpop.accounts.models import Author


def may_own(user: User | AnonymousUser | None, forum: Forum) -> bool:
    """Change settings, sites and people: the owners of this forum, and the operator."""
    return _has_role(user, forum, {Role.OWNER}) and not lacks_second_factor(user, forum)


def may_moderate(
    user: User | AnonymousUser | None, forum: Forum, *, role: str | None = None
) -> bool:
    """Decide about comments: moderators and owners of this forum, and the operator.

    `role` is his there, or "", where it has been read with the forum; else it is asked for.
    """
    return _has_role(user, forum, {*Role}, role) and not lacks_second_factor(user, forum)


def refuse_without_second_factor(user: User | AnonymousUser | None, forum: Forum) -> None:
    """Tell somebody who has a role here that it waits for his second factor; nobody else."""
    if _has_role(user, forum, {*Role}) and lacks_second_factor(user, forum):
        raise Problem("second_factor_required")


def lacks_second_factor(user: User | AnonymousUser | None, forum: Forum) -> bool:
    """Whether the forum asks for a second factor that he does not have (SAFETY T41)."""
    if not forum.requires_second_factor:
        return False
    return not isinstance(user, User) or not has_second_factor(user)


def may_create_forums(user: User) -> bool:
    """Create a forum without an invitation: as the operator has set it."""
    return user.is_operator or bool(settings.FORUM_CREATION == "open")


def badge_of(author: "Author", forum: Forum) -> str:
    """What readers are told of the author's role here: "owner", "moderator" or nothing."""
    if author.user_id is None:
        return ""
    role = Membership.objects.filter(forum=forum, user_id=author.user_id).values_list("role")
    return next((found for (found,) in role), "")


def is_known_origin(forum: Forum, url: str) -> bool:
    """Whether an address lies on one of the forum's sites; origins are compared whole (R42)."""
    origin = origin_of(url)
    return origin is not None and forum.sites.filter(origin=origin).exists()


def check_page_url(forum: Forum, url: str) -> None:
    """Threads are only made for pages of the forum's own sites (SAFETY R15, R04)."""
    if not is_known_origin(forum, url):
        raise Problem("origin_not_allowed", "This page is not on a site of this forum.")


def _has_role(
    user: User | AnonymousUser | None, forum: Forum, roles: set[Role], role: str | None = None
) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_operator:
        return True
    found = look_up(_ROLE, [forum.id, user.id]) if role is None else [(role,)]
    return any(each in roles for (each,) in found)
