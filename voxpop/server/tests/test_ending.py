"""Who ends, and who begins anew (SAFETY F18)."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from voxpop import memory
from voxpop.server.ending import Ending


class Parts:
    """What a process is made of, and what was done with it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.is_over = asyncio.Event()

    def leave(self) -> None:
        self.done.append("leaves")

    def let_go(self) -> None:
        self.done.append("lets go")

    def stop(self) -> None:
        self.done.append("stops")
        self.is_over.set()


@pytest.fixture
def memory_out(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    event = threading.Event()
    monkeypatch.setattr(memory, "_ran_out", event)
    monkeypatch.setattr(memory, "end_soon", lambda: None)  # it would end this process
    monkeypatch.setattr(memory, "LOOK", 0.01)
    return event


def ended(*steps: Callable[[Ending], object]) -> tuple[bool, list[str]]:
    """Whether a process to which this happens begins anew, and what it does before."""

    async def run() -> tuple[bool, list[str]]:
        parts = Parts()
        ending = Ending(parts, parts, is_fellow=False)
        for step in steps:
            step(ending)
        await asyncio.wait_for(parts.is_over.wait(), 5)
        return ending.is_to_begin_anew, parts.done

    return asyncio.run(run())


IN_ORDER = ["leaves", "lets go", "stops"]


def test_who_is_told_to_end_leaves_first_and_ends(memory_out) -> None:
    assert ended(Ending.be_told) == (False, IN_ORDER)


def test_who_has_no_memory_begins_anew(memory_out) -> None:
    assert ended(Ending.look, lambda _: memory_out.set()) == (True, IN_ORDER)


def test_who_is_told_to_end_while_he_is_about_to_begin_anew_ends(memory_out) -> None:
    memory_out.set()
    anew, done = ended(Ending.look, Ending.be_told)
    assert not anew
    assert done[-1] == "stops"


def test_who_has_no_memory_while_he_is_told_to_end_ends(memory_out) -> None:
    assert ended(Ending.be_told, lambda _: memory_out.set(), Ending.look) == (False, IN_ORDER)


def test_who_leaves_an_edge_gives_it_time_to_notice(memory_out, settings, monkeypatch) -> None:
    settings.EDGE_NODES = ["http://127.0.0.1:6091"]
    monkeypatch.setattr("voxpop.server.ending.LEAVING", 0.2)

    async def run() -> list[str]:
        parts = Parts()
        Ending(parts, parts, is_fellow=False).be_told()
        await asyncio.sleep(0.05)
        return parts.done

    assert asyncio.run(run()) == ["leaves"]
