"""Who is let through, and who proves first that he can be reached."""

from voxpop.screening.draft import HELD, PUBLISHED, Draft, Verdict


def moderators_pass(draft: Draft) -> Verdict | None:
    """Moderators would only wait for themselves."""
    return Verdict(PUBLISHED, "moderators_pass") if draft.is_moderator else None


def proof(draft: Draft) -> Verdict | None:
    """A guest's comments wait until a link in a mail to his address was used; then they flow."""
    if not draft.must_prove:
        return None
    if not draft.has_address:
        return Verdict(HELD, "proof", "A moderator reads what guests without an address write.")
    reason = "It appears when its author has confirmed his e-mail address."
    return Verdict(HELD, "proof", reason, awaits_author=True)
