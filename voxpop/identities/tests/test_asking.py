"""Speaking to providers: bounded in time, left alone when they hang, and only while signing in."""

import socket
import threading
import time

import pytest

from voxpop.identities import asking
from voxpop.identities.asking import Asking, ProviderAway, ProviderLied, talking_to

pytestmark = pytest.mark.broad


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    asking.breaker_of.cache_clear()
    monkeypatch.setattr(asking, "SECONDS", 0.4)
    monkeypatch.setattr(asking, "SECONDS_IN_ALL", 0.6)


@pytest.fixture
def hanging():
    """A server that accepts and says nothing; how often it was called, and where it is."""
    calls: list[socket.socket] = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                calls.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield calls, f"http://127.0.0.1:{server.getsockname()[1]}/"
    server.shutdown(socket.SHUT_RDWR)  # wakes who accepts
    thread.join(10)
    server.close()
    for call in calls:
        call.close()


def test_a_provider_that_hangs_takes_its_time_and_no_more(hanging):
    _, address = hanging
    began = time.monotonic()
    with pytest.raises(ProviderAway), talking_to("work", is_inside=True):
        Asking().get(address)
    assert time.monotonic() - began < 3


def test_all_questions_of_a_step_share_one_time(hanging):
    calls, address = hanging
    with talking_to("work", is_inside=True):
        for _ in range(3):
            with pytest.raises(ProviderAway):
                Asking().get(address)
    assert len(calls) == 2  # 0.4 s and what was left of 0.6; the third was not asked any more


def test_one_that_hung_is_left_alone_and_others_are_not(hanging):
    calls, address = hanging
    with pytest.raises(ProviderAway), talking_to("work", is_inside=True):
        Asking().get(address)
    with pytest.raises(ProviderAway, match="left alone"), talking_to("work", is_inside=True):
        Asking().get(address)
    assert len(calls) == 1
    with pytest.raises(ProviderAway), talking_to("club", is_inside=True):
        Asking().get(address)
    assert len(calls) == 2


def test_only_a_way_that_is_inside_dials_inside(hanging):
    calls, address = hanging
    with pytest.raises(ProviderAway), talking_to("work"):
        Asking().get(address)
    assert calls == []


def test_nobody_asks_but_on_the_way_in():
    with pytest.raises(LookupError):
        Asking().get("https://example.org/")


def test_what_cannot_stand_in_a_header_is_a_lie(hanging):
    _, address = hanging
    with pytest.raises(ProviderLied), talking_to("work", is_inside=True):
        Asking().get(address, headers={"Authorization": "Bearer a\r\nHost: evil.example"})
