"""The simulator on which `edge-trace` stands: what it keeps, what it counts, and against what."""

import pytest

from bench.trace.arithmetic import expect
from bench.trace.edge import FENCED, FETCH, HOLD, POLL, Edge, Node
from bench.trace.figures import DAY, MONTH, Figures
from bench.trace.generate import Front, Happening, Thread, Trace, generate
from bench.trace.judge import judge
from bench.trace.memory import bytes_used, reach
from bench.trace.population import life_of, threads_of
from bench.trace.rules import Follow, Rules, of_2013, ours
from bench.trace.unique import is_truly_unique

pytestmark = pytest.mark.broad

PAGE = ("page", 0)
RULES = Rules(
    page=(60, 60, 60),
    tail=(60, 60, 60),
    counts=(60, 60),
    counts_busy=0.0,
    is_purging=True,
    repeats_purges=True,
    follow=Follow(live=0.0, poll=0.0, is_empty_live=False),
)
# A month without the threads that are read most, which take most of the time to simulate.
QUIETER = Figures(most_views=5e4, zipf=1.2)
LIVE = RULES.but(follow=Follow(live=DAY, poll=DAY, is_empty_live=True))


def node(memory: float = 1e9) -> Node:
    return Node(memory)


def ask(
    at: Node, time: float, version: int = 0, url: tuple = PAGE, size: float = 100
) -> str | None:
    return at.why_fetched(url, time, 60, version, size)


def edge(happenings: list[Happening], rules: Rules = RULES) -> Edge:
    trace = Trace(Figures(), [Thread(0, 1.0)], [Front(0, 1.0)], sorted(happenings))
    return Edge(trace, rules).run()


def test_only_writes_viewers_and_bytes_never_had_are_truly_unique() -> None:
    assert is_truly_unique("write", 1, 1)
    assert is_truly_unique("overlay", 1, 1)
    assert is_truly_unique("page", 1, None)
    assert is_truly_unique("page", 2, 1)
    assert not is_truly_unique("page", 1, 1)
    assert not is_truly_unique("tail", 0, 0)


def test_an_answer_is_kept_until_its_time_is_up() -> None:
    at = node()
    assert [ask(at, time) for time in (0, 59, 60, 61)] == ["first", None, "expired", None]


def test_a_purge_brings_the_change_and_its_repetition_costs_one_more() -> None:
    at = node()
    ask(at, 0)
    at.purge(PAGE, 10)
    assert ask(at, 10, version=1) == "changed"
    at.purge(PAGE, 11)
    assert ask(at, 11, version=1) == "purged"
    assert ask(at, 11.5, version=1) is None


def test_what_was_being_fetched_at_the_purge_is_fenced() -> None:
    at = node()
    ask(at, 0)
    at.purge(PAGE, FETCH / 2)
    assert ask(at, FETCH) is None
    assert ask(at, FETCH / 2 + FENCED) == "fenced"


def test_what_was_used_longest_ago_makes_room() -> None:
    at = node(memory=250)
    for number in (0, 1):
        ask(at, number, url=("page", number))
    assert ask(at, 2, url=("page", 0)) is None
    ask(at, 3, url=("page", 2))
    assert ask(at, 4, url=("page", 0)) is None
    assert ask(at, 5, url=("page", 1)) == "evicted"
    assert at.bytes <= 250


def test_ten_who_are_parked_at_one_place_are_one_held_request() -> None:
    readers = [Happening(n * 0.1, "view", 0, visible=HOLD) for n in range(10)]
    counted = edge([*readers, Happening(5, "comment", 0)], LIVE)
    # One is answered by the comment; the one after it ends with nothing, when all have left.
    assert counted.origin["held tail", "changed"] == 1
    assert counted.origin["held tail", "held"] == 1
    assert counted.requests["held tail"] == 20
    assert counted.origin["page", "first"] == 1


def test_a_hold_is_over_25_seconds_after_the_first_who_waited() -> None:
    late = HOLD - 5
    readers = [Happening(time, "view", 0, visible=30 - time) for time in (0, late)]
    counted = edge(readers, LIVE)
    assert counted.origin["held tail", "held"] == 2
    assert counted.requests["held tail"] == 4


