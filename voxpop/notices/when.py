"""When a letter goes: at once, after the quiet hours, or with the next summary. Pure: a clock in,
a moment out.

A day is a day of the reader's own clock, in his zone: a summary comes once on each, also where the
clock is put forward or back, and an hour that there is twice or not at all holds nothing up.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from voxpop.notices.models import Pace

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """How somebody's day goes."""

    zone: str = ""
    quiet_from: time | None = None
    quiet_until: time | None = None
    summary_hour: int = 8
    summary_weekday: int = 0

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone if self.zone in zones() else "UTC")


@cache
def zones() -> frozenset[str]:
    """The names of all time zones there are."""
    return frozenset(available_timezones())


def goes_at(pace: str, *, created: datetime, now: datetime, clock: Clock) -> datetime:
    """When something that became due at `created` is to go; `now` or earlier for: it may go."""
    if pace in {Pace.DAILY, Pace.WEEKLY}:
        return next_summary(pace, created, clock)
    return end_of_quiet(now, clock)


def next_summary(pace: str, after: datetime, clock: Clock) -> datetime:
    """The first summary of this pace that comes later than a moment."""
    day = after.astimezone(clock.timezone).date()
    if pace == Pace.WEEKLY:
        day += A_DAY * ((clock.summary_weekday - day.weekday()) % 7)
    step = A_DAY * (7 if pace == Pace.WEEKLY else 1)
    at = time(clock.summary_hour)
    while (moment := _moment(day, at, clock)) <= after:
        day += step
    return moment


def end_of_quiet(now: datetime, clock: Clock) -> datetime:
    """When the quiet hours end that it is within; `now` where it is not."""
    start, end = clock.quiet_from, clock.quiet_until
    if start is None or end is None or start == end:
        return now
    local = now.astimezone(clock.timezone)
    at = local.time()
    is_quiet = start <= at < end if start < end else at >= start or at < end
    if not is_quiet:
        return now
    day = local.date() if at < end else local.date() + A_DAY
    return max(now, _moment(day, end, clock, fold=local.fold))


def _moment(day: date, at: time, clock: Clock, fold: int = 0) -> datetime:
    return datetime.combine(day, at.replace(fold=fold), tzinfo=clock.timezone).astimezone(UTC)
