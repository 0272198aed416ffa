"""Who writes behind an edge: his lane is free while the nodes are told, and his answer waits."""

import asyncio
import io
import socket
import threading
from dataclasses import dataclass

import pytest

from tests.edge.pretended import hang_up_here
from voxpop.edge.purge import Purge
from voxpop.events import Event, dispatch
from voxpop.events.dispatch import Consequences, follow_at_once
from voxpop.server import following
from voxpop.server.bridge import Bridge

POST = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/x", "wsgi.input": io.BytesIO()}


@dataclass(frozen=True)
class Changed(Event):
    number: int


@dataclass(frozen=True)
class Noted(Event):
    number: int


class SlowNode:
    """A purge listener that answers nobody until `enough` orders have come."""

    def __init__(self, enough: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._all_came = threading.Barrier(enough)
        self.orders = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                self.orders += 1
                try:
                    self._all_came.wait(10)
                except threading.BrokenBarrierError:
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        self._all_came.abort()
        self._listener.close()


@pytest.fixture
def table():
    """What follows here, in the order in which it happened."""
    was, happened = dispatch._installed, []
    dispatch._installed = dispatch._Installed()

    def announce(event: Changed) -> None:
        happened.append(f"announced {event.number}")

    def note(event: Noted) -> None:
        happened.append(f"noted {event.number} by {threading.current_thread().name}")

    dispatch.install(
        {
            Changed: Consequences(purges=lambda event: Purge(["t:a"]), at_once=[announce]),
            Noted: Consequences(at_once=[note]),
        }
    )
    yield happened
    dispatch._installed = was


@pytest.fixture
def patient(monkeypatch):
    """More patience with a node than an author has, and no line left open."""
    monkeypatch.setattr("voxpop.edge.purge.CONNECT", 5)
    monkeypatch.setattr("voxpop.edge.purge.ANSWER", 5)
    yield
    hang_up_here()


def writes(happened, *events):
    """An application whose requests record these events, each the next."""
    left = list(events)

    def application(environ, start_response):
        event = left.pop(0)
        follow_at_once(1, event)
        happened.append(f"written {event.number}")
        start_response("201 Created", [])
        return [b""]

    return application


def ask(application, times):
    """So many writes at once through a bridge with one lane for them; their answers."""

    async def all_of_it():
        bridge = Bridge(application, writers=1)
        bridge.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(20):
                return await asyncio.gather(*[bridge.answer(dict(POST)) for _ in range(times)])
        finally:
            bridge.stop()

    return asyncio.run(all_of_it())


def test_a_lane_writes_on_while_the_nodes_are_told_of_all_together(
    table, settings, patient, monkeypatch
):
    """One lane, three authors; the node answers the second when it has heard the third too."""
    alone = threading.Event()
    follow = dispatch.follow

    def follow_the_first_slowly(recorded):
        if not alone.is_set():
            alone.wait(10)
        follow(recorded)

    monkeypatch.setattr(following, "follow", follow_the_first_slowly)
    node = SlowNode(enough=2)
    settings.EDGE_NODES = [node.address]
    written = writes(table, Changed(0), Changed(1), Changed(2), Changed(3))

    def application(environ, start_response):
        answer = written(environ, start_response)
        if "written 3" in table:
            alone.set()
        return answer

    monkeypatch.setattr(following, "TOGETHER", 2)
    answers = ask(application, 4)
    node.close()

    assert [answer.status for answer in answers] == [201] * 4
    assert table[:4] == ["written 0", "written 1", "written 2", "written 3"]
    assert table[4:] == [f"announced {number}" for number in range(4)]


def test_an_author_is_answered_after_the_nodes_and_readers_are_woken_in_between(
    table, settings, patient
):
    node = SlowNode(enough=1)
    settings.EDGE_NODES = [node.address]
    (answer,) = ask(writes(table, Changed(1)), 1)
    table.append("answered")
    node.close()

    assert answer.status == 201
    assert node.orders == 1
    assert table == ["written 1", "announced 1", "answered"]


def test_what_the_edge_is_not_told_of_follows_in_the_lane_which_has_a_database(table, settings):
    settings.EDGE_NODES = ["http://127.0.0.1:1"]
    ask(writes(table, Noted(1)), 1)
    assert table == ["noted 1 by django-2", "written 1"]


def test_without_an_edge_everything_follows_in_the_lane(table, settings):
    settings.EDGE_NODES = []
    ask(writes(table, Changed(1)), 1)
    assert table == ["announced 1", "written 1"]


def test_who_cannot_be_followed_is_answered_all_the_same(table, settings, monkeypatch):
    def fails(recorded):
        raise OSError("no")

    monkeypatch.setattr(following, "follow", fails)
    settings.EDGE_NODES = ["http://127.0.0.1:1"]
    (answer,) = ask(writes(table, Changed(1)), 1)
    assert answer.status == 201


def test_what_was_written_before_the_end_is_followed(table, settings, monkeypatch):
    monkeypatch.setattr(following, "TOGETHER", 2)
    settings.EDGE_NODES = []
    ours = following.Following()
    for number in range(5):
        ours.after([dispatch.Recorded(number, Changed(number))], lambda: None)
    ours.start()
    ours.stop()
    assert table == [f"announced {number}" for number in range(5)]
