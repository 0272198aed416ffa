"""When a letter goes, by the reader's own clock; also in the nights when clocks are changed."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.notices.models import Pace
from voxpop.notices.when import Clock, end_of_quiet, goes_at, next_summary

BERLIN, NIGHT = "Europe/Berlin", {"quiet_from": time(22), "quiet_until": time(7)}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-07-01 12:00", "2026-07-01 12:00"),  # 14:00 in Berlin
        ("2026-07-01 20:00", "2026-07-02 05:00"),  # 22:00, the first quiet minute
        ("2026-07-01 19:59", "2026-07-01 19:59"),
        ("2026-07-02 02:00", "2026-07-02 05:00"),
        ("2026-07-02 05:00", "2026-07-02 05:00"),  # 07:00, the first loud one
        ("2026-03-28 23:00", "2026-03-29 05:00"),  # the night of 23 hours
        ("2026-10-24 22:00", "2026-10-25 06:00"),  # the night of 25
    ],
)
def test_quiet_hours_end_when_the_readers_clock_says_so(now, end):
    assert end_of_quiet(utc(now), Clock(BERLIN, **NIGHT)) == utc(end)


def test_the_hour_that_there_is_twice_is_quiet_both_times():
    clock = Clock(BERLIN, quiet_from=time(1), quiet_until=time(2, 30))
    first, again = utc("2026-10-25 00:15"), utc("2026-10-25 01:15")  # 02:15, and 02:15 again
    assert end_of_quiet(first, clock) == utc("2026-10-25 00:30")
    assert end_of_quiet(again, clock) == utc("2026-10-25 01:30")


@pytest.mark.parametrize("quiet", [{}, {"quiet_from": time(7), "quiet_until": time(7)}])
def test_who_has_no_quiet_hours_is_told_at_once(quiet):
    now = utc("2026-07-01 01:00")
    assert end_of_quiet(now, Clock(BERLIN, **quiet)) == now


@pytest.mark.parametrize(
    ("pace", "after", "comes"),
    [
        (Pace.DAILY, "2026-07-01 05:59", "2026-07-01 06:00"),  # 08:00 in Berlin
        (Pace.DAILY, "2026-07-01 06:00", "2026-07-02 06:00"),
        (Pace.DAILY, "2026-03-28 12:00", "2026-03-29 06:00"),  # summer time began in the night
        (Pace.DAILY, "2026-10-24 12:00", "2026-10-25 07:00"),
        (Pace.WEEKLY, "2026-07-01 12:00", "2026-07-06 06:00"),  # a Wednesday; the next Monday
        (Pace.WEEKLY, "2026-07-06 05:00", "2026-07-06 06:00"),
        (Pace.WEEKLY, "2026-07-06 06:00", "2026-07-13 06:00"),
    ],
)
def test_summaries_come_at_the_readers_hour(pace, after, comes):
    assert next_summary(pace, utc(after), Clock(BERLIN)) == utc(comes)


ZONES = [BERLIN, "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"]
# Seconds between two years: hypothesis would make moments out of calendars, slowly.
MOMENTS = st.integers(int(utc("2011-12-01").timestamp()), int(utc("2030-01-01").timestamp())).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@pytest.mark.broad
@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 23))
def test_days_of_summaries_follow_one_another_in_any_zone_and_year(moment, zone, hour):
    """Apia had no 30 December 2011; Lord Howe puts its clocks by half an hour."""
    clock = Clock(zone, summary_hour=hour)
    first = next_summary(Pace.DAILY, moment, clock)
    second = next_summary(Pace.DAILY, first, clock)
    assert moment < first <= moment + timedelta(hours=50)
    assert timedelta(hours=22) <= second - first <= timedelta(hours=50)


@pytest.mark.broad
@given(MOMENTS, st.sampled_from(ZONES), st.times(), st.times())
def test_quiet_ends_within_a_day_and_is_over_then(moment, zone, start, end):
    clock = Clock(zone, quiet_from=start.replace(tzinfo=None), quiet_until=end)
    over = end_of_quiet(moment, clock)
    assert moment <= over <= moment + timedelta(hours=26)


def test_an_unknown_zone_is_utc_and_nothing_fails():
    clock = Clock("Mars/Olympus", **NIGHT)
    assert end_of_quiet(utc("2026-07-01 23:00"), clock) == utc("2026-07-02 07:00")


def test_what_became_due_before_a_summary_goes_with_it():
    clock, created = Clock(BERLIN), utc("2026-07-01 05:00")
    before, after = utc("2026-07-01 05:30"), utc("2026-07-01 06:30")
    for now, is_time in ((before, False), (after, True)):
        at = goes_at(Pace.DAILY, created=created, now=now, clock=clock)
        assert (at <= now) is is_time
