"""Why a goal was missed, in the figures of the very run that missed it."""

from collections.abc import Callable, Mapping
from typing import Any

Figures = Mapping[str, Any]


def throughput(figures: Figures, cores: int) -> str:
    speeds, share = figures["requests/s"], figures["of the mix reaches the origin"]
    spent = cores * (1 / speeds["mix"] - 1 / speeds["fixed"])
    left = cores * (1 / (0.85 * speeds["fixed"]) - 1 / speeds["fixed"])
    return (
        f"{share:.1%} of the mix reach Django, on the same {cores} cores as the edge and the load"
        f" generator. Each of them costs {spent / share * 1e6:.0f} µs of processor time more than a"
        f" request that does not, its fetch by the edge included; the goal leaves"
        f" {left / share * 1e6:.0f} µs."
    )


def live(figures: Figures, cores: int) -> str:
    crowd = figures["10,000 readers of one thread"]
    spent = crowd["cpu_s_per_event"]
    told = (
        f"An event takes {spent['varnish']:.2f} s of Varnish's processor time and"
        f" {spent['client']:.2f} s of the readers' own, until all are parked again, on {cores}"
        f" cores together; the median reader has it after {crowd['delivery_s_median']:.2f} s."
    )
    name, storm = next((n, f) for n, f in figures.items() if n.startswith("a storm before"))
    readers = int("".join(filter(str.isdigit, name)))
    each = sum(spent.values()) * readers / 10_000
    return (
        f"{told} So the {readers:,} readers of the storm, answered all at once, take"
        f" {each:.2f} s of it, and Django, which takes the comments, has what is left:"
        f" {storm['comments_per_s']} a second, of which each answer carries"
        f" {storm['events_per_answer']:.0f}."
    )


REASONS: Mapping[str, Callable[[Figures, int], str]] = {
    "edge-throughput": throughput,
    "live": live,
}


def reason(result: Mapping[str, Any]) -> str:
    """The sentence under the goals of a result that missed one; empty where none was missed, or
    nobody knows why yet.
    """
    if all(goal["met"] for goal in result["goals"].values()) or result["name"] not in REASONS:
        return ""
    return REASONS[result["name"]](result["figures"], result["machine"]["cores"])
