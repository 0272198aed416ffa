"""What was written: each acknowledged comment once, each vote once, and each told in the log."""

from collections import Counter, defaultdict

from voxpop.audit.facts import Facts, Violation
from voxpop.audit.history import FAIL, HELD, INFO, OK, Op


def nothing_lost_or_doubled(facts: Facts) -> list[Violation]:
    """I1: an acknowledged post is in the log once; an unknown one at most once; a refused never."""
    found = []
    for thread, model in facts.models.items():
        posts = facts.writes_of(thread, "post")
        acknowledged = {op.key: op for op in posts if op.type == OK and op.status != HELD}
        born: Counter[str] = Counter()
        for _, kind, comments in model.entries:
            born.update(set(comments) if kind == "published" else ())
        found += [
            Violation("I1", f"acknowledged and not in the log of {thread}", [op])
            for number, op in acknowledged.items()
            if number not in born
        ]
        strangers = [number for number in born if number not in acknowledged]
        unknown = [op for op in posts if op.type == INFO]
        if len(strangers) > len(unknown):
            told = f"{thread} has {len(strangers)} comments {strangers[:3]} that nobody was told of"
            found.append(Violation("I1", f"{told}, and {len(unknown)} posts without answer"))
        said = Counter(text for texts in model.states[-1].values() for text in texts)
        doubled = [op for op in posts if op.type != INFO and said[op.value] > 1]
        found += [Violation("I1", "said twice", [op]) for op in doubled]
    return found + _refused_and_shown(facts)


def every_place_is_told(facts: Facts) -> list[Violation]:
    """I14: a thread's log has one entry at each place; without, who follows it waits for ever."""
    return [
        Violation("I14", f"the log of {thread} has not one entry at the places {model.astray[:5]}")
        for thread, model in facts.models.items()
        if model.astray
    ]


def votes_are_voters(facts: Facts) -> list[Violation]:
    """I7: never more votes than voters who voted, and at the end exactly those who still do."""
    votes: dict[str, list[Op]] = defaultdict(list)
    for writes in facts.writes.values():
        for op in writes:
            if op.f == "vote" and op.type != FAIL:
                votes[op.key].append(op)
    found = []
    for read in facts.reads:
        is_end = read.proc == "final" and facts.is_settled(read)
        for comment, _, up in read.value.get("shown", ()):
            voters = {op.user for op in votes[comment] if op.value == 1 and op.t0 <= read.t1}
            if up > len(voters):
                told = f"{comment} shows {up} votes of {len(voters)} voters"
                found.append(Violation("I7", told, [read]))
            elif is_end and not _is_possible(up, votes[comment]):
                told = f"{comment} ends with {up} votes"
                found.append(Violation("I7", told, [read, *votes[comment]]))
    return found


def _refused_and_shown(facts: Facts) -> list[Violation]:
    refused = {
        op.value: op
        for writes in facts.writes.values()
        for op in writes
        if op.f in {"post", "edit"} and op.type == FAIL
    }
    return [
        Violation("I1", "refused and shown", [refused[text], read])
        for read in facts.reads
        for _, text, _ in read.value.get("shown", ())
        if text in refused
    ]


def _is_possible(up: int, votes: list[Op]) -> bool:
    """Whether so many votes can stand at the end; a vote without answer may count or not."""
    last: dict[str, set[int]] = {}
    for op in sorted(votes, key=lambda op: op.t0):
        last[op.user] = {op.value} if op.type == OK else last.get(op.user, {0}) | {op.value}
    surely = sum(values == {1} for values in last.values())
    perhaps = sum(1 in values for values in last.values())
    return surely <= up <= perhaps
