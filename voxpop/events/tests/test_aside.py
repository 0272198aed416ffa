"""What waits for another's server keeps nothing else waiting."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from voxpop.events import dispatch
from voxpop.events.aside import Aside
from voxpop.events.dispatch import Periodic
from voxpop.events.worker import Worker

PATIENCE = 30.0


def wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def hanging() -> Iterator[tuple[threading.Event, Callable[[], object]]]:
    """A verb that hangs until the test is over; the event says that it does."""
    begun, released = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        released.wait(5)

    yield begun, hang
    released.set()


def test_what_hangs_aside_keeps_nothing_periodic_waiting(hanging, monkeypatch) -> None:
    begun, wait_long = hanging
    calls: list[int] = []
    hung: list[int] = []

    def hang() -> None:
        hung.append(1)
        wait_long()

    table = (Periodic(0.01, hang, is_aside=True), Periodic(0.01, lambda: calls.append(1)))
    monkeypatch.setattr(dispatch._installed, "periodic", table)
    worker = Worker()
    aside = Aside(table[0], lambda: True)
    aside.start()
    assert begun.wait(PATIENCE)
    worker._call_periodic()
    assert (calls, hung) == ([1], [1])  # the worker did not hang there as well
    aside.stop(0.01)  # an end does not wait for what hangs


def test_only_the_worker_with_the_office_calls_and_a_failure_ends_nothing() -> None:
    is_ours, calls = [False], []

    def fail() -> None:
        calls.append(is_ours[0])
        raise OSError("away")

    aside = Aside(Periodic(0.01, fail, is_aside=True), lambda: is_ours[0])
    aside.start()
    time.sleep(0.05)
    is_ours[0] = True
    wait(lambda: len(calls) > 2)
    aside.stop()
    assert all(calls)


def test_whoever_waits_aside_keeps_no_connection_from_those_who_serve(monkeypatch) -> None:
    given_back: list[str] = []

    class Connection:
        def close(self) -> None:
            given_back.append("close")

    monkeypatch.setattr("voxpop.events.aside.connection", Connection())
    found = iter([1, 0])  # something, then nothing
    aside = Aside(Periodic(every=0.01, run=lambda: next(found, 0), is_aside=True), lambda: True)
    aside.start()
    wait(lambda: len(given_back) > 1)
    aside.stop()
    assert next(found, None) is None
