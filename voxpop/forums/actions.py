"""What is done with a forum. Each verb is one transaction and records what readers will see."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from voxpop import events
from voxpop.accounts.actions import accept_invitation
from voxpop.accounts.models import User
from voxpop.accounts.tokens import digest, new_secret
from voxpop.errors import Problem
from voxpop.forums.events import ForumChanged, ForumRestricted
from voxpop.forums.models import Forum, Membership, Role, RoleLink, Site
from voxpop.forums.origins import check_origin
from voxpop.forums.rules import may_create_forums
from voxpop.forums.shortnames import check_shortname
from voxpop.words import say

ROLE_LINK_LIFETIME = timedelta(days=7)
MOST_SITES = 100


@transaction.atomic
def create_forum(
    *,
    owner: User,
    shortname: str,
    name: str = "",
    origins: list[str],
    invitation: str = "",
    is_by_operator: bool = False,
) -> Forum:
    """A new forum with its owner and the sites that may embed it."""
    if not (is_by_operator or may_create_forums(owner)):
        if not invitation:
            raise Problem("forum_creation_closed")
        accept_invitation(secret=invitation, user=owner)
    shortname = check_shortname(shortname)
    if Forum.objects.filter(shortname=shortname).exists():
        raise Problem("invalid", errors={"shortname": say("shortname_taken")})
    forum = Forum.objects.create(shortname=shortname, name=name.strip() or shortname)
    Membership.objects.create(forum=forum, user=owner, role=Role.OWNER)
    for origin in dict.fromkeys(map(check_origin, origins)):
        Site.objects.create(forum=forum, origin=origin)
    return forum


@transaction.atomic
def change_settings(*, forum: Forum, changes: dict[str, Any]) -> Forum:
    """Change what the owner sets; every page of the forum shows it from now on."""
    was_open_for, was_listed = forum.closes_after_days, forum.is_listed
    for field, value in changes.items():
        setattr(forum, field, value)
    forum.save(update_fields=list(changes))
    closes_earlier = _days(forum.closes_after_days) < _days(was_open_for)
    is_hidden = was_listed and not forum.is_listed
    _show_anew(forum, ForumRestricted if closes_earlier or is_hidden else ForumChanged)
    return forum


@transaction.atomic
def add_site(*, forum: Forum, origin: str) -> Site:
    """Let one more origin embed the forum."""
    checked = check_origin(origin)
    if forum.sites.count() >= MOST_SITES:
        raise Problem("invalid", errors={"origin": say("sites_most", n=MOST_SITES)})
    site, is_new = Site.objects.get_or_create(forum=forum, origin=checked)
    if is_new:
        _show_anew(forum)
    return site


@transaction.atomic
def remove_site(*, forum: Forum, origin: str) -> None:
    """No page of that origin can frame the forum any more; its threads stay."""
    removed, _ = forum.sites.filter(origin=origin).delete()
    if removed:
        _show_anew(forum, ForumRestricted)


@transaction.atomic
def add_member(*, forum: Forum, user: User, role: Role) -> Membership:
    """Give somebody a role; who had one has this one now."""
    membership, is_new = Membership.objects.get_or_create(
        forum=forum, user=user, defaults={"role": role}
    )
    if not is_new and membership.role != role:
        _keep_an_owner(forum, membership, role)
        membership.role = role
        membership.save(update_fields=["role"])
    return membership


def add_moderator(*, forum: Forum, user: User) -> Membership:
    """Let somebody decide about comments."""
    return add_member(forum=forum, user=user, role=Role.MODERATOR)


@transaction.atomic
def remove_member(*, forum: Forum, user: User | None) -> None:
    """Take a role away; the last owner stays."""
    membership = Membership.objects.filter(forum=forum, user=user).first()
    if membership is None:
        raise Problem("not_found")
    _keep_an_owner(forum, membership, None)
    membership.delete()


@transaction.atomic
def make_role_link(*, forum: Forum, role: Role) -> str:
    """The secret of a link that gives whoever opens it first a role; nobody's e-mail is asked."""
    secret = new_secret()
    RoleLink.objects.create(
        digest=digest(secret),
        forum=forum,
        role=role,
        expires=timezone.now() + ROLE_LINK_LIFETIME,
    )
    return secret


def find_role_link(secret: str) -> RoleLink | None:
    """The link, if it can still be used."""
    links = RoleLink.objects.select_related("forum")
    return links.filter(digest=digest(secret), expires__gt=timezone.now()).first()


@transaction.atomic
def use_role_link(*, secret: str, user: User) -> Membership:
    """Take the role; the link is used up. An owner does not become less by it."""
    link = find_role_link(secret)
    if link is None or not RoleLink.objects.filter(pk=link.pk).delete()[0]:
        raise Problem("bad_code")
    held = Membership.objects.filter(forum=link.forum, user=user).first()
    if held is not None and held.role == Role.OWNER:
        return held
    return add_member(forum=link.forum, user=user, role=Role(link.role))


def _keep_an_owner(forum: Forum, membership: Membership, role: Role | None) -> None:
    if membership.role != Role.OWNER or role == Role.OWNER:
        return
    owners = Membership.objects.filter(forum=forum, role=Role.OWNER)
    if not owners.exclude(id=membership.pk).exists():
        raise Problem("not_allowed", say("keeps_owner"))


def _days(closes_after: int | None) -> float:
    return closes_after or float("inf")


def _show_anew(forum: Forum, event: type[ForumChanged] = ForumChanged) -> None:
    Forum.objects.filter(pk=forum.pk).update(revision=F("revision") + 1)
    forum.refresh_from_db(fields=["revision"])
    events.record(event(forum.shortname))
