"""A curve as a picture: bars in SVG, made here, so that a page of figures needs no script.

The picture takes the width that it is given; texts stand in HTML beside it, where they keep their
size on a phone. What it shows is also a table, for those who do not see it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from voxpop.analytics.reading import Curve, Report
from voxpop.analytics.rollups import Step

HEIGHT = 100.0
PITCH = 10.0  # of one bar and the gap behind it
GAP = 2.0
LEAST = 1.5  # the height of a bar that is not nothing
TICKS = 5

_ROUND_TIMES = (60, 300, 900, 1800, 3600, 7200, 6 * 3600, 12 * 3600, 86400, 3 * 86400, 7 * 86400)

_WORDED = {
    Step.MINUTE: "%H:%M",
    Step.HOUR: "%H:%M",
    Step.DAY: "%d %b",
    Step.MONTH: "%b %Y",
}
_WORDED_FULLY = {
    Step.MINUTE: "%d %B, %H:%M",
    Step.HOUR: "%d %B, %H:%M",
    Step.DAY: "%d %B %Y",
    Step.MONTH: "%B %Y",
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
    return [_plot(curve, report.begins, report.step) for curve in report.curves]


def _plot(curve: Curve, begins: Sequence[datetime], step: Step) -> Plot:
    top = _round_up(max((value or 0 for value in curve.values), default=0), curve.is_duration)
    bars = []
    for number, (begin, value) in enumerate(zip(begins, curve.values, strict=True)):
        height = max(HEIGHT * value / top, LEAST) if value else 0.0
        bars.append(
            Bar(
                x=number * PITCH,
                y=round(HEIGHT - height, 2),
                height=round(height, 2),
                when=f"{begin:{_WORDED_FULLY[step]}}",
                value=worded(value, curve.is_duration),
            )
        )
    ticks = [begins[round(n * (len(begins) - 1) / (TICKS - 1))] for n in range(TICKS)]
    return Plot(
        name=curve.name,
        title=curve.title,
        total=worded(curve.total, curve.is_duration),
        top=worded(top, curve.is_duration),
        width=len(begins) * PITCH,
        height=HEIGHT,
        bar=PITCH - GAP,
        bars=tuple(bars),
        ticks=tuple(f"{tick:{_WORDED[step]}}" for tick in ticks),
    )


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
        return f"{value:,.0f}"
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60)):
        if value >= seconds:
            return f"{value / seconds:.3g} {unit}"
    return f"{value:.0f} s"
