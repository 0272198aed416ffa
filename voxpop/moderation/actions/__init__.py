"""The verbs of moderators. Each writes a Decision in the transaction of what it changes."""

from voxpop.moderation.actions.ban import ban_author, lift_ban, remove_all_by
from voxpop.moderation.actions.claims import (
    accept_comments,
    ask_for_comments,
    give_comments,
    offer_comments,
    refuse_claim,
    take_claim_back,
)
from voxpop.moderation.actions.decide import decide, decide_edit
from voxpop.moderation.actions.threads import decide_thread
from voxpop.moderation.actions.undo import undo

__all__ = [
    "accept_comments",
    "ask_for_comments",
    "ban_author",
    "decide",
    "decide_edit",
    "decide_thread",
    "give_comments",
    "lift_ban",
    "offer_comments",
    "refuse_claim",
    "remove_all_by",
    "take_claim_back",
    "undo",
]
