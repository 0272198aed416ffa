"""`voxpop edge explain URL`: how every edge node sees an address, in sentences.

What the policy says of it is read from our own table; what is kept, from the nodes. Neither a
database nor a running server is needed, and no node fetches anything because it was asked.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from voxpop.edge.line import Answer, Line
from voxpop.edge.orders import explain
from voxpop.edge.policy import SURFACES, Surface

# Seconds to reach a node, and for its answer.
CONNECT = 1.0
ANSWER = 2.0
REFUSALS = {
    400: "refused: this address could mean two things (docs/decisions/0050)",
    403: "it refuses our secret: VOXPOP_EDGE_SECRET is another one there",
    404: "answered by the node itself: nothing of ours is at this address",
    405: "it does not know how to explain: it runs an older version",
}


def explained(url: str) -> Iterator[tuple[str, list[str]]]:
    """Who says it ("policy", then each node), and what he says, line by line."""
    parts = urlsplit(url)
    yield "policy", list(_policy(parts.path))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    for address in settings.EDGE_NODES:
        yield address, _of_node(address, path)


def _policy(path: str) -> Iterator[str]:
    surface = surface_of(path)
    if surface is None:
        yield "private, or not ours: never kept"
        return
    busy, warm, quiet = (_long(ttl) for ttl in surface.edge)
    yield f"shared as {surface.name}: the same bytes for everybody"
    kept = (
        f"at most {busy}" if busy == quiet else f"at most {busy} busy, {warm} warm, {quiet} quiet"
    )
    yield f"kept at the edge {kept}; in browsers {_long(surface.browser)}"
    yield f"parameters: {' '.join(sorted(surface.parameters)) or 'none'}; others are dropped"


def surface_of(path: str) -> Surface | None:
    """The shared surface at this path, if there is one."""
    public = URLResolver(RegexPattern(r"^/"), import_string(settings.PUBLIC_PATTERNS))
    try:
        found = public.resolve(path)
    except Http404:
        return None
    name = getattr(getattr(found.func, "shared_surface", None), "name", "")
    return SURFACES.get(name)


def _of_node(address: str, path: str) -> list[str]:
    line = Line(address)
    try:
        answer = line.ask(explain(path), connect=CONNECT, answer=ANSWER)
    except OSError as error:
        return [f"cannot be reached: {error}"]
    finally:
        line.close()
    if answer.status != 200:
        return [REFUSALS.get(answer.status, f"it answered {answer.status}")]
    return list(_told(answer))


def _told(answer: Answer) -> Iterator[str]:
    told = answer.headers
    yield f"node {told.get('voxpop-node', '?')}, Django {told.get('voxpop-backend', '?')}"
    if told.get("voxpop-route") == "private":
        yield "private: passed on untouched, never kept"
        return
    yield f"kept under {told.get('voxpop-url', '?')}"
    copy = dict(re.findall(r"(\w+)=([\d.-]+)", told.get("voxpop-copy", "")))
    if not copy:
        yield "nothing is kept: the next reader's request is fetched"
    else:
        yield from _copy(told, {name: float(value) for name, value in copy.items()})
    if told.get("voxpop-lease") == "over":
        yield "no word from the purger: nothing older than 10 s is believed (the lease)"


def _copy(told: dict[str, str], copy: dict[str, float]) -> Iterator[str]:
    ttl, age, grace = copy["ttl"], copy["age"], copy["grace"]
    hits = f"asked for {copy['hits']:.0f} times"
    yield f"a copy with status {copy['status']:.0f}, {_long(age)} old, {hits}"
    yield f"surrogate keys: {told.get('voxpop-keys', 'none')}; seq {told.get('voxpop-seq', 'none')}"
    allowed = re.search(r"max-age=(\d+)", told.get("voxpop-told", ""))
    django = f"Django allowed {_long(int(allowed[1]))}" if allowed else "Django allowed nothing"
    why = f"{django}, this route's cap is {told.get('voxpop-cap', '?')}"
    if told.get("voxpop-fenced"):
        why += "; fenced: one of its keys was purged while it was fetched"
    if told.get("voxpop-distrusted"):
        yield "distrusted: the node was told to believe nothing from before"
    if ttl > 0:
        yield f"fresh for another {_long(ttl)} ({why})"
    else:
        yield f"its time is up or it was purged, {_long(-ttl)} ago ({why})"
    yield f"if Django is down it is shown, with a mark, for {_long(max(0, ttl) + grace)}"


def _long(seconds: float) -> str:
    """In the unit that a person would use."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
