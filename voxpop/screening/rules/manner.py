"""How it was written: what people do not do. Nothing is told, or machines would learn it."""

from voxpop.screening.draft import SPAM, Draft, Verdict
from voxpop.screening.reasons import because


def trap(draft: Draft) -> Verdict | None:
    """A field that no person sees was filled in."""
    if not draft.is_trapped:
        return None
    return Verdict(SPAM, "trap", because("trap"), is_telling=False)
