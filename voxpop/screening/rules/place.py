"""Where and when it is said: what this forum holds for its moderators."""

from voxpop.screening.draft import HELD, Draft, Verdict
from voxpop.screening.reasons import because


def flood(draft: Draft) -> Verdict | None:
    """In a flood strangers wait; those who are known still talk (SAFETY T26)."""
    if draft.is_trusted or not (draft.is_flooded or draft.starts_flood):
        return None
    return Verdict(HELD, "flood", because("flood"))


def premoderation(draft: Draft) -> Verdict | None:
    """The forum or this thread is read before it is published."""
    if not (draft.is_forum_premoderated or draft.is_thread_premoderated):
        return None
    return Verdict(HELD, "premoderation", because("premoderation"))


def first_comment(draft: Draft) -> Verdict | None:
    """The first comment of a new author, where the forum wants to see it."""
    if not draft.holds_first_comment or draft.published_count > 0:
        return None
    return Verdict(HELD, "first_comment", because("first_comment"))
