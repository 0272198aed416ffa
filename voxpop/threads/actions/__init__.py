"""The verbs. Every way in (page, JSON, moderation, commands) calls these and nothing below."""

from voxpop.threads.actions.edit import approve_revision, edit_comment, reject_revision
from voxpop.threads.actions.flag import flag_comment
from voxpop.threads.actions.hand_over import hand_over
from voxpop.threads.actions.post import ThreadRef, post_comment
from voxpop.threads.actions.prove import drop_unproven, publish_proven, throw_unproven
from voxpop.threads.actions.rename import dress_author_anew, rename_author
from voxpop.threads.actions.rerender import render_anew
from voxpop.threads.actions.stand import (
    delete_comment,
    hold_comment,
    publish_comment,
    remove_comment,
)
from voxpop.threads.actions.thread import (
    lock_thread,
    mark_sensitive,
    pin_comment,
    premoderate_thread,
)
from voxpop.threads.actions.vote import fold_votes, vote

__all__ = [
    "ThreadRef",
    "approve_revision",
    "delete_comment",
    "dress_author_anew",
    "drop_unproven",
    "edit_comment",
    "flag_comment",
    "fold_votes",
    "hand_over",
    "hold_comment",
    "lock_thread",
    "mark_sensitive",
    "pin_comment",
    "post_comment",
    "premoderate_thread",
    "publish_comment",
    "publish_proven",
    "reject_revision",
    "remove_comment",
    "rename_author",
    "render_anew",
    "throw_unproven",
    "vote",
]
