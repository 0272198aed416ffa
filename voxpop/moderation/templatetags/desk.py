"""How the desk words and draws what it is given."""

from django import template

from voxpop.accounts import avatars
from voxpop.accounts.faces import name_in
from voxpop.accounts.models import Author, User
from voxpop.forums.models import Forum
from voxpop.moderation.shapes import name_of as public_name

register = template.Library()


@register.filter
def hue(author: Author) -> int:
    """The colour of an author, the same as on the pages."""
    return avatars.hue(author.id)


@register.filter
def initials(name: str) -> str:
    return avatars.initials(name)


@register.filter
def called_in(author: Author, forum: Forum | None) -> str:
    """What the author is called in the forum that it is about."""
    return name_in(author, forum.id if forum else None)


@register.filter
def name_of(user: User | None) -> str:
    """Who decided, by the name that readers know; an account that is gone has none."""
    return public_name(user) or "somebody"


@register.filter
def ago(since: str) -> str:
    """Only the largest part of `timesince`: "3 hours ago"."""
    largest = since.split(",")[0]
    return "just now" if largest.startswith("0") else f"{largest} ago"
