"""What a real node has been told of each table: old rows go by themselves, in whole files."""

import pytest
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT

from voxpop.cassandra import Client

pytestmark = pytest.mark.server

DAY = 86_400
# Days until a row goes, and days of one file; without the second nothing goes by files.
KEPT = {
    "timeline": (395, 10),
    "figure_minute": (35, 1),
    "figure_hour": (160, 5),
    "figure_day": (1500, 50),
    "timeline_month": (402, 0),
    "figure_bucket": (1600, 0),
    "figure_series": (1600, 0),
    # One row for each who reads, each bound, each keyspace: they stay.
    "watermark": (0, 0),
    "figure_bound": (0, 0),
    "about": (0, 0),
}


def test_every_table_says_how_long_it_keeps_a_row_and_drops_files_by_time(keyspace: Client) -> None:
    rows = keyspace.session(5).execute(
        "SELECT table_name, default_time_to_live, compaction FROM system_schema.tables"
        " WHERE keyspace_name = %s",
        [keyspace.keyspace],
    )
    found = {}
    for name, seconds, compaction in rows:
        days = 0
        if compaction["class"].endswith(".TimeWindowCompactionStrategy"):
            assert compaction["compaction_window_unit"] == "DAYS"
            days = int(compaction["compaction_window_size"])
        found[name] = (seconds / DAY, days)
    assert found == KEPT


def test_whatever_is_asked_is_asked_of_a_quorum(keyspace: Client) -> None:
    profile = keyspace.session(5).get_execution_profile(EXEC_PROFILE_DEFAULT)
    assert profile.consistency_level == ConsistencyLevel.LOCAL_QUORUM
