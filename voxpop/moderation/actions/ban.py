"""A moderator bans an author from a forum, with a scope and an end, and lifts the ban."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from voxpop import events
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.moderation import rules
from voxpop.moderation.actions.decide import decide
from voxpop.moderation.events import BanChanged
from voxpop.moderation.listing import bans_in_force
from voxpop.moderation.models import Decision, Verb
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Status
from voxpop.words import say


def ban_author(
    *,
    forum: Forum,
    author: Author,
    by: User,
    ends: datetime | None = None,
    covers_network: bool = False,
    reason: str = "",
) -> Decision:
    """Refuse everything the author writes in this forum until `ends`; None: until it is lifted.

    With `covers_network` also whoever writes from the network that he last wrote from.
    """
    rules.may_ban(forum, author)
    if ends is not None and ends <= timezone.now():
        raise Problem("invalid", errors={"ends": "This moment has passed."})
    with transaction.atomic():
        # Two moderators who ban the same author at once wait for each other here.
        Author.objects.select_for_update().get(id=author.id)
        if bans_in_force([forum]).filter(author=author).exists():
            raise Problem("already_decided", say("refused_ban_there"))
        ban = Ban.objects.create(
            forum=forum,
            author=author,
            address=_last_network(forum, author) if covers_network else "",
            reason=reason,
            by=by,
            ends=ends,
        )
        events.record(BanChanged(forum.shortname, ban.id))
        return Decision.objects.create(forum=forum, by=by, verb=Verb.BAN, ban=ban, reason=reason)


def lift_ban(*, ban: Ban, by: User, reason: str = "") -> Decision:
    """Let the author write again before the ban's end."""
    with transaction.atomic():
        if not Ban.objects.filter(id=ban.id, lifted=None).update(lifted=timezone.now()):
            raise Problem("already_decided", say("refused_ban_lifted"))
        events.record(BanChanged(ban.forum.shortname, ban.id))
        return Decision.objects.create(
            forum_id=ban.forum_id, by=by, verb=Verb.LIFT_BAN, ban=ban, reason=reason
        )


def remove_all_by(
    *, forum: Forum, author: Author, by: User, hours: int, reason: str = ""
) -> list[Decision]:
    """Mark as spam whatever the author wrote here in the last hours: one decision each.

    Each stands alone in its own transaction: one hot thread is locked for one comment at a time,
    and what a crash left undone is done by asking again.
    """
    since = timezone.now() - timedelta(hours=hours)
    written = Comment.objects.select_related("forum").filter(
        forum=forum,
        author=author,
        created__gte=since,
        status__in=[Status.PUBLISHED, Status.HELD],
    )
    done = []
    for comment in written.order_by("id"):
        # Another moderator may be at it as well, or the author himself.
        with suppress(Problem):
            done.append(decide(comment=comment, verb=Verb.SPAM, by=by, reason=reason))
    return done


def undo_ban(decision: Decision) -> None:
    """Lift it, as if it had never been."""
    _set_lifted(decision, timezone.now())


def undo_lift_ban(decision: Decision) -> None:
    """Put the ban in force again."""
    _set_lifted(decision, None)


def _set_lifted(decision: Decision, lifted: datetime | None) -> None:
    ban = Ban.objects.filter(id=decision.ban_id or 0, lifted__isnull=lifted is not None)
    if not ban.update(lifted=lifted):
        raise Problem("decision_superseded")
    events.record(BanChanged(decision.forum.shortname, decision.ban_id or 0))


def _last_network(forum: Forum, author: Author) -> str:
    last = Comment.objects.filter(forum=forum, author=author).exclude(address="").order_by("-id")
    return last.values_list("address", flat=True).first() or ""
