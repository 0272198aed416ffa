"""What can happen to a forum."""

from dataclasses import dataclass

from voxpop.events import Event


@dataclass(frozen=True)
class ForumChanged(Event):
    """What readers see of the forum itself has changed: wording, colour, rules, sites."""

    forum: str


@dataclass(frozen=True)
class ForumRestricted(ForumChanged):
    """The forum allows less than before: a site was taken out, old threads close earlier, or it
    is not listed any more."""
