"""Every request that reaches Django has exactly one reason, and it is the right one."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from voxpop.edge import why
from voxpop.edge.counters import BOUNDS, HELD_READERS, PURGE_DELAY, REQUESTS, WHYS, Counters
from voxpop.edge.fence import BUCKETS, bucket, fence
from voxpop.edge.why import Fetch, Memory, reason_of
from voxpop.threads.tests.cast import PAGE, Cast

ADDRESS = "node-1 /t/0123/?"
KEYS = "t:0123 s:magazine"


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A memory that has seen nothing."""
    fresh = Memory(lambda: tmp_path / "run" / "why")
    monkeypatch.setattr(why, "memory", fresh)
    return fresh


def headers(version: str, ttl: int = 60, keys: str = KEYS) -> dict[str, str]:
    return {
        "ETag": f'"{version}"',
        "Surrogate-Control": f"max-age={ttl}, stale-if-error=86400",
        "Surrogate-Key": keys,
        "Voxpop-Fence": fence(keys.split()),
    }


def asked(at: float, version: str = "1", *, address: str = ADDRESS, took: float = 0.1) -> str:
    """The reason of a fetch that began at `at` (seconds) and took `took`."""
    return reason_of(address, headers(version), at, at + took)


def test_what_a_node_has_never_fetched_is_first(memory: Memory) -> None:
    assert asked(100) == "first"
    assert asked(100, address="node-2 /t/0123/?") == "first"
    assert asked(100, address=f"{ADDRESS}sort=newest") == "first"


def test_other_bytes_are_changed_whatever_else_happened(memory: Memory) -> None:
    asked(100)
    memory.purged("t:0123", 100.05)
    assert asked(300, "2") == "changed"


def test_the_same_bytes_after_their_time_are_expired(memory: Memory) -> None:
    asked(100)
    assert asked(160.2) == "expired"
    assert asked(220) == "expired"  # a node takes up to 5 % off


def test_the_same_bytes_before_their_time_are_evicted(memory: Memory) -> None:
    asked(100)
    assert asked(130) == "evicted"


def test_the_same_bytes_after_a_purge_of_a_key_are_purged(memory: Memory) -> None:
    asked(100)
    memory.purged("s:magazine", 110)
    assert asked(120) == "purged"
    assert asked(130) == "evicted"  # the purge was before this one's last fetch


def test_a_purge_of_another_key_in_the_same_bucket_is_not_ours(memory: Memory) -> None:
    other = next(f"t:{n}" for n in range(100_000) if bucket(f"t:{n}") == bucket("t:0123"))
    asked(100)
    memory.purged(other, 110)
    assert asked(120) == "evicted"


def test_a_purge_that_fell_into_the_last_fetch_fenced_it(memory: Memory) -> None:
    asked(100, took=2)
    memory.purged("t:0123", 101)
    assert asked(102.2) == "fenced"


def test_the_node_fences_whole_buckets_so_another_key_of_it_counts(memory: Memory) -> None:
    other = next(f"t:{n}" for n in range(100_000) if bucket(f"t:{n}") == bucket("t:0123"))
    asked(100, took=2)
    memory.purged(other, 101)
    assert asked(102.2) == "fenced"


def test_a_tail_that_only_grew_while_it_was_fetched_was_not_fenced(memory: Memory) -> None:
    told = headers("1", ttl=1, keys="e:0123")
    reason_of("node-1 /events?after=1", told, 100, 102, is_tail=True)
    memory.purged("e:0123", 101)
    assert reason_of("node-1 /events?after=1", told, 103, 103.1, is_tail=True) == "expired"


def test_a_full_disk_costs_reasons_and_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    monkeypatch.setattr(why, "memory", Memory(lambda: tmp_path / "why"))
    assert asked(100) == "first"
    assert asked(110) == "evicted"
    ours = Counters(lambda: tmp_path)
    ours.count(REQUESTS, "first", "tail")


def test_what_was_written_before_the_machine_started_anew_is_unknown(memory: Memory) -> None:
    asked(90_000)
    assert asked(5) == "first"


