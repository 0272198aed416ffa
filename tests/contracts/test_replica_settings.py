"""VOXPOP_DATABASE_REPLICA: what is said of one that cannot be meant, before anything is asked."""

import pytest

from voxpop.settings.databases import replica
from voxpop.settings.environment import SettingsError

VARIABLE = "VOXPOP_DATABASE_REPLICA"
PRIMARY = "postgres://voxpop:hunter2@db1:5432/voxpop"
FOLLOWER = "postgres://voxpop:hunter2@db2:5433/voxpop"


def refusal(text: str, primary: str) -> str:
    with pytest.raises(SettingsError) as caught:
        replica(VARIABLE, text, primary)
    said = str(caught.value)
    assert VARIABLE in said
    assert "hunter2" not in said
    return said


def test_it_follows_a_postgresql_and_no_sqlite() -> None:
    assert "write that one's address into VOXPOP_DATABASE" in refusal(FOLLOWER, "")


def test_it_is_not_the_primary_itself() -> None:
    assert "is VOXPOP_DATABASE itself: write the replica's address" in refusal(PRIMARY, PRIMARY)


@pytest.mark.parametrize(
    "text", ["db2:5433", "postgres://db2", "mysql://voxpop:hunter2@db2/voxpop"]
)
def test_it_has_the_form_of_the_primary(text: str) -> None:
    assert "is not of the form postgres://user:password@host" in refusal(text, PRIMARY)


def test_it_is_asked_through_a_pool_of_its_own_that_waits_for_nobody() -> None:
    entry = replica(VARIABLE, FOLLOWER, PRIMARY)
    assert (entry["ENGINE"], entry["HOST"], entry["PORT"]) == ("voxpop.replica", "db2", "5433")
