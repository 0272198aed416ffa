"""Every URL of the product through a running edge node: what happens is what the policy says.

`voxpop/edge/policy.py` is the table, the VCL's `route.vcl` repeats it by hand: this walks both. A
new URL pattern fails here until it has an example, and a shared one until the VCL knows it.
"""

import re
from dataclasses import dataclass
from random import Random

import pytest

from tests.contracts.test_headers import PRIVATE, QUERIES, SHARED, Route
from tests.edge.standing import SECRET, Answer, Edge
from voxpop.edge.policy import DAY, LIVE_WITHIN_BEHIND_AN_EDGE, SURFACES, Surface

pytestmark = pytest.mark.server

# What the parameters of paths stand for, beside those of the stage (tests/edge/standing.py).
EXAMPLES = {
    "secret": "one-time-secret",
    "public_id": "0123456789abc",
    "ban": "0123456789abc",
    "uidb36": "1a",
    "author": "0123456789abc",
    "decision": "0123456789abc",
    "claim": "0123456789abc",
    "device": "0123456789abc",
    "flag": "0123456789abc",
    "api": "x",
    "pk": "1",
    "way": "house",
    "what": "replies",
}
# Django's, and yet answered by the node itself: not there for anybody outside.
OPERATOR = {"healthz", "readyz", "metrics"}
NOT_THERE = {*OPERATOR, "api/v1/"}
# Never to a reader: what the node and Django tell each other.
INSIDERS = re.compile(r"surrogate-|xkey|edge-|voxpop-(?!seq$|stale$|floor$)|via$|x-varnish", re.I)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY}


@dataclass
class Explained:
    """A node's own words about an address."""

    status: int
    route: str
    url: str
    cap: float
    copy: dict[str, float]
    told: int  # seconds that Django allowed


def explained(edge: Edge, path: str) -> Explained:
    """How the node sees this address."""
    answer = edge.ask("GET", path, headers={"Voxpop-Secret": SECRET}, port=edge.node.purge_port)
    said = answer.headers
    cap = re.fullmatch(r"(\d+)([smhd])", said.get("Voxpop-Cap", ""))
    told = re.search(r"max-age=(\d+)", said.get("Voxpop-Told", ""))
    copy = re.findall(r"(\w+)=([\d.-]+)", said.get("Voxpop-Copy", ""))
    return Explained(
        answer.status,
        said.get("Voxpop-Route", ""),
        said.get("Voxpop-Url", ""),
        int(cap[1]) * UNITS[cap[2]] if cap else 0,
        {name: float(value) for name, value in copy},
        int(told[1]) if told else 0,
    )


def address(edge: Edge, route: Route) -> str:
    """The route's path with an example for every parameter; KeyError where there is none."""
    values = EXAMPLES | edge.values
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route.path)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], path)


def example(edge: Edge, route: Route) -> tuple[str, list[str]]:
    """A shared route's path, and the parameters that it needs to answer something."""
    query = QUERIES.get(route.surface.name, "").format(**edge.values).lstrip("?")
    return address(edge, route), [part for part in query.split("&") if part]


def query(*parameters: str) -> str:
    return "?" + "&".join(parameters) if parameters else ""


SHARED_BY_NAME = [pytest.param(route, id=route.surface.name) for route in SHARED]


def test_every_surface_of_the_policy_is_walked() -> None:
    assert {route.surface.name for route in SHARED} == set(SURFACES)


@pytest.mark.parametrize("route", SHARED_BY_NAME)
def test_a_shared_surface_is_one_copy_for_everybody(edge: Edge, route: Route) -> None:
    path, needed = example(edge, route)
    edge.forget_everything()
    first = edge.get(path + query(*needed))
    padded = [*needed, "utm_source=mail", "ver=6", "callback=f", "floor=x"]
    Random(route.path).shuffle(padded)
    again = edge.get(
        path + query(*padded),
        Cookie="session=of-somebody; csrf=x",
        Authorization="Bearer of-somebody",
        Accept_Language="he",
    )

    assert first.status in {200, 302, 303}, first.body
    assert not first.is_hit
    assert first.is_stored
    assert again.is_hit, again.headers.as_string()
    assert again.body == first.body
    _leaves_as_the_policy_says(first, route.surface)
    _leaves_as_the_policy_says(again, route.surface)


def _leaves_as_the_policy_says(answer: Answer, surface: Surface) -> None:
    browser = f"public, max-age={surface.browser}"
    assert answer.headers["Cache-Control"] == (
        browser if surface.browser else "public, max-age=0, must-revalidate"
    )
    assert [name for name in answer.headers if INSIDERS.match(name)] == []
    assert "Set-Cookie" not in answer.headers
    assert answer.headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"
    assert "ETag" in answer.headers


