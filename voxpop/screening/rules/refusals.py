"""Refused with a Problem: the draft stays with its author and nothing is kept."""

from voxpop.screening.draft import REJECTED, Draft, Verdict

LONGEST = 10_000


def ban(draft: Draft) -> Verdict | None:
    """Whoever is banned does not write, nor change what he wrote."""
    if not draft.is_banned:
        return None
    return Verdict(REJECTED, "ban", "The author is banned here.", code="banned")


def address(draft: Draft) -> Verdict | None:
    """A guest without an e-mail address, where one has to be proved."""
    if draft.guest_proof != "required" or not draft.must_prove or draft.has_address:
        return None
    return Verdict(REJECTED, "address", "Leave an e-mail address first.", code="address_needed")


def thread_locked(draft: Draft) -> Verdict | None:
    """A moderator has ended the discussion."""
    if not draft.is_thread_locked or draft.is_moderator:
        return None
    return Verdict(REJECTED, "thread_locked", "The thread is locked.", code="thread_locked")


def thread_closed(draft: Draft) -> Verdict | None:
    """Old threads take nothing new; what is there may still be corrected."""
    if not draft.is_thread_closed or draft.is_edit or draft.is_moderator:
        return None
    return Verdict(REJECTED, "thread_closed", "The thread is closed.", code="thread_closed")


def length(draft: Draft) -> Verdict | None:
    """Something, and not a book."""
    if not draft.source.strip():
        return Verdict(REJECTED, "length", "The comment is empty.", code="source_empty")
    if len(draft.source) > LONGEST:
        return Verdict(REJECTED, "length", "The comment is too long.", code="source_too_long")
    return None
