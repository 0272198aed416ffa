"""Whoever has written gets no older answer of his thread, from Django itself or from an edge node
that no purge has reached."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.server.running import PAGE, Answer, Running
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server

SECRET = "the-secret-of-this-node-and-of-nobody-else"


@dataclass
class Place:
    """A thread with a few comments, and a guest who may write in it."""

    django: Running
    node: Running  # only for asking: no purge ever reaches it
    token: str
    thread: str
    comment: str

    def addresses(self) -> list[str]:
        """Every shared answer that is made from the thread."""
        frame, json = f"/embed/magazine/thread/{self.thread}", f"/api/v1/threads/{self.thread}"
        return [
            "/embed/magazine/thread?i=a-page",
            "/embed/magazine/thread?i=a-page&sort=oldest",
            f"{frame}/more?sort=newest",
            f"{frame}/branch?comment={self.comment}",
            f"{frame}/around?comment={self.comment}",
            f"/t/{self.thread}/",
            f"/t/{self.thread}/?sort=oldest",
            f"/c/{self.comment}",
            json,
            f"{json}/comments",
            f"{json}/events?after={self.seq()}",
            f"/api/v1/comments/{self.comment}",
            f"/api/v1/forums/magazine/threads?identifier={PAGE['identifier']}",
        ]

    def seq(self) -> int:
        return int(header(self.django.ask("GET", f"/api/v1/threads/{self.thread}"), "voxpop-seq"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    # No VOXPOP_EDGE_NODES: nobody tells the node what has changed.
    django = Running(tmp_path_factory.mktemp("django"), free_port(), {"VOXPOP_EDGE_SECRET": SECRET})
    django.start()
    node = Node(
        name="deaf",
        port=free_port(),
        purge_port=free_port(),
        backends=[("127.0.0.1", django.port)],
        secret=SECRET,
        folder=tmp_path_factory.mktemp("node"),
        memory="32m",
    )
    try:
        node.start()
        site = ("--origin", "https://magazine.test")
        django.command("forum", "create", "magazine", *site, "--owner", "owner@magazine.test")
        token = django.guest()
        first = django.post(token, "The first of all.").json()
        yield Place(django, Running(django.data, node.port), token, first["thread"], first["id"])
    finally:
        node.stop()
        django.stop()


def header(answer: Answer, name: str) -> str:
    """A header, however its name is spelled."""
    return {key.lower(): value for key, value in answer.headers.items()}[name]


def places(server: Running, addresses: list[str], **headers: str) -> dict[str, int]:
    answers = {address: server.ask("GET", address, **headers) for address in addresses}
    assert {each.status for each in answers.values()} <= {200, 302}, answers
    return {address: int(header(answer, "voxpop-seq")) for address, answer in answers.items()}


def write(place: Place, how: str) -> tuple[int, str]:
    """One more comment; the place that the log has reached by it, and the token of that."""
    sent: Answer
    if how == "posted":
        sent = place.django.post(place.token, f"Written {uuid.uuid4()}")
    else:
        headers = {"Authorization": f"Bearer {place.token}", "Idempotency_Key": str(uuid.uuid4())}
        now = place.django.ask("GET", f"/api/v1/comments/{place.comment}").json()["revision"]
        body = {"source": f"Changed {uuid.uuid4()}", "revision": now}
        sent = place.django.ask("PATCH", f"/api/v1/comments/{place.comment}", body, **headers)
    assert sent.status in {200, 201}, sent.body
    return sent.json()["seq"], header(sent, "voxpop-floor")


@pytest.mark.parametrize("how", ["posted", "edited"])
@pytest.mark.parametrize("through", ["django", "node"])
def test_every_answer_of_the_thread_is_at_least_as_new_as_ones_own_write(
    through: str, how: str, place: Place
) -> None:
    server: Running = getattr(place, through)
    addresses = place.addresses()
    places(server, addresses)
    seq, token = write(place, how)

    behind = {
        address: reached
        for address, reached in places(server, addresses, Voxpop_Floor=token).items()
        if reached < seq
    }
    assert behind == {}


def test_without_the_floor_the_node_would_have_answered_as_before(place: Place) -> None:
    """What makes the test above one: without word from the purger ten seconds are believed."""
    address = "/embed/magazine/thread?i=a-page&sort=best"
    for _ in range(5):
        began = time.monotonic()
        (before,) = places(place.node, [address]).values()
        seq, token = write(place, "posted")
        (plain,) = places(place.node, [address]).values()
        if time.monotonic() - began < 8:
            break
    assert plain == before < seq
    (floored,) = places(place.node, [address], Voxpop_Floor=token).values()
    assert floored >= seq


def test_a_first_comment_is_there_for_its_author_where_there_was_no_page(place: Place) -> None:
    page = {"identifier": "another", "url": "https://magazine.test/another", "title": "Another"}
    found = place.django.ask("GET", "/api/v1/forums/magazine/threads?identifier=another").json()
    address = f"/t/{found['id']}/"
    assert place.node.ask("GET", address).status == 404
    sent = place.django.ask(
        "POST",
        "/api/v1/forums/magazine/comments",
        {"thread": page, "source": "First!"},
        Authorization=f"Bearer {place.token}",
        Idempotency_Key=str(uuid.uuid4()),
    )
    assert sent.status == 201
    mine = place.node.ask("GET", address, Voxpop_Floor=header(sent, "voxpop-floor"))
    assert (mine.status, "First!" in mine.body.decode()) == (200, True)