@pytest.mark.broad
def test_times_of_all_processes_are_shared(memory: Memory, tmp_path: Path) -> None:
    asked(time.monotonic())
    code = (
        "import time; from pathlib import Path; from voxpop.edge import why;"
        f"why.memory = why.Memory(lambda: Path({str(tmp_path / 'run' / 'why')!r}));"
        "why.note_purged(['t:0123'])"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert asked(time.monotonic()) == "purged"


def test_who_has_waited_longest_makes_room(memory: Memory) -> None:
    """A set of four: the fifth address takes the place of the oldest and of no other."""
    same_set = [1 + n * why.ADDRESS_SETS for n in range(5)]
    for at, number in enumerate(same_set):
        assert memory.exchange(number, Fetch(1, at, at, 60)) is None
    later = [memory.exchange(number, Fetch(1, 10, 10, 60)) for number in same_set[1:]]
    assert [fetch and fetch.began for fetch in later] == [1, 2, 3, 4]
    assert memory.exchange(same_set[0], Fetch(1, 11, 11, 60)) is None


def test_the_file_does_not_grow(memory: Memory, tmp_path: Path) -> None:
    for number in range(1000):
        asked(100, address=f"node-1 /t/{number}/?")
        memory.purged(f"t:{number}", 100)
    file = tmp_path / "run" / "why"
    assert file.stat().st_size == Memory.SIZE
    assert Memory.SIZE == 65536 * 4 * 40 + 8192 * 4 * 16 + BUCKETS * 8


# Through Django.


@pytest.fixture
def cast() -> Cast:
    ours = Cast()
    ours.comment()
    return ours


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/embed/{cast.forum.shortname}/thread?u={PAGE}"


@pytest.fixture
def counted(memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """What has been counted in this test: {(why, surface): requests}."""
    fresh = Counters(lambda: tmp_path / "run" / "counters")
    monkeypatch.setattr(why, "counters", fresh)

    def read() -> dict[tuple[str, ...], int]:
        sums = fresh.sums()
        return {cell[1:]: n for cell, n in sums.items() if cell[0] == REQUESTS.name and n}

    return read


def through_the_edge(told: str = "shared") -> dict[str, str]:
    return {"Voxpop-Node": "node-1", "Voxpop-Why": told}


@pytest.mark.django_db
def test_the_reasons_sum_up_to_the_requests(page: str, counted: Callable[[], Any]) -> None:
    client = Client()
    client.get(page)
    for told in ("shared", "shared", "floor", "lease"):
        assert client.get(page, headers=through_the_edge(told)).status_code == 200
    client.get("/embed/nobodys/thread?i=1", headers=through_the_edge())
    client.get("/home/", headers=through_the_edge("viewer"))
    client.post("/api/v1/preview", headers=through_the_edge("writer"))
    client.get("/healthz")
    client.get("/readyz")

    assert counted() == {
        ("direct", "thread_page"): 1,
        ("first", "thread_page"): 1,
        ("evicted", "thread_page"): 1,
        ("floor", "thread_page"): 1,
        ("lease", "thread_page"): 1,
        ("error", "thread_page"): 1,
        ("viewer", "private"): 1,
        ("writer", "private"): 1,
    }


@pytest.mark.django_db
def test_a_comment_changes_the_page(page: str, cast: Cast, counted: Callable[[], Any]) -> None:
    client = Client()
    client.get(page, headers=through_the_edge())
    cast.comment()
    client.get(page, headers=through_the_edge())
    answer = client.get(page, headers=through_the_edge())
    client.get(page, headers=through_the_edge() | {"If-None-Match": answer["ETag"]})

    assert counted() == {
        ("first", "thread_page"): 1,
        ("changed", "thread_page"): 1,
        ("evicted", "thread_page"): 2,
    }


@pytest.mark.django_db
def test_a_view_that_broke_on_a_shared_address_is_an_error(
    page: str, counted: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("voxpop.embed.views.keys.worn_by_thread", broken)
    client = Client(raise_request_exception=False)
    assert client.get(page, headers=through_the_edge()).status_code == 500
    assert counted() == {("error", "private"): 1}


# The counters themselves.


@pytest.mark.broad
def test_sums_are_over_all_processes_and_outlive_them(tmp_path: Path) -> None:
    ours = Counters(lambda: tmp_path)
    ours.count(REQUESTS, "first", "tail", by=2)
    ours.set(HELD_READERS, 5)
    code = (
        "from pathlib import Path; from voxpop.edge.counters import *;"
        f"theirs = Counters(lambda: Path({str(tmp_path)!r}));"
        "theirs.count(REQUESTS, 'first', 'tail'); theirs.set(HELD_READERS, 7);"
        "print(theirs.sums()[HELD_READERS.name,])"
    )
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True
        )
        assert done.stdout.strip() == "12"  # the one before it is gone and holds nobody

    assert ours.sums()[REQUESTS.name, "first", "tail"] == 5
    assert ours.sums()[HELD_READERS.name,] == 5
    assert len(list(tmp_path.iterdir())) == 2  # each took over the file of the one before


def test_two_in_one_process_do_not_share_a_file(tmp_path: Path) -> None:
    one, other = Counters(lambda: tmp_path), Counters(lambda: tmp_path)
    one.count(REQUESTS, "first", "tail")
    other.count(REQUESTS, "first", "tail")
    assert one.sums()[REQUESTS.name, "first", "tail"] == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_a_label_that_the_table_does_not_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Counters(lambda: tmp_path).count(REQUESTS, "because", "tail")


def test_durations_fall_into_the_first_bound_that_holds_them(tmp_path: Path) -> None:
    ours = Counters(lambda: tmp_path)
    for seconds in (0.002, 0.003, 61.0, -1.0):
        ours.observe(PURGE_DELAY, seconds)
    sums = {cell[1]: n for cell, n in ours.sums().items() if cell[0] == PURGE_DELAY.name and n}
    assert sums == {str(BOUNDS[0]): 2, str(BOUNDS[1]): 1, "+Inf": 1, "sum": 61_005_000}


def test_every_reason_of_the_documentation_is_counted() -> None:
    assert set(WHYS) == {*why.TOLD, *_words_of(why.__doc__ or ""), "direct"}


def _words_of(text: str) -> set[str]:
    """The terms of a docstring's list: what stands before a run of spaces."""
    return {line.split()[0] for line in text.splitlines() if "  " in line.strip()}
