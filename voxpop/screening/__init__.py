"""Screening judges a draft before it is anybody's comment: facts in, a verdict out, no rows."""

from voxpop.screening.draft import HELD, PUBLISHED, REJECTED, SPAM, Draft, Verdict, fingerprint
from voxpop.screening.judge import judge

__all__ = [
    "HELD",
    "PUBLISHED",
    "REJECTED",
    "SPAM",
    "Draft",
    "Verdict",
    "fingerprint",
    "judge",
]
