"""What a thread looked like at every place of its log: the truth that answers are compared with.

The order comes from the log as the database tells it at the end; the texts come from those who
wrote them. Where a write was never acknowledged, more than one text may be right.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from voxpop.audit.history import FAIL, HELD, INFO, OK, Op

Texts = frozenset[str]
Entry = tuple[int, str, list[str]]  # place, kind, comments


@dataclass
class Model:
    """One thread. `states[n]` is what is published at place n: comment → the texts it may say.

    A place that the log lacks, or tells again or late, is among `astray`, and changed nothing.
    """

    thread: str
    entries: list[Entry]
    astray: list[int] = field(default_factory=list)
    states: list[dict[str, Texts]] = field(default_factory=lambda: [{}])

    @property
    def end(self) -> int:
        """The last place of the log."""
        return len(self.states) - 1

    def at(self, place: int) -> dict[str, Texts]:
        """What is published at a place of the log; raises IndexError beyond its end."""
        return self.states[place]

    def between(self, after: int, place: int) -> list[Entry]:
        """The entries after one place up to another, both included in the log."""
        return self.entries[after:place]


def make_model(thread: str, entries: Sequence[Entry], writes: Sequence[Op]) -> Model:
    """Replay a thread's log with the texts of its writers."""
    model = Model(thread, *_every_place(entries))
    first, edits, unknown_first, unknown_edits = _texts(writes)
    restored = _restored(entries, writes)
    last_said: dict[str, Texts] = {}
    state: dict[str, Texts] = {}
    for place, kind, comments in model.entries:
        state = dict(state)
        for comment in comments:
            if kind == "removed":
                state.pop(comment, None)
            elif kind == "published" and comment not in last_said:
                said = first.get(comment) or frozenset(unknown_first)
                state[comment] = last_said[comment] = said
            elif kind == "published" and (comment, place) in restored:
                state[comment] = last_said[comment]
            elif kind == "edited":
                known = edits.get((comment, place))
                said = known or frozenset(unknown_edits[comment])
                last_said[comment] = said
                if comment in state:
                    state[comment] = said
        model.states.append(state)
    return model


def _every_place(entries: Iterable[Entry]) -> tuple[list[Entry], list[int]]:
    """The log with one entry a place, an empty one where it lacks it; and where it was not so."""
    whole: list[Entry] = []
    astray: list[int] = []
    for entry in entries:
        if entry[0] <= len(whole):
            astray.append(entry[0])
            continue
        for place in range(len(whole) + 1, entry[0]):
            astray.append(place)
            whole.append((place, "lost", []))
        whole.append(entry)
    return whole, astray


def _restored(entries: Sequence[Entry], writes: Iterable[Op]) -> set[tuple[str, int]]:
    """Where a comment was published again.

    A removed comment is also told as published where it only holds the place of a reply that came
    back: then nobody has restored it, and it says nothing.
    """
    again: dict[str, list[int]] = defaultdict(list)
    for place, kind, comments in entries:
        for comment in comments if kind == "published" else ():
            again[comment].append(place)
    restored: set[tuple[str, int]] = set()
    for op in writes:
        if op.f == "decide" and op.value == "restore" and op.type != FAIL:
            places = again.get(op.key, [])
            # The answer names the place at which the comment changed last, when it was made.
            known = [place for place in places if op.ver is None or place <= op.ver]
            restored |= {(op.key, place) for place in (known[-1:] if op.type == OK else places)}
    return restored


def _texts(
    writes: Iterable[Op],
) -> tuple[dict[str, Texts], dict[tuple[str, int], Texts], set[str], dict[str, set[str]]]:
    """First texts by comment, edits by comment and place, and what may have been said besides."""
    first: dict[str, Texts] = {}
    edits: dict[tuple[str, int], Texts] = {}
    unknown_first: set[str] = set()
    unknown_edits: dict[str, set[str]] = defaultdict(set)
    for op in writes:
        if op.type == FAIL or op.status == HELD:
            continue
        if op.f == "post" and op.type == OK:
            first[op.key] = frozenset([op.value])
        elif op.f == "post" and op.type == INFO:
            unknown_first.add(op.value)
        elif op.f == "edit" and op.type == OK and op.ver is not None:
            edits[op.key, op.ver] = frozenset([op.value])
        elif op.f == "edit":
            unknown_edits[op.key].add(op.value)
    return first, edits, unknown_first, unknown_edits
