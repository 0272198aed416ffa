"""The one door of screening."""

from dataclasses import replace

from voxpop.screening.draft import PUBLISHED, Draft, Verdict
from voxpop.screening.rules import RULES


def judge(draft: Draft) -> Verdict:
    """The verdict of the first rule that has one; published when none has."""
    for rule in RULES:
        verdict = rule(draft)
        if verdict is not None:
            return replace(verdict, is_flood=draft.starts_flood)
    return Verdict(PUBLISHED, is_flood=draft.starts_flood)
