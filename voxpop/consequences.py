"""THE table: what follows an event, in order. The one place that knows who reacts to what.

At once, in the author's thread after the commit: purge, then announce (announced first, a reader
would be given the old page again); where there is an edge the worker repeats both a second later.
Later, each alone and tried again until it has run: the rest.
"""

from dataclasses import replace

from voxpop import ids
from voxpop.accounts.actions import forget_expired
from voxpop.accounts.events import AuthorNamed
from voxpop.analytics.recount import recount_comment, recount_last_minutes, thin_figures
from voxpop.claims.events import AuthorBecame
from voxpop.claims.following import (
    follow_author,
    follow_claim,
    follow_import,
    look_for_stragglers,
    move_in_timelines,
)
from voxpop.claims.telling import tell_claimant
from voxpop.edge.purge import Purge
from voxpop.events import Event, dispatch
from voxpop.events.claiming import mend_times_far_ahead
from voxpop.events.dispatch import Consequences, Periodic
from voxpop.forums.events import ForumChanged, ForumRestricted
from voxpop.forums.models import Forum
from voxpop.limits.once import forget_old_answers
from voxpop.mails.sending import send_mails
from voxpop.moderation.alerts import tell_owners_of_flood
from voxpop.moderation.events import BanChanged, ClaimDecided, ClaimMoved
from voxpop.moderation.remembered import remember_ban, remember_standing
from voxpop.notices.own import tell_decided, tell_followed, tell_liked
from voxpop.notices.proofs import ask_for_proof
from voxpop.notices.pushing import send_pushes
from voxpop.notices.sending import forget_old_notices, send_letters
from voxpop.notices.telling import tell_people
from voxpop.people.events import PersonFollowed
from voxpop.privacy.asking import erase_those_who_are_due, tell_of_erasure
from voxpop.privacy.events import AuthorWiped, ErasureAsked, ForumWiped, GuestsAsked, ThreadWiped
from voxpop.privacy.links import send_links
from voxpop.privacy.takeouts import forget_old_takeouts, pack_waiting_takeouts
from voxpop.privacy.thinning import forget_networks
from voxpop.privacy.wipe import do_wipe_author, do_wipe_forum
from voxpop.profiles.closing import remember_account
from voxpop.profiles.events import AccountStood, ProfileChanged
from voxpop.profiles.keys import avatar_key, profile_key
from voxpop.profiles.site_pictures import fetch_site_pictures
from voxpop.realtime.chosen import announce
from voxpop.sso.actions import forget_used_tokens
from voxpop.threads import keys
from voxpop.threads.actions import dress_author_anew, drop_unproven, fold_votes, render_anew
from voxpop.threads.events import (
    AuthorRenamed,
    CommentEdited,
    CommentFlagged,
    CommentHeld,
    CommentLiked,
    CommentMoved,
    CommentPublished,
    CommentRemoved,
    CommentsHandedOver,
    CommentStood,
    ForumFlooded,
    ThreadChanged,
    ThreadMoved,
    ThreadWithdrawn,
    VotesFolded,
)
from voxpop.timelines.chosen import keeps_comments
from voxpop.timelines.comments import keep_timelines
from voxpop.timelines.feed import feed_followers, fill_feed
from voxpop.timelines.stored import forget_old_entries
from voxpop.transfer.events import ForumImported
from voxpop.transfer.tasks import run_waiting_imports
from voxpop.trending.counting import feel_comment, feel_threads, forget_cold_threads


def thread_softly(event: ThreadMoved) -> Purge:
    return Purge(keys.changed_with_thread(event.thread, event.forum))


def thread_hard(event: ThreadMoved) -> Purge:
    """What was removed may not be handed out by anybody, not even as a stale copy (SAFETY 0.3)."""
    return Purge(keys.changed_with_thread(event.thread, event.forum), is_hard=True)


def lists_hard(event: ThreadWithdrawn) -> Purge:
    """A sensitive thread stands in no list any more, nor in what was shared of it."""
    return Purge([*keys.changed_with_thread(event.thread, event.forum), keys.NETWORK_KEY], True)


def comment_softly(event: CommentPublished) -> Purge:
    """Who asked for it before, in vain, was told that it is not there."""
    purge = edited_softly(event)
    return replace(purge, keys=[*purge.keys, keys.comment_key(ids.public(event.comment_id))])


def edited_softly(event: CommentMoved) -> Purge:
    """Where its author has a public profile, that shows the comment as well."""
    purge = thread_softly(event)
    shown = [profile_key(event.profile)] if event.profile else []
    return replace(purge, keys=[*purge.keys, *shown])


def removed_hard(event: CommentRemoved) -> Purge:
    return replace(edited_softly(event), is_hard=True)


def profile_hard(event: ProfileChanged) -> Purge:
    """A profile that is private now, or gone, is not shown by anybody (SAFETY 0.3)."""
    shown = [profile_key(handle) for handle in event.handles]
    return Purge([*shown, *map(avatar_key, event.avatars)], is_hard=True)


