"""A month like Disqus's (8 billion page views) through our edge: what reaches Django, and why.

By arithmetic at full size, by simulation of a million requests, and by a replay through a real
Varnish and Django; the three must agree. The concentration of the traffic is calibrated on the
policy of 2013 (ten seconds, no purge) so that it sends 33 % to Django, as it did.
"""

import functools
import math
from typing import Any

from bench.report import Report, arguments
from bench.trace import replay
from bench.trace.arithmetic import expect
from bench.trace.edge import NODES, Edge
from bench.trace.figures import DAY, MONTH, Figures
from bench.trace.generate import SELDOM, fraction, generate
from bench.trace.judge import Judged, judge
from bench.trace.memory import bytes_used, reach
from bench.trace.rules import Rules, of_2013, ours

VIEWS = {"small": 25_000, "full": 80_000}
SEED, UNSEEN = 2013, {"small": [1], "full": [1, 2, 3]}
GOAL, SHARE_OF_2013 = 1.2, 0.33
# Arithmetic and simulation: of what reaches Django a view, and of the ratio. A small sample meets
# few of the threads that are read most.
TOLERANCE = {"small": 0.10, "full": 0.06}
SIGNED_IN = (0.0, 0.30)
GIGABYTE = 1e9
MEMORY = (0.064, 0.256, 1, 4, 16, 64, 256, 1024, 4096)


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("edge-trace", options.size)
    figures, rules = Figures(), ours()
    calibrated = judge(expect(figures, of_2013()))
    expected = judge(expect(figures, rules))
    by_arithmetic(report, calibrated, expected)
    by_simulation(report, figures, options.size, calibrated, expected)
    by_signed_in(report, figures, rules)
    report.figures["of each part of the policy, taken back"] = taken_back(figures, rules)
    report.figures["sensitivity"] = sensitivity(figures, rules)
    report.figures["memory of both nodes"] = by_memory(figures, rules)
    if options.size == "full":
        check_eviction(report, figures, rules, VIEWS["small"])
    replay.measure(report, options.size)
    report.raw_results.append({"figures": report.figures})
    report.finish(as_json=options.json)


def by_arithmetic(report: Report, calibrated: Judged, expected: Judged) -> None:
    share = calibrated.share
    report.goal(
        "the policy of 2013 sends to Django",
        goal=f"{SHARE_OF_2013} (calibration)",
        got=round(share, 4),
        met=abs(share - SHARE_OF_2013) < 0.01,
    )
    report.goal(
        "origin / truly unique, 8 billion views",
        goal=f"<= {GOAL}",
        got=round(expected.ratio, 3),
        met=expected.ratio <= GOAL,
    )
    report.figures["2013, by arithmetic"] = calibrated.in_words()
    report.figures["ours, by arithmetic"] = expected.in_words()
    report.ratios["to Django, of 2013 / ours"] = round(calibrated.origin / expected.origin, 2)


def by_simulation(
    report: Report, figures: Figures, size: str, calibrated: Judged, expected: Judged
) -> None:
    """The calibrated seed under both policies, then ours on seeds that nothing was fitted to."""
    for seed in [SEED, *UNSEEN[size]]:
        trace = generate(figures, views=VIEWS[size], seed=seed)
        name = "calibrated seed" if seed == SEED else f"unseen seed {seed}"
        edge = Edge(trace, ours()).run()
        simulated = judge(edge)
        report.figures[f"ours, {name}"] = {**simulated.in_words(), "simulated": edge.simulated}
        report.raw_results.append({"seed": seed, "origin": counted(edge)})
        report.goal(
            f"origin / truly unique, {name}",
            goal=f"<= {GOAL}",
            got=round(simulated.ratio, 3),
            met=simulated.ratio <= GOAL,
        )
        agree(report, f"ours, {name}", simulated, expected)
        if seed == SEED:
            then = judge(Edge(trace, of_2013()).run())
            report.figures["2013, calibrated seed"] = then.in_words()
            agree(report, "2013, calibrated seed", then, calibrated)


def by_signed_in(report: Report, figures: Figures, rules: Rules) -> None:
    """The same month where nobody and where many are signed in: what else reaches Django is to be
    the same, request by request."""
    rows, others = {}, []
    for share in SIGNED_IN:
        edge = Edge(generate(figures.but(signed_in=share), views=VIEWS["small"], seed=SEED), rules)
        judged = judge(edge.run())
        overlays = edge.origin.pop(("overlay", "viewer"), 0.0)
        others.append(dict(edge.origin))
        rows[f"{share:.0%} signed in"] = {
            "to Django a view": round(judged.origin, 4),
            "of it overlays": round(overlays / edge.views, 4),
            "of it all else": round(judged.origin - overlays / edge.views, 4),
        }
    report.figures["signed-in readers, simulated"] = rows
    shares = " / ".join(rows)
    report.goal(
        f"to Django but for overlays, {shares}",
        goal="the same",
        got=" / ".join(str(row["of it all else"]) for row in rows.values()),
        met=all(each == others[0] for each in others),
    )


