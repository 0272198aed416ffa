"""How the desk words and draws what it is given."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from voxpop.accounts import avatars
from voxpop.accounts.faces import name_in
from voxpop.accounts.models import Author, User
from voxpop.forums.models import Forum
from voxpop.moderation.shapes import name_of as public_name
from voxpop.screening.models import Ban
from voxpop.screening.reasons import told_apart
from voxpop.threads.models import Comment
from voxpop.words import say, spoken, words

register = template.Library()
SCRIPT_WORDS = {"ticked", "undo"}


@register.filter
def hue(author: Author) -> int:
    """The colour of an author, the same as on the pages."""
    return avatars.hue(author.id)


@register.filter
def called_in(author: Author, forum: Forum | None) -> str:
    """What the author is called in the forum that it is about."""
    return name_in(author, forum.id if forum else None)


@register.filter
def name_of(user: User | None) -> str:
    """Who decided, by the name that readers know; an account that is gone has none."""
    return public_name(user) or say("somebody")


@register.filter
def whose(ban: Ban) -> str:
    """Whom it means: an author, or a network without one."""
    return called_in(ban.author, ban.forum) if ban.author else say("a_network")


@register.filter
def isolated(name: str) -> SafeString:
    """A name that is written in another direction than the words around it."""
    return format_html("<bdi>{}</bdi>", name)


@register.filter
def linked(comment: Comment) -> SafeString:
    """Its thread's name, leading to it."""
    name = Truncator(str(comment.thread)).chars(90)
    address = f"/c/{comment.public_id}"
    return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', address, name)


@register.filter
def in_words(code: str, of: str) -> str:
    """What one of our codes is called: `spam` of `status`, `lift_ban` of `did`. One that an import
    brought and nobody knows is shown as it is: a page of the desk is not lost for it."""
    key = f"{of}_{code.replace('-', '_')}"
    return say(key) if key in words("en") else code


@register.filter
def why(reason: str) -> str:
    """Why screening held it, in the moderator's language where the words are screening's."""
    found = told_apart(reason)
    if found is None:
        return reason
    name, told = found
    return say(f"why_{name}", **told)


@register.simple_tag
def desk_words() -> dict[str, Any]:
    """What the script says, and what a refusal says by its code."""
    language = spoken()
    return {
        key: word
        for key, word in words(language).items()
        if key in SCRIPT_WORDS or key.startswith(("toast_", "no_"))
    }
