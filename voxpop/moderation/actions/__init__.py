"""The verbs of moderators. Each writes a Decision in the transaction of what it changes."""

from voxpop.moderation.actions.ban import ban_author, lift_ban, remove_all_by
from voxpop.moderation.actions.decide import decide, decide_edit
from voxpop.moderation.actions.threads import decide_thread
from voxpop.moderation.actions.undo import undo

__all__ = [
    "ban_author",
    "decide",
    "decide_edit",
    "decide_thread",
    "lift_ban",
    "remove_all_by",
    "undo",
]
