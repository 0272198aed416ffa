"""The auditor judges rightly: good histories, and one for each thing that may be wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.performance_page import page
from voxpop.audit.browser import Answer, Reading
from voxpop.audit.facts import make_facts
from voxpop.audit.history import FAIL, INFO, OK, History, Op, read_history
from voxpop.audit.invariants import INVARIANTS, judge
from voxpop.audit.run import ACKNOWLEDGED, KILLS, Outcome
from voxpop.audit.summary import summary
from voxpop.audit.surfaces import COMMENTS, TAIL, Surface

THREAD = "magazine/a-page"
PAGE = "/api/v1/threads/x/comments"
Shown = list[list[Any]]


def read(at: float, ver: int | None, shown: Shown, **more: Any) -> Op:
    """Somebody reads the whole thread through the node within 0.1 s."""
    value = {"shown": shown, "whole": True}
    return replace(
        Op("reader", "read", OK, at, at + 0.1, THREAD, PAGE, value, ver, "edge", status=200), **more
    )


def tail(at: float, after: int, events: list[list[Any]], ver: int) -> Op:
    value = {"shown": [], "after": after, "events": events}
    return Op("live", "read", OK, at, at + 0.1, THREAD, "/tail", value, ver, "edge", status=200)


def write(f: str, at: float, key: str, value: Any, ver: int | None = None, **more: Any) -> Op:
    return replace(
        Op("writer", f, OK, at, at + 0.1, THREAD, key, value, ver, status=201, user="ada"), **more
    )


def fault(kind: str, start: float, end: float, value: float | None = None) -> Op:
    return Op("nemesis", "fault", OK, start, end, key=kind, value=value)


def log(*entries: tuple[str, str]) -> Op:
    told = [[place, kind, [comment]] for place, (kind, comment) in enumerate(entries, 1)]
    return Op("final", "log", OK, 900, 900, THREAD, value=told)


POSTED_1 = write("post", 10, "c1", "one", 1)
POSTED_2 = write("post", 20, "c2", "two", 2)
EDITED_1 = write("edit", 30, "c1", "uno", 3)
REMOVED_2 = write("delete", 40, "c2", None, 4)
VOTED_1 = write("vote", 50, "c1", 1, user="bo")
ENTRIES = [
    ("published", "c1"), ("published", "c2"), ("edited", "c1"), ("removed", "c2"), ("votes", "c1"),
]  # fmt: skip
LOG = log(*ENTRIES)
AT_1: Shown = [["c1", "one", 0]]
AT_2: Shown = [["c1", "one", 0], ["c2", "two", 0]]
AT_3: Shown = [["c1", "uno", 0], ["c2", "two", 0]]
AT_4: Shown = [["c1", "uno", 0]]
AT_5: Shown = [["c1", "uno", 1]]
END = read(
    800, 5, AT_5, proc="final", via="origin", value={"shown": AT_5, "whole": True, "count": 1}
)
STORY = [
    POSTED_1, read(11, 1, AT_1), POSTED_2, read(21, 2, AT_2), EDITED_1, read(31, 3, AT_3),
    REMOVED_2, read(41, 4, AT_4), VOTED_1, read(60, 5, AT_5), read(61, 5, AT_5, is_hit=True),
    tail(62, 3, [[4, "removed", ["c2"]], [5, "votes", ["c1"]]], 5), tail(12, 1, [], 1), LOG, END,
]  # fmt: skip


def broken(*more: Op, without: Op | None = None) -> set[str]:
    """The names of the invariants that the story breaks with some things added or left out."""
    facts = make_facts([op for op in STORY if op is not without] + list(more))
    return {name for name, check in INVARIANTS.items() if check(facts)}


def test_a_run_without_a_fault_breaks_nothing() -> None:
    assert not judge(make_facts(STORY))


BAD: dict[str, tuple[set[str], list[Op]]] = {
    "an acknowledged comment that is not in the log": (
        {"I1"}, [write("post", 799, "c9", "nine", 9)]),
    "a comment that nobody wrote": ({"I1", "I4", "I9"}, [log(*ENTRIES, ("published", "c0"))]),
    "a refused comment that is shown": (
        {"I1", "I5"}, [write("post", 70, "", "no", type=FAIL),
                       read(71, 5, [*AT_5, ["c8", "no", 0]], key="/other")]),
    "an author who does not see what he wrote": ({"I2"}, [read(20.2, 1, AT_1, floor=2)]),
    "an author who is told that there is nothing": (
        {"I2"}, [read(11.2, None, [], status=404, floor=1)]),
    "a thread that is said not to be there": (
        {"I4"}, [read(29, None, [], status=404, proc="another")]),
    "an end that is not the end": (
        {"I4"}, [read(802, 4, AT_5, proc="final", key="/other")]),
    "a reader who goes back in time": ({"I3"}, [read(21.2, 1, AT_1)]),
    "a page that is too old": ({"I4"}, [read(29, 1, AT_1, proc="another")]),
    "a page that is older than any fault explains": (
        {"I4"}, [fault("purges", 19, 30), read(38, 1, AT_1, proc="another")]),
    "an old answer marked as such while Django is well": (
        {"I4"}, [read(29, 1, AT_1, proc="another", is_stale=True)]),
    "a removed comment that is still told in a list without a place": (
        {"I4-removed"}, [read(46, None, [["c2", "two", 0]], key="/recent")]),
    "a page that does not have what its place has": (
        {"I5"}, [read(22, 2, AT_1, key="/other")]),
    "a page that has more than its place has": ({"I5"}, [read(22, 1, AT_2, key="/other")]),
    "a page that shows another thread's comment": (
        {"I5"}, [read(22, 2, [*AT_2, ["d1", "else", 0]], key="/other")]),
    "a page with an older text": (
        {"I5"}, [read(32, 3, [["c1", "one", 0], ["c2", "two", 0]], key="/other")]),
    "an answer that nobody can read": (
        {"I5"}, [read(22, 2, [], value={"unreadable": "JSONDecodeError"}, key="/other")]),
    "a page of a place that was never reached": ({"I5"}, [read(70, 8, AT_5, key="/other")]),
    "a tail with a hole": ({"I5-tail"}, [tail(70, 3, [[5, "votes", ["c1"]]], 5)]),
    "a tail that ends before it says": (
        {"I5-tail"}, [tail(70, 3, [[4, "removed", ["c2"]]], 5)]),
    "another's private words": ({"I6"}, [read(70, 5, AT_5, leaks=["bo"])]),
    "another's overlay": (
        {"I6"}, [Op("x", "overlay", OK, 70, 71, THREAD, value={"viewer": "bo"}, user="ada")]),
    "another's account": (
        {"I6"}, [Op("x", "home", OK, 70, 71, THREAD, value={"viewer": "bo"}, user="ada")]),
    "more votes than voters": (
        {"I7"}, [read(22, 2, [["c1", "one", 1], ["c2", "two", 0]], key="/other")]),
    "a vote that is not counted at the end": (
        {"I7"}, [write("vote", 70, "c1", 1, user="cy")]),
    "two orders for one place": (
        {"I8"}, [read(22, 2, list(reversed(AT_2)))]),
    "a count that is not the number of comments": (
        {"I9"}, [read(801, None, [], proc="final", key="/count", value={"count": 2})]),
    "a count that its place does not have": ({"I5"}, [read(70, 5, [], value={"count": 2})]),
    "an error for a warm page while Django is down": (
        {"I10"}, [fault("django_stopped", 70, 80), read(75, None, [], status=503)]),
    "an error while nothing is wrong": ({"I10", "I12"}, [read(75, None, [], status=503)]),
    "a write that is refused while only Redis is away": (
        {"I12"}, [fault("redis_stopped", 69, 80),
                  write("vote", 70, "c1", 1, user="bo", before=[503])]),
    "a page that is not there while only a standby is away": (
        {"I12"}, [fault("standby_killed", 69, 80), read(70, None, [], status=503, key="/cold")]),
    "a refusal after which nobody tries again": (
        {"I13"}, [fault("postgres_full", 69, 80),
                  write("vote", 70, "c1", 1, user="bo", before=[500])]),
    "errors without end while memory is short": (
        {"I13"}, [fault("memory_short", 69, 80),
                  *[write("vote", 70, "c1", 1, user="bo", before=[500])] * 11]),
    "an unchanged page that is fetched for each": (
        {"I11"}, [read(62, 5, AT_5, proc="another")]),
}  # fmt: skip


@pytest.mark.parametrize("told", BAD)
def test_each_wrong_thing_is_seen(told: str) -> None:
    invariants, more = BAD[told]
    without = LOG if more[0].f == "log" else None
    assert broken(*more, without=without) == invariants


GOOD: dict[str, list[Op]] = {
    "a post without an answer that was not taken": [write("post", 70, "", "q", type=INFO)],
    "a vote without an answer": [write("vote", 70, "c1", 1, user="cy", type=INFO)],
    "a held comment": [write("post", 70, "c7", "held", status=202)],
    "an old page within its bound": [read(24, 1, AT_1, proc="another")],
    "a thread that was not there a moment ago": [
        read(19, None, [], status=404, proc="another")],
    "an older page while purges are lost": [
        fault("purges", 19, 30), read(33, 1, AT_1, proc="another")],
    "an old page marked as such while Django is stopped": [
        fault("django_stopped", 70, 90), read(80, 3, AT_3, proc="another", is_stale=True)],
    "an error for a page that was never warm": [
        fault("django_stopped", 70, 80), read(75, None, [], status=503, key="/cold")],
    "an error after a removal made the page cold": [
        fault("django_stopped", 38, 45), read(42, None, [], status=503)],
    "an error after the node was restarted empty": [
        fault("node_restarted", 70, 71), fault("django_stopped", 72, 80),
        read(75, None, [], status=503)],
    "a write that is refused while PostgreSQL is away": [
        fault("postgres_killed", 69, 80), fault("redis_stopped", 69, 80),
        write("vote", 70, "c1", 1, user="bo", before=[503, 0, 503])],
    "somebody who was in the middle of it when memory ran short": [
        fault("memory_short", 69, 80), write("vote", 70, "c1", 1, user="bo", before=[500])],
    "a removed comment that was restored": [
        write("decide", 70, "c2", "restore", 6, user="mo"),
        read(80, 6, [["c1", "uno", 1], ["c2", "two", 0]], key="/other")],
    "a refetch because something changed": [
        write("vote", 61.5, "c1", 1, user="bo"), read(62, 5, AT_5, proc="another")],
    "an edit without an answer that was taken, or not": [
        write("edit", 20.2, "c1", "eins", type=INFO)],
}  # fmt: skip


@pytest.mark.parametrize("told", GOOD)
def test_what_is_right_is_not_blamed(told: str) -> None:
    more = GOOD[told]
    if "restored" in told:
        end = replace(END, ver=6, value={"shown": more[1].value["shown"], "whole": True})
        again = log(*ENTRIES, ("published", "c2"))
        facts = make_facts([op for op in STORY if op not in (LOG, END)] + [*more, again, end])
        assert not judge(facts)
        return
    assert not broken(*more)


def test_an_unanswered_edit_explains_the_text_that_it_made() -> None:
    unanswered = write("edit", 30, "c1", "uno", type=INFO)
    assert not broken(unanswered, without=EDITED_1)


@pytest.mark.parametrize("change", ["lacks it", "tells it twice", "tells it late"])
def test_a_place_astray_is_told_and_not_the_end_of_the_judgement(change: str) -> None:
    told = [[place, kind, [comment]] for place, (kind, comment) in enumerate(ENTRIES, 1)]
    third = told[2]
    without = [each for each in told if each is not third]
    entries = {
        "lacks it": without,
        "tells it twice": [*told, third],
        "tells it late": [*without, third],
    }[change]
    found = judge(make_facts([op for op in STORY if op is not LOG] + [replace(LOG, value=entries)]))
    said = [each.told for each in found if each.invariant == "I14"]
    places = "[3, 3]" if change == "tells it late" else "[3]"
    assert said == [f"the log of {THREAD} has not one entry at the places {places}"]


def test_an_unanswered_post_explains_one_comment_and_not_two() -> None:
    unanswered = write("post", 10, "", "one", type=INFO)
    assert not broken(unanswered, without=POSTED_1)
    assert broken(without=POSTED_1) == {"I1", "I5"}


def test_a_removed_comment_that_holds_the_place_of_a_reply_says_nothing() -> None:
    # c2 is removed; its reply c3 goes, with it the empty place, and both come back.
    entries = [*ENTRIES[:4], ("published", "c3"), ("removed", "c3"), ("removed", "c2")]
    back = log(*entries, ("published", "c2"), ("published", "c3"))
    shown: Shown = [["c1", "uno", 0], ["c3", "three", 0]]
    story: list[Op] = [
        POSTED_1, POSTED_2, EDITED_1, REMOVED_2, write("post", 50, "c3", "three", 5),
        write("decide", 60, "c3", "delete", 6), write("decide", 70, "c3", "restore", 9), back,
    ]  # fmt: skip
    end = read(80, 9, shown)
    assert not judge(make_facts([*story, end]))
    wrong = read(80, 9, [*shown, ["c2", "two", 0]])
    assert {each.invariant for each in judge(make_facts([*story, wrong]))} >= {"I5"}


def test_a_tail_of_a_long_log_ends_where_one_answer_does() -> None:
    posts = [write("post", n / 10, f"c{n}", f"text {n}", n) for n in range(1, 222)]
    whole = log(*[("published", f"c{n}") for n in range(1, 222)])
    events = [[n, "published", [f"c{n}"]] for n in range(1, 222)]
    assert not judge(make_facts([*posts, whole, tail(100, 0, events[:200], 200)]))
    short = make_facts([*posts, whole, tail(100, 0, events[:199], 199)])
    assert {each.invariant for each in judge(short)} == {"I4"}


@pytest.mark.parametrize(("seconds", "is_too_long"), [(0.3, False), (3.5, True)])
def test_who_waits_for_a_server_that_hangs_waits_a_moment_only(
    seconds: float, is_too_long: bool
) -> None:
    usual = [write("vote", 60 + n, "c1", 1, user="bo") for n in range(12)]
    slow = replace(usual[0], t0=98.9, t1=98.9 + seconds)  # on its way when it happens
    # The watch cannot tell a busy machine from a Django that waits.
    faults = [fault("memcached_stopped", 99, 110), fault("overload", 99, 104)]
    found = broken(*usual, slow, *faults)
    assert found == ({"I12"} if is_too_long else set())


def test_what_is_only_quick_is_not_to_blame_for_what_is_serious() -> None:
    usual = [write("vote", 60 + n, "c1", 1, user="bo") for n in range(12)]
    slow = replace(usual[0], t0=100, t1=104)
    faults = [fault("memcached_stopped", 99, 110), fault("postgres_stopped", 99, 110)]
    assert not broken(*usual, slow, *faults)


def test_it_is_told_when_each_wrong_thing_showed() -> None:
    wrong = [read(22, 2, AT_1, key="/other"), write("post", 70, "c9", "lost", 6)]
    facts = make_facts([*STORY, *wrong])
    outcome = Outcome(
        Path(), facts, [each for each in judge(facts) if each.invariant in {"I1", "I5"}]
    )
    assert outcome.found_after == {"I5": 12.1, "I1": 890}


def test_a_run_is_kept_as_a_benchmarks_result_is() -> None:
    kills = [fault("postgres_killed", 60, 61), fault("kill_at", 62, 63), fault("kill_at", 64, 65)]
    others = [fault("redis_stopped", 66, 67), fault("postgres_restarted", 68, 69)]
    lost = write("post", 70, "c9", "lost", 6)
    facts = make_facts([*STORY, *kills, *others, lost])
    outcome = Outcome(Path(), facts, judge(facts))
    told = summary("audit-writes", "as asked", outcome, {ACKNOWLEDGED: 3, KILLS: 4})
    assert told["figures"][ACKNOWLEDGED] == 3
    assert told["figures"]["faults"] == {
        "kill_at": 2, "postgres_killed": 1, "postgres_restarted": 1, "redis_stopped": 1,
    }  # fmt: skip
    assert told["figures"]["violations"].keys() == INVARIANTS.keys()
    assert told["violations"]["I1"] == told["figures"]["violations"]["I1"] > 0
    (kept,) = json.loads(json.dumps([told]))
    written = page([kept])
    assert "| kills | >= 4 | 3 | **missed** |" in written
    assert f"| {ACKNOWLEDGED} | >= 3 | 3 | met |" in written
    assert "| P1: acknowledged comments that are lost or double | 0 | 1 | **missed** |" in written
    assert "| P2: own comments that their author was not shown | 0 | 0 | met |" in written


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    for op in STORY:
        history.add(op)
    history.close()
    assert list(read_history(history.path)) == STORY


@pytest.mark.parametrize("surface", [COMMENTS, TAIL], ids=lambda surface: surface.name)
@pytest.mark.parametrize("body", [b'{"comments": [', b"[]", b"", b'{"comments": 1, "events": 1}'])
def test_bytes_that_are_no_answer_end_no_run(surface: Surface, body: bytes) -> None:
    value, _ = Reading().of(surface, Answer(200, body=body))
    assert value.keys() == {"unreadable"}
