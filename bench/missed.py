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


def feed(figures: Figures, cores: int) -> str:
    whole, rows = figures["newest page, p50 ms"], figures["its rows alone, p50 ms"]
    return (
        f"Of the {whole} ms of the median page {rows} ms are the feed; the rest is who asks (his"
        " session, his account, the number of his inbox) and the page around it."
    )


def notify(figures: Figures, cores: int) -> str:
    told = figures["posting, ms"]
    watched = next(name for name in told if name.endswith(" watch"))
    return (
        f"The medians are {told['nobody watches']['median']} ms where nobody watches and"
        f" {told[watched]['median']} ms where so many do; what differs is the few slowest, while"
        f" the worker tells the others on the same {cores} cores."
    )


def overlay(figures: Figures, cores: int) -> str:
    busiest = figures["SQLite, a thread of many comments"]["busiest"]
    return (
        f"The busiest is told {busiest['bytes']:,} bytes of hundreds of comments, votes and mutes,"
        " each row of which is read and said."
    )


def scale(figures: Figures, cores: int) -> str:
    best, rows = figures["any page of the largest, best"]["median_ms"], figures["rows"]
    size = rows["bytes a comment"]["table"] * rows["comments"] / 1e9
    return (
        "In the order of the best, roots that follow each other lie anywhere in a table of"
        f" {size:.1f} GB; such a page takes {best} ms, where one of a small thread is in one place."
    )


REASONS: Mapping[str, Callable[[Figures, int], str]] = {
    "edge-throughput": throughput,
    "feed": feed,
    "live": live,
    "notify": notify,
    "overlay": overlay,
    "scale": scale,
}


def reason(result: Mapping[str, Any]) -> str:
    """The sentence under the goals of a result that missed one; empty where none was missed, or
    nobody knows why yet.
    """
    if all(goal["met"] for goal in result["goals"].values()) or result["name"] not in REASONS:
        return ""
    return REASONS[result["name"]](result["figures"], result["machine"]["cores"])
