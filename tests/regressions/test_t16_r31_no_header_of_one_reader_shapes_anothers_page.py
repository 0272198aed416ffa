"""T16, R31: what is no part of the address cannot change what everybody gets from the edge."""

import re
from pathlib import Path

import pytest

from tests.contracts.test_headers import QUERIES, SHARED
from tests.edge.recorder import Recorded
from tests.edge.standing import Edge

pytestmark = pytest.mark.server

# Headers by which some framework, proxy or browser has changed an answer.
NAMES = (Path(__file__).parents[1] / "data/header-names.txt").read_text().split()
POISON = "poisoned.test"
VALUES = {
    "Range": "bytes=1-3",
    "X-HTTP-Method-Override": "DELETE",
    "X-HTTP-Method": "DELETE",
    "X-Method-Override": "DELETE",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Ssl": "on",
    "X-Original-URL": "/home/",
    "X-Rewrite-URL": "/home/",
    "Accept-Language": "he",
    "Cookie": "session=poisoned.test; sort=oldest; lang=he",
    "Origin": "https://poisoned.test",
    "If-Match": '"poisoned.test"',
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Pragma": "no-cache",
    "Cache-Control": "no-cache, no-store",
    "Trailer": "X-Poisoned",
}
# What Varnish sends on for a fetch of its own, and what it says itself.
SENT_ON = {
    "host", "accept-encoding", "if-none-match", "if-modified-since", "x-varnish", "voxpop-node",
    "voxpop-why", "x-forwarded-proto",
}  # fmt: skip
ADDRESSES = [
    "/" + re.sub(r"[<>{}]", "", route.plain + QUERIES.get(route.surface.name, ""))
    for route in SHARED
]


def test_every_name_is_tried() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 120


def test_a_poisoned_request_leaves_the_page_as_it_is(edge: Edge) -> None:
    """The page that the poisoned request had made is the one that Django makes for anybody."""
    changed = []
    for number, name in enumerate(NAMES):
        page = f"/embed/magazine/thread?i=poisoned-{number}"
        first = edge.ask("GET", page, headers={name: VALUES.get(name, POISON)})
        second = edge.get(page)
        clean = edge.ask("GET", page, port=edge.django.port)
        if not (
            second.is_hit
            and second.body == clean.body
            and second.status == clean.status == 200
            and POISON not in second.headers.as_string()
            and (first.body == clean.body or name == "Range")
        ):
            changed.append(name)
    assert changed == []


# A request has at most 64 headers.
@pytest.mark.parametrize("first", range(0, len(NAMES), 50))
def test_nothing_that_a_reader_sends_reaches_a_shared_view(recorded: Recorded, first: int) -> None:
    headers = {name: VALUES.get(name, POISON) for name in NAMES[first : first + 50]}
    for address in ADDRESSES:
        assert recorded.ask("GET", address, headers=headers).status in {200, 206, 412}, address
    assert len(recorded.recorder.requests) == len(ADDRESSES)
    for request in recorded.recorder.requests:
        arrived = {name.lower() for name, _ in request.headers}
        assert arrived <= SENT_ON, request.path
        values = dict(request.headers)
        assert values["Host"] == "localhost"
        assert values["X-Forwarded-Proto"] == "http"
        assert values["Voxpop-Node"] == "edge1"
        assert values["Voxpop-Why"] == "shared"


def test_no_cookie_reaches_a_shared_view_and_all_of_it_a_private_one(recorded: Recorded) -> None:
    recorded.get("/embed/magazine/thread?i=1", Cookie="session=1", Authorization="Bearer 1")
    recorded.get("/home/", Cookie="session=1", Authorization="Bearer 1")
    shared, private = (dict(request.headers) for request in recorded.recorder.requests)
    assert "Cookie" not in shared
    assert "Authorization" not in shared
    assert private["Cookie"] == "session=1"
    assert private["Authorization"] == "Bearer 1"


@pytest.mark.parametrize(
    "host", ["poisoned.test", "localhost.poisoned.test", "localhost:80@poisoned.test", "", "a b"]
)
def test_another_host_is_refused(recorded: Recorded, host: str) -> None:
    answer = recorded.ask("GET", "/embed/magazine/thread?i=1", headers={"Host": host})
    assert answer.status in {400, 421}
    assert recorded.recorder.requests == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "localhost:8443"])
def test_every_name_of_ours_is_the_same_page(recorded: Recorded, host: str) -> None:
    recorded.get("/embed/magazine/thread?i=1")
    assert recorded.ask("GET", "/embed/magazine/thread?i=1", headers={"Host": host}).is_hit