@pytest.mark.parametrize("route", SHARED_BY_NAME)
def test_its_time_and_its_grace_are_those_of_the_policy(edge: Edge, route: Route) -> None:
    path, needed = example(edge, route)
    edge.forget_everything()
    edge.get(path + query(*needed))
    kept = explained(edge, path + query(*needed))
    surface: Surface = route.surface

    assert kept.cap == max(surface.edge), "route.vcl has another cap"
    allowed = {*surface.edge}
    if surface.name == "tail":  # kept for as long as it says the truth about how to follow
        allowed |= set(range(1, LIVE_WITHIN_BEHIND_AN_EDGE + 1))
    assert kept.told in allowed, "Django allows what the policy does not"
    assert kept.copy["ttl"] <= min(kept.told, kept.cap)
    # The lab is busy: between storing and asking lie seconds, and 5 % are shaved off at random.
    assert kept.copy["ttl"] + kept.copy["age"] >= 0.94 * min(kept.told, kept.cap)
    assert kept.copy["grace"] == pytest.approx(min(surface.grace, DAY), abs=0.01)


@pytest.mark.parametrize("route", SHARED_BY_NAME)
def test_its_parameters_are_those_of_the_policy(edge: Edge, route: Route) -> None:
    path, _ = example(edge, route)
    names = sorted(route.surface.parameters)
    # `hold` has one value.
    known = [f"{name}=1" for name in names]
    asked = [*known, "zz=1", "floor=x", "a=1", "_=2", "sortx=1"]
    Random(route.path).shuffle(asked)

    assert explained(edge, path + query(*asked)).url == path + query(*known)
    for name in names:
        other = f"{name}=1&{name}=2" if name != "hold" else "hold=1&hold=1"
        refused = edge.get(f"{path}?{other}")
        assert refused.status == 400, f"{name} twice"
        assert not refused.is_stored


@pytest.mark.parametrize("route", SHARED_BY_NAME)
def test_no_other_method_reaches_the_copy(edge: Edge, route: Route) -> None:
    path, needed = example(edge, route)
    edge.get(path + query(*needed))
    for method in ("POST", "PUT", "DELETE", "PATCH", "PURGE", "TRACE", "BAN"):
        answer = edge.ask(method, path + query(*needed), b"")
        assert answer.status >= 400, method
        assert not answer.is_hit, method
        assert not answer.is_stored, method


PRIVATE_PATHS = [
    pytest.param(route, id=route.plain)
    for route in PRIVATE
    if route.plain not in NOT_THERE | {shared.plain for shared in SHARED}
]


@pytest.mark.parametrize("route", PRIVATE_PATHS)
def test_every_other_page_passes_and_is_never_kept(edge: Edge, route: Route) -> None:
    path = address(edge, route)
    for _ in range(2):
        answer = edge.get(path, Authorization=f"Bearer {edge.owner}")
        assert answer.headers["Cache-Status"] == "edge1; fwd=bypass"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Age" not in answer.headers or answer.headers["Age"] == "0"
        assert [name for name in answer.headers if INSIDERS.match(name)] == []
    assert explained(edge, path).route == "private"


def test_what_only_the_operator_may_see_is_not_at_the_edge(edge: Edge) -> None:
    assert {route.plain for route in PRIVATE} >= OPERATOR
    before = edge.count("MAIN.backend_req")
    for path in NOT_THERE:
        assert edge.get(f"/{path}").status == 404, path
    assert edge.count("MAIN.backend_req") == before


def test_what_is_nobodys_is_not_asked_for(edge: Edge) -> None:
    before = edge.count("MAIN.backend_req")
    for path in (
        "/wp-login.php",
        "/embed",
        "/embed/",
        "/api/v2/x",
        "/t/x/y/z",
        "/home.php",
        "/.env",
    ):
        answer = edge.get(path)
        assert (answer.status, answer.is_stored) == (404, False), path
    assert edge.count("MAIN.backend_req") == before


@pytest.mark.parametrize(
    ("path", "status", "seconds"),
    [
        ("/api/v1/forums/nobodys", 404, 10),
        ("/api/v1/threads/00000000000000000000", 404, 10),
        ("/api/v1/forums/magazine/threads", 400, 1),
    ],
)
def test_a_refusal_is_kept_for_a_moment_only(
    edge: Edge, path: str, status: int, seconds: int
) -> None:
    edge.forget_everything()
    assert edge.get(path).status == status
    assert edge.get(path).status == status
    kept = explained(edge, path).copy
    assert 0 < kept["ttl"] + kept["age"] <= seconds + 0.01
    assert kept["grace"] == 0
