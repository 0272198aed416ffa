"""Who is let through, and who proves first that he can be reached."""

from voxpop.screening.draft import HELD, PUBLISHED, Draft, Verdict
from voxpop.screening.reasons import because


def moderators_pass(draft: Draft) -> Verdict | None:
    """Moderators would only wait for themselves."""
    return Verdict(PUBLISHED, "moderators_pass") if draft.is_moderator else None


def proof(draft: Draft) -> Verdict | None:
    """A guest's comments wait until a link in a mail to his address was used; then they flow."""
    if not draft.must_prove:
        return None
    if not draft.has_address:
        return Verdict(HELD, "proof", because("no_address"))
    return Verdict(HELD, "proof", because("proof"), awaits_author=True)