def test_who_polls_is_answered_from_the_copy_until_there_is_news() -> None:
    rules = RULES.but(follow=Follow(live=0.0, poll=DAY, is_empty_live=False))
    views = [Happening(0, "view", 0, visible=2.5 * POLL)]
    assert edge(views, rules).origin["tail", "first"] == 1
    news = edge([*views, Happening(POLL + 1, "comment", 0)], rules)
    assert news.requests["tail"] == 3
    assert news.origin["tail", "changed"] == 1


def test_votes_of_one_second_are_one_change() -> None:
    votes = [Happening(10 + n / 100, "vote", 0) for n in range(50)]
    views = [Happening(time, "view", 0) for time in (0, 10.9, 11.1, 12.1, 20)]
    counted = edge([*votes, *views], RULES.but(repeats_purges=False))
    assert counted.origin["write", "writer"] == 50
    assert counted.origin["page", "changed"] == 1


def test_counts_are_purged_where_nobody_commented_lately_and_else_a_minute_old() -> None:
    asks = [Happening(time, "front", 0) for time in (0, 11, 13, 75)]
    comments = [Happening(10, "front_changed", 0), Happening(12, "front_changed", 0)]
    counted = edge([*asks, *comments], RULES.but(counts=(60, 3600), counts_busy=60.0))
    assert counted.origin["counts", "changed"] == 2  # at 11 by the purge, at 75 by the time
    assert counted.stale["counts"] == 1


def test_purging_lets_nobody_see_an_older_page_and_ten_seconds_do() -> None:
    happenings = [Happening(time, "view", 0) for time in (0, 1.5, 4)]
    happenings.append(Happening(1, "comment", 0))
    assert edge(happenings, ours()).stale["page"] == 0
    assert edge(happenings, of_2013()).stale["page"] == 2


def test_the_policy_of_2013_sends_a_third_to_django() -> None:
    assert judge(expect(Figures(), of_2013())).share == pytest.approx(0.333, abs=0.01)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.broad)])
def test_arithmetic_and_simulation_agree(seed: int) -> None:
    trace = generate(QUIETER, views=12_000, seed=seed)
    for rules in (of_2013(), ours()):
        simulated, expected = judge(Edge(trace, rules).run()), judge(expect(QUIETER, rules))
        assert simulated.origin == pytest.approx(expected.origin, rel=0.15)
        assert simulated.unique == pytest.approx(expected.unique, rel=0.15)


def test_the_sample_stands_for_the_whole_month() -> None:
    run = Edge(generate(QUIETER, views=4_000, seed=5), of_2013()).run()
    assert run.views == pytest.approx(QUIETER.views_a_month, rel=0.05)


def test_as_many_threads_are_born_and_read_as_was_public() -> None:
    cells = threads_of(Figures())
    assert sum(births for _, births in cells) * DAY == pytest.approx(5e6, rel=0.01)
    assert sum(value * births for value, births in cells) * MONTH == pytest.approx(8e9, rel=0.01)


def test_half_of_what_fades_comes_in_36_hours_and_three_tenths_after_a_month() -> None:
    figures = Figures()
    life = life_of(figures)
    assert 1 - life.share(MONTH) == pytest.approx(figures.cold_share, abs=0.001)
    assert life.share(life.oldest) == pytest.approx(1)
    young = life.share(figures.half_life)
    assert young == pytest.approx((1 - life.archived) / 2, rel=0.01)


def test_a_smaller_memory_reaches_less_far_back() -> None:
    figures = Figures()
    everything = bytes_used(figures, MONTH)
    assert reach(figures, everything) == float("inf")
    hours = [reach(figures, everything * part) / 3600 for part in (0.001, 0.01, 0.1)]
    assert hours == sorted(hours)
    assert bytes_used(figures, hours[1] * 3600) == pytest.approx(everything * 0.01, rel=0.01)