def agree(report: Report, name: str, simulated: Judged, expected: Judged) -> None:
    tolerance = TOLERANCE[report.size]
    off = max(
        abs(simulated.origin / expected.origin - 1), abs(simulated.ratio / expected.ratio - 1)
    )
    report.goal(
        f"simulation and arithmetic agree ({name})",
        goal=f"within {tolerance:.0%}",
        got=f"{off:.1%}",
        met=off <= tolerance,
    )


def counted(edge: Edge) -> dict[str, float]:
    return {f"{kind} {reason}": count for (kind, reason), count in sorted(edge.origin.items())}


def taken_back(figures: Figures, rules: Rules) -> dict[str, Any]:
    """What each part of the policy is worth: the ratio without it, all others in place."""
    held_by_all = rules.follow.but(live=30 * DAY, is_empty_live=True)
    variants = {
        "as it is": rules,
        "tails kept for a second": rules.but(tail=(1, 1, 1)),
        "held tails for every thread of the last month": rules.but(follow=held_by_all),
        "pages and tails kept for 6 hours at most": rules.but(
            page=capped(rules.page, 6 * 3600), tail=capped(rules.tail, 6 * 3600)
        ),
        "counts kept for a minute, without a key": rules.but(counts=(60, 60), counts_busy=math.inf),
        "repeated purges where the first has come": rules.but(repeats_purges=True),
    }
    return {name: in_short(figures, each) for name, each in variants.items()}


def capped(caps: tuple[int, int, int], most: int) -> tuple[int, int, int]:
    busy, warm, quiet = (min(cap, most) for cap in caps)
    return busy, warm, quiet


def sensitivity(figures: Figures, rules: Rules) -> dict[str, Any]:
    """The ratio where an assumption is another; the share of 2013 is told beside it."""
    variants = {
        "Zipf exponent": [("zipf", value) for value in (1.2, 1.3, 1.4, 1.6)],
        "births a day": [("births_a_day", value) for value in (1e6, 2.5e6, 1e7)],
        "signed in": [("signed_in", value) for value in (0.02, 0.05, 0.2, 0.3)],
        "cold share": [("cold_share", value) for value in (0.1, 0.2, 0.4)],
        "seconds in sight": [("visible", value) for value in (15.0, 90.0, 180.0)],
        "votes a comment": [("votes_a_comment", value) for value in (1.0, 8.0)],
    }
    table: dict[str, Any] = {}
    for title, values in variants.items():
        for name, value in values:
            changed = figures.but(**{name: value})
            table[f"{title} {value:g}"] = in_short(changed, rules)
    for minutes in (0, 1, 5, 10, 60, 24 * 60):
        follow = rules.follow.but(live=minutes * 60.0)
        table[f"live within {minutes} min"] = in_short(figures, rules.but(follow=follow))
    return table


def in_short(figures: Figures, rules: Rules) -> dict[str, float]:
    judged = judge(expect(figures, rules))
    return {
        "ratio": round(judged.ratio, 3),
        "to Django a view": round(judged.origin, 4),
        "2013 to Django": share_of_2013(figures),
    }


@functools.cache
def share_of_2013(figures: Figures) -> float:
    """What the calibration would be with other figures."""
    return round(judge(expect(figures, of_2013())).share, 3)


def by_memory(figures: Figures, rules: Rules) -> dict[str, Any]:
    """At full size; what is evicted and read again counts against us."""
    table: dict[str, Any] = {}
    for memory in MEMORY:
        back = reach(figures, memory * GIGABYTE)
        judged = judge(expect(figures, rules, lru=back))
        table[f"{memory:g} GB"] = {
            "ratio": round(judged.ratio, 3),
            "to Django": round(judged.share, 4),
            "reaches back, hours": round(back / 3600, 2) if back < MONTH else "the month",
        }
    everything = bytes_used(figures, MONTH) / GIGABYTE
    table["everything of the month, GB"] = round(everything)
    return table


def check_eviction(report: Report, figures: Figures, rules: Rules, views: int) -> None:
    """The least-recently-used order itself, simulated for the threads that are read seldom."""
    part = fraction(figures, views)
    trace = generate(figures, views=views, seed=SEED, only_seldom=True)
    rows, off = {}, 0.0
    for memory in (16 * GIGABYTE, 64 * GIGABYTE, 256 * GIGABYTE):
        edge = judge(Edge(trace, rules, memory * part).run())
        back = reach(figures, memory, most=SELDOM)
        threads = judge(expect(figures, rules, lru=back, most=SELDOM))
        rows[f"{memory / GIGABYTE:g} GB for these threads alone"] = {
            "simulated": round(edge.origin, 4),
            "by arithmetic": round(threads.origin, 4),
        }
        off = max(off, abs(edge.origin / threads.origin - 1))
    report.figures[f"eviction, {NODES} nodes, to Django a view"] = rows
    report.goal(
        "simulation and arithmetic agree (eviction)",
        goal=f"within {TOLERANCE[report.size]:.0%}",
        got=f"{off:.1%}",
        met=off <= TOLERANCE[report.size],
    )


if __name__ == "__main__":
    main()
