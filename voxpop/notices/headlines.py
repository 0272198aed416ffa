"""What happened, in one line: the same in a mail and in a push."""

from voxpop.notices.collapsing import Group
from voxpop.notices.models import Kind
from voxpop.notices.texts import harmless
from voxpop.notices.words import counted, words
from voxpop.threads.models import Comment, Status
from voxpop.words.languages import language_of

# One person's doing, and several people's: names of words.
_SAID = {
    Kind.REPLY: ("replied", "replied_many"),
    Kind.MENTION: ("mentioned", "mentioned_many"),
    Kind.WATCH: ("watched", "watched_many"),
    Kind.FOLLOW: ("follows", "follows_many"),
}


def headline(group: Group, language: str) -> str:
    """ "Ana and 3 others replied to you"; names are harmless in it."""
    w, newest = words(language), group.newest
    kind = Kind(newest.kind)
    if kind == Kind.DECISION:
        said: str = w["published" if newest.is_published else "removed"]
        return f"{said}: {w[newest.ground]}" if newest.ground else said
    if kind == Kind.VOTES:
        up = newest.comment.up if newest.comment else 0
        return counted("likes", language, up)
    name = harmless(newest.by.name) if newest.by else ""
    one, many = _SAID[kind]
    if group.others:
        names = counted("and_others", language, group.others, name=name)
        return str(w[many].format(names=names))
    return str(w[one].format(name=name))


def language_for(group: Group, chosen: str = "") -> str:
    """The language a person is told in: his own where he chose one, else his forum's."""
    comment = group.newest.comment
    return language_of(chosen or (comment.forum.language if comment else ""))


def path_to(group: Group) -> str:
    """Where on our own origin he sees it."""
    comment: Comment | None = group.newest.comment
    if comment is None:
        return "/home/people/"
    is_shown = comment.status == Status.PUBLISHED
    return f"/c/{comment.public_id}" if is_shown else "/home/comments/"
