"""How it was written: what people do not do. Nothing is told, or machines would learn it."""

from voxpop.screening.draft import HELD, SPAM, Draft, Verdict

FASTEST_SECONDS = 2.0


def trap(draft: Draft) -> Verdict | None:
    """A field that no person sees was filled in."""
    if not draft.is_trapped:
        return None
    return Verdict(SPAM, "trap", "A hidden field was filled in.", is_telling=False)


def too_fast(draft: Draft) -> Verdict | None:
    """Sent sooner than anybody reads and writes."""
    if draft.is_trusted or draft.seconds_to_write is None:
        return None
    if draft.seconds_to_write >= FASTEST_SECONDS:
        return None
    return Verdict(HELD, "too_fast", "Written faster than people write.", is_telling=False)