def votes_softly(event: ThreadMoved) -> Purge:
    """Votes do not move a forum's newest."""
    return Purge([keys.thread_key(event.thread), keys.tail_key(event.thread)])


def forum_softly(event: ForumChanged) -> Purge:
    return Purge([keys.settings_key(event.forum)])


def forum_hard(event: ForumRestricted) -> Purge:
    """A site that may not frame the forum any more does not do so with a stale copy either, and one
    that is not listed any more stands in no list of all."""
    return Purge([keys.settings_key(event.forum), keys.NETWORK_KEY], is_hard=True)


def announce_thread(event: ThreadMoved) -> None:
    announce(event.thread, event.seq)


def dress_anew(event: AuthorNamed) -> None:
    dress_author_anew(event.author_id)


def count_anew(event: CommentStood) -> None:
    recount_comment(event.comment_id)


def feel_anew(event: CommentStood) -> None:
    feel_comment(event.comment_id)


def tell_owners(event: ForumFlooded) -> None:
    forum = Forum.objects.filter(shortname=event.forum).first()
    if forum is not None:
        tell_owners_of_flood(forum)


# Comments are kept in timelines where there is a store of their own for them.
IN_TIMELINES = [keep_timelines] if keeps_comments() else []

TABLE: dict[type[Event], Consequences] = {
    CommentPublished: Consequences(
        purges=comment_softly,
        at_once=[announce_thread],
        later=[tell_people, feed_followers, *IN_TIMELINES],
        in_any_order=True,
    ),
    CommentEdited: Consequences(purges=edited_softly, at_once=[announce_thread]),
    CommentRemoved: Consequences(
        purges=removed_hard, at_once=[announce_thread], later=[tell_people, *IN_TIMELINES]
    ),
    VotesFolded: Consequences(purges=votes_softly, at_once=[announce_thread]),
    ThreadChanged: Consequences(purges=thread_softly, at_once=[announce_thread]),
    ThreadWithdrawn: Consequences(purges=lists_hard, at_once=[announce_thread]),
    AuthorRenamed: Consequences(purges=thread_hard, at_once=[announce_thread]),
    CommentsHandedOver: Consequences(
        purges=thread_hard,
        at_once=[announce_thread],
        later=[move_in_timelines] if keeps_comments() else [],
    ),
    AuthorNamed: Consequences(later=[dress_anew]),
    AuthorBecame: Consequences(later=[follow_author]),
    ClaimMoved: Consequences(later=[follow_claim]),
    ClaimDecided: Consequences(later=[tell_claimant]),
    ForumImported: Consequences(later=[follow_import]),
    ForumChanged: Consequences(purges=forum_softly),
    ForumRestricted: Consequences(purges=forum_hard),
    CommentHeld: Consequences(later=[ask_for_proof]),
    CommentFlagged: Consequences(),
    CommentStood: Consequences(
        at_once=[remember_standing], later=[count_anew, feel_anew, tell_decided]
    ),
    CommentLiked: Consequences(later=[tell_liked]),
    BanChanged: Consequences(at_once=[remember_ban]),
    ForumFlooded: Consequences(later=[tell_owners]),
    ProfileChanged: Consequences(purges=profile_hard),
    AccountStood: Consequences(at_once=[remember_account]),
    PersonFollowed: Consequences(later=[tell_followed, fill_feed]),
    GuestsAsked: Consequences(later=[send_links]),
    ErasureAsked: Consequences(later=[tell_of_erasure]),
    AuthorWiped: Consequences(later=[do_wipe_author]),
    ForumWiped: Consequences(later=[do_wipe_forum]),
    ThreadWiped: Consequences(purges=thread_hard, at_once=[announce_thread]),
}

PERIODIC = (
    Periodic(every=1, run=fold_votes),
    Periodic(every=10, run=render_anew),
    Periodic(every=1, run=run_waiting_imports),
    Periodic(every=60, run=mend_times_far_ahead),
    Periodic(every=3600, run=forget_old_answers),
    Periodic(every=3600, run=forget_expired),
    Periodic(every=3600, run=forget_used_tokens),
    Periodic(every=30, run=recount_last_minutes),
    Periodic(every=3600, run=thin_figures),
    Periodic(every=20, run=feel_threads),
    Periodic(every=3600, run=forget_cold_threads),
    Periodic(every=3600, run=forget_old_entries),
    Periodic(every=3600, run=forget_old_notices),
    Periodic(every=3600, run=forget_networks),
    Periodic(every=3600, run=forget_old_takeouts),
    Periodic(every=3600, run=drop_unproven),
    Periodic(every=3600, run=look_for_stragglers),
    Periodic(every=1, run=send_mails, is_aside=True),
    Periodic(every=1, run=send_letters, is_aside=True),
    Periodic(every=2, run=erase_those_who_are_due, is_aside=True),
    Periodic(every=1, run=send_pushes, is_aside=True),
    Periodic(every=1, run=pack_waiting_takeouts, is_aside=True),
    Periodic(every=2, run=fetch_site_pictures, is_aside=True),
)


def install() -> None:
    """Make this the table that events follow; called once Django has loaded all apps."""
    dispatch.install(TABLE, PERIODIC)
