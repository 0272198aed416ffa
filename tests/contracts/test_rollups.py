"""One contract for every store of figures."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop.analytics.models import Figure
from voxpop.analytics.rollups import Cell, MemoryRollups, Metric, Rollups, Step
from voxpop.analytics.stored import StoredRollups
from voxpop.analytics.wide import WideRollups
from voxpop.cassandra import Client

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
ALL = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
VIEWS = Metric.VIEWS_BY_THREAD
PATIENCE = 60  # seconds; a busy machine takes its time


# By its group it runs beside whatever else asks for the one node.
ON_CASSANDRA = pytest.param(
    "wide", marks=[pytest.mark.server, pytest.mark.xdist_group("cassandra")]
)


@pytest.fixture(params=["memory", "stored", ON_CASSANDRA])
def rollups(request) -> Rollups:
    if request.param == "wide":
        return wide(request.getfixturevalue("keyspace"))
    return MemoryRollups() if request.param == "memory" else StoredRollups()


def wide(keyspace: Client) -> WideRollups:
    """Cassandra's, as if nobody had written; to truncate seven tables would take it seconds."""
    session = keyspace.session(PATIENCE)
    for table in ("figure_minute", "figure_hour", "figure_day"):
        for partition in session.execute(f"SELECT DISTINCT forum, metric, bucket FROM {table}"):
            session.execute(
                f"DELETE FROM {table} WHERE forum = %s AND metric = %s AND bucket = %s", partition
            )
    for name in ("hour", "day", "gone"):
        session.execute("DELETE FROM figure_bound WHERE name = %s", [name])
    return WideRollups(keyspace, PATIENCE)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_the_same_cell_written_again_is_replaced_and_sources_are_summed(rollups):
    rollups.put([Cell("mag", VIEWS, NOON, 5, "a", "one")])
    rollups.put([Cell("mag", VIEWS, NOON, 7, "a", "one"), Cell("mag", VIEWS, NOON, 2, "a", "two")])
    rollups.put([Cell("mag", VIEWS, NOON, 7, "a", "one")])
    assert rollups.read("mag", VIEWS, *ALL, Step.MINUTE) == {NOON: 9}


def test_nothing_to_write_is_nothing(rollups):
    rollups.put([])
    assert rollups.read("mag", VIEWS, *ALL, Step.MONTH) == {}
    assert rollups.top("mag", VIEWS, *ALL, 5) == []


def test_a_span_is_half_open_and_knows_forum_and_metric(rollups):
    rollups.put(
        [
            Cell("mag", VIEWS, NOON, 1, "a"),
            Cell("mag", VIEWS, at(1), 2, "a"),
            Cell("mag", VIEWS, at(2), 4, "a"),
            Cell("mag", Metric.VOTES, at(1), 8),
            Cell("other", VIEWS, at(1), 16, "a"),
        ]
    )
    assert rollups.read("mag", VIEWS, NOON, at(2), Step.MINUTE) == {NOON: 1, at(1): 2}


@pytest.mark.parametrize(
    ("step", "begins"),
    [
        (Step.MINUTE, ["2026-03-31 23:59", "2026-04-01 00:00"]),
        (Step.HOUR, ["2026-03-31 23:00", "2026-04-01 00:00"]),
        (Step.DAY, ["2026-03-31 00:00", "2026-04-01 00:00"]),
        (Step.MONTH, ["2026-03-01 00:00", "2026-04-01 00:00"]),
    ],
)
def test_minutes_are_folded_to_the_steps_of_utc(rollups, step, begins):
    first, second = (
        datetime(2026, 3, 31, 23, 59, tzinfo=UTC) + timedelta(minutes=n) for n in (0, 1)
    )
    rollups.put([Cell("mag", VIEWS, first, 3), Cell("mag", VIEWS, second, 4)])
    found = rollups.read("mag", VIEWS, *ALL, step)
    assert [f"{begin:%Y-%m-%d %H:%M}" for begin in found] == begins
    assert list(found.values()) == [3, 4]


def test_the_largest_come_first_and_ties_by_their_label(rollups):
    for label, value in (("c", 5), ("a", 3), ("b", 5), ("d", 0), ("e", 1)):
        rollups.put([Cell("mag", VIEWS, NOON, value, label), Cell("mag", VIEWS, at(1), 0, label)])
    assert rollups.top("mag", VIEWS, *ALL, 3) == [("b", 5), ("c", 5), ("a", 3)]


def test_old_figures_become_coarse_and_the_oldest_go(rollups):
    now = NOON + timedelta(minutes=30)
    ages = [timedelta(minutes=5), timedelta(days=4), timedelta(days=200), timedelta(days=4000)]
    for age in ages:
        moment = Step.MINUTE.floor(now - age)
        rollups.put(
            [
                Cell("mag", VIEWS, moment, 1, "a", "one"),
                Cell("mag", VIEWS, moment, 2, "a", "two"),
                Cell("mag", VIEWS, moment + timedelta(minutes=1), 4, "b", "one"),
            ]
        )
    rollups.thin(now)
    rollups.thin(now)
    span = (datetime(1990, 1, 1, tzinfo=UTC), ALL[1])
    found = rollups.read("mag", VIEWS, *span, Step.MINUTE)
    assert found == {
        Step.DAY.floor(now - ages[2]): 7,
        Step.HOUR.floor(now - ages[1]): 7,
        at(25): 3,
        at(26): 4,
    }
    assert rollups.top("mag", VIEWS, *span, 5) == [("b", 12), ("a", 9)]


CELLS = st.lists(
    st.builds(
        Cell,
        forum=st.sampled_from(["mag", "other"]),
        metric=st.sampled_from([Metric.VIEWS, Metric.VOTES]),
        minute=st.integers(-7 * 1440, 0).map(at),
        value=st.integers(0, 5),
        label=st.sampled_from(["", "a", "b"]),
        source=st.sampled_from(["", "one"]),
    ),
    max_size=12,
)


@pytest.mark.broad
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(CELLS, max_size=4), st.booleans())
def test_the_stored_are_as_those_in_memory(db, batches, is_thinned):
    Figure.objects.all().delete()
    is_as_in_memory(StoredRollups(), batches, is_thinned)


@pytest.mark.server
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)
@given(st.lists(CELLS, max_size=4), st.booleans())
def test_cassandras_are_as_those_in_memory(keyspace, batches, is_thinned):
    is_as_in_memory(wide(keyspace), batches, is_thinned)


def is_as_in_memory(stored, batches, is_thinned):
    memory = MemoryRollups()
    for each in (memory, stored):
        for batch in [*batches, *batches[-1:]]:
            each.put(batch)
        if is_thinned:
            each.thin(NOON)
    for metric in (Metric.VIEWS, Metric.VOTES):
        assert stored.top("mag", metric, *ALL, 5) == memory.top("mag", metric, *ALL, 5)
        for step in Step:
            question = ("mag", metric, at(-9000), at(-7), step)
            assert stored.read(*question) == memory.read(*question)
