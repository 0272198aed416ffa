"""What was read: a page at place N is the thread at place N, and nobody goes back in time."""

from collections import defaultdict
from typing import Any

from voxpop.audit.facts import Facts, Violation
from voxpop.audit.history import Op
from voxpop.audit.model import Texts


def page_is_the_model(facts: Facts) -> list[Violation]:
    """I5: a page of place N shows the thread as it was at N: no more, no less, nothing else."""
    found = []
    for read in facts.reads:
        if "unreadable" in read.value:
            found.append(Violation("I5", f"says nothing: {read.value['unreadable']}", [read]))
            continue
        model = facts.models.get(read.thread)
        if model is None or read.ver is None or _is_tail(read):
            continue
        if read.ver > model.end:
            told = [f"names a place beyond the end, {model.end}"]
        else:
            told = _differences(read.value, model.at(read.ver))
        found += [Violation("I5", f"{each} (place {read.ver})", [read]) for each in told]
    return found


def _differences(value: dict[str, Any], state: dict[str, Texts]) -> list[str]:
    """How an answer differs from the thread at its place."""
    told = []
    count = value.get("count")
    if count is not None and count != len(state):
        told.append(f"counts {count} comments of {len(state)}")
    if "shown" not in value:
        return told
    shown = {comment: text for comment, text, _ in value["shown"]}
    for comment, text in shown.items():
        if text not in state.get(comment, ()):
            right = sorted(state.get(comment, ())) or "nothing"
            told.append(f"{comment} says {text!r}, where it said {right}")
    missing = sorted(state.keys() - shown.keys())
    if value.get("whole") and missing:
        told.append(f"{missing[:5]} are not there")
    if len(shown) < len(value["shown"]):
        told.append("a comment is there twice")
    return told


def tail_is_a_prefix(facts: Facts) -> list[Violation]:
    """I5 for the tail: what comes after C is the log after C, without a hole, only shorter."""
    found = []
    for read in facts.reads:
        model = facts.models.get(read.thread)
        if model is None or read.ver is None or not _is_tail(read):
            continue
        after: int = read.value["after"]
        told = [(place, kind, list(comments)) for place, kind, comments in read.value["events"]]
        if told != model.between(after, max(read.ver, after)):
            found.append(Violation("I5", f"is not the log after {after}", [read]))
    return found


def nothing_seen_is_unseen(facts: Facts) -> list[Violation]:
    """I3: one session asking one node for one address never gets an older place than before."""
    newest: dict[tuple[str, str, str], Op] = {}
    found = []
    for read in facts.reads:
        if read.ver is None or _is_tail(read):
            continue
        before = newest.setdefault((read.proc, read.key, read.via), read)
        assert before.ver is not None
        if read.ver < before.ver:
            found.append(Violation("I3", f"went back from {before.ver}", [before, read]))
        else:
            newest[read.proc, read.key, read.via] = read
    return found


def order_is_stable(facts: Facts) -> list[Violation]:
    """I8: one address at one place is one answer, whoever gives it: order, texts and votes."""
    seen: dict[tuple[str, int], Op] = {}
    found = []
    for read in facts.reads:
        if read.ver is None or _is_tail(read) or "shown" not in read.value:
            continue
        first = seen.setdefault((read.key, read.ver), read)
        if _content(first) != _content(read):
            found.append(Violation("I8", f"two answers for place {read.ver}", [first, read]))
    return found


def counters_converge(facts: Facts) -> list[Violation]:
    """I9: at the end every count of a thread is the number of its published comments."""
    counts: dict[str, list[Op]] = defaultdict(list)
    for read in facts.reads:
        is_end = read.proc == "final" and facts.is_settled(read)
        if is_end and read.value.get("count") is not None:
            counts[read.thread].append(read)
    return [
        Violation("I9", f"counts {read.value['count']} of {len(model.at(model.end))}", [read])
        for thread, model in facts.models.items()
        for read in counts[thread]
        if read.value["count"] != len(model.at(model.end))
    ]


def _is_tail(read: Op) -> bool:
    return "after" in read.value


def _content(read: Op) -> tuple[Any, ...]:
    return tuple(tuple(each) for each in read.value["shown"])
