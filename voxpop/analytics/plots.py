"""A curve as a picture: bars in SVG, made here, so that a page of figures needs no script.

The picture takes the width that it is given; texts stand in HTML beside it, where they keep their
size on a phone. What it shows is also a table, for those who do not see it. Its words, numbers and
times are those of the language in force.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format, get_format, number_format

from voxpop.accounts.templatetags.spoken import day, day_of_year, month
from voxpop.analytics.reading import Curve, Report
from voxpop.analytics.rollups import Step
from voxpop.words import say, say_lazily, spoken

HEIGHT = 100.0
PITCH = 10.0  # of one bar and the gap behind it
GAP = 2.0
LEAST = 1.5  # the height of a bar that is not nothing
TICKS = 5

_ROUND_TIMES = (60, 300, 900, 1800, 3600, 7200, 6 * 3600, 12 * 3600, 86400, 3 * 86400, 7 * 86400)

# By the names of the curves.
_TITLES = {
    "views": say_lazily("figures_views"),
    "readers": say_lazily("figures_readers"),
    "referrals": say_lazily("figures_referrals"),
    "comments": say_lazily("comments"),
    "votes": say_lazily("votes"),
    "decisions": say_lazily("figures_decisions"),
    "answer_seconds": say_lazily("figures_waited"),
}


@dataclass(frozen=True)
class Bar:
    """One step: where its bar stands, and what it says."""

    x: float
    y: float
    height: float
    when: str
    value: str


@dataclass(frozen=True)
class Plot:
    name: str
    title: str
    total: str
    top: str  # what the upper edge means
    width: float
    height: float
    bar: float  # a bar's width
    bars: tuple[Bar, ...]
    ticks: tuple[str, ...]  # words under it, evenly spread


def plots(report: Report) -> list[Plot]:
    """Every curve of the report."""
    whens = [_moment(begin, report.step) for begin in report.begins]
    spread = [round(n * (len(whens) - 1) / (TICKS - 1)) for n in range(TICKS)]
    ticks = tuple(_tick(report.begins[number], report.step) for number in spread)
    return [_plot(curve, whens, ticks) for curve in report.curves]


def _plot(curve: Curve, whens: Sequence[str], ticks: tuple[str, ...]) -> Plot:
    top = _round_up(max((value or 0 for value in curve.values), default=0), curve.is_duration)
    bars = []
    for number, (when, value) in enumerate(zip(whens, curve.values, strict=True)):
        height = max(HEIGHT * value / top, LEAST) if value else 0.0
        bars.append(
            Bar(
                x=number * PITCH,
                y=round(HEIGHT - height, 2),
                height=round(height, 2),
                when=when,
                value=worded(value, curve.is_duration),
            )
        )
    return Plot(
        name=curve.name,
        title=str(_TITLES[curve.name]),
        total=worded(curve.total, curve.is_duration),
        top=worded(top, curve.is_duration),
        width=len(whens) * PITCH,
        height=HEIGHT,
        bar=PITCH - GAP,
        bars=tuple(bars),
        ticks=ticks,
    )


def _moment(begin: datetime, step: Step) -> str:
    """A step by its beginning: "3 May, 14:00", "3 May 2026", "May 2026"."""
    if step is Step.MONTH:
        return month(begin)
    if step is Step.DAY:
        return day(begin)
    return f"{day_of_year(begin)}, {begin:%H:%M}"


def _tick(begin: datetime, step: Step) -> str:
    """The same where there is little room: "14:00", "3 May", "May 2026"."""
    if step is Step.MONTH:
        return date_format(begin, _shortened("YEAR_MONTH_FORMAT"))
    if step is Step.DAY:
        pattern = "j M" if spoken() == "en" else _shortened("MONTH_DAY_FORMAT")
        return date_format(begin, pattern)
    return f"{begin:%H:%M}"


def _shortened(name: str) -> str:
    """A format of Django's with the short name of the month: the order is the language's, and what
    stands around it ("de", "d.") belongs to the whole name. A month in figures stays."""
    pattern: str = get_format(name)
    letters = re.findall(r"(?<!\\)[A-Za-z]\.?", pattern)
    if not any(letter[0] in "EF" for letter in letters):
        return pattern
    return " ".join(re.sub("[EF]", "M", letter) for letter in letters)


def _round_up(value: float, is_duration: bool) -> float:
    """The next round number: 1, 2 or 5 with noughts, or a round piece of time."""
    if is_duration:
        return next((float(each) for each in _ROUND_TIMES if value <= each), math.ceil(value))
    if value <= 5:
        return 5.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(power * n for n in (1, 2, 5, 10) if value <= power * n))


def worded(value: float | None, is_duration: bool) -> str:
    """As people read it: 12,345, or 3 min; a dash where there is nothing to tell."""
    if value is None:
        return "–"
    if not is_duration:
        return number_format(round(value), force_grouping=True)
    if value >= 86400:
        return say("figures_in_days", number=_rounded(value / 86400))
    if value >= 3600:
        return say("figures_in_hours", number=_rounded(value / 3600))
    if value >= 60:
        return say("figures_in_minutes", number=_rounded(value / 60))
    return say("figures_in_seconds", number=round(value))


def _rounded(value: float) -> str:
    """To three digits, as the language writes them: 1.25."""
    return number_format(Decimal(f"{value:.3g}"), force_grouping=True)
