"""How much is new in the inbox, for the bar of somebody's own pages."""

from django import template

from voxpop.accounts.models import User
from voxpop.notices.inbox import MOST_COUNTED, unread

register = template.Library()


@register.simple_tag
def new_to(user: User) -> str:
    """The number as the embed's bell has it: "9+" from there on, and nothing where nothing is new.
    Two looks into the timeline; who the author is, the page has asked already."""
    author = getattr(user, "author", None)  # an operator may have none
    count = unread(author) if author else 0
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")
