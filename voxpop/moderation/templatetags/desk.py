"""How the desk words and draws what it is given."""

from django import template

from voxpop.accounts import avatars
from voxpop.accounts.models import Author, User
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
def name_of(user: User | None) -> str:
    """Who decided, by the name that readers know; an account that is gone has none."""
    return public_name(user) or "somebody"


@register.filter
def ago(since: str) -> str:
    """Only the largest part of `timesince`: "3 hours ago"."""
    largest = since.split(",")[0]
    return "just now" if largest.startswith("0") else f"{largest} ago"
