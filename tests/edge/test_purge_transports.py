"""What a purge means, on a real node, by each transport. A ban cannot be soft: that is the one
difference, and it is tested too."""

import itertools
import subprocess
import threading
from collections.abc import Iterator

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.origin import SECRET, Origin, node_before, read
from tests.edge.pretended import hang_up_here
from voxpop.analytics import ncsa
from voxpop.edge import purger
from voxpop.edge.line import Line
from voxpop.edge.node import Node
from voxpop.edge.orders import adopt, beat, forget_everything, forget_url
from voxpop.edge.purge import Purge, purge, refuse_wrong_secret
from voxpop.edge.purger import Purger
from voxpop.settings.environment import SettingsError

pytestmark = pytest.mark.server
_numbers = itertools.count()


@pytest.fixture(scope="module")
def stand(tmp_path_factory) -> Iterator[tuple[Origin, Node]]:
    origin = Origin()
    origin.start()
    node = node_before(origin.port, tmp_path_factory.mktemp("node"))
    node.start()
    yield origin, node
    node.stop()
    origin.stop()


@pytest.fixture
def origin(stand) -> Iterator[Origin]:
    origin = stand[0]
    origin.state, origin.ttl, origin.is_up = "old", 3600, True
    yield origin
    origin.is_up = True
    origin.gate.set()


@pytest.fixture(params=["xkey", "ban"])
def node(request, stand, origin, settings, monkeypatch) -> Iterator[Node]:
    """The node, trusting and empty, and settings that name it."""
    node = stand[1]
    settings.EDGE_NODES = [node.purge_url]
    settings.EDGE_SECRET = SECRET
    settings.EDGE_TRANSPORT = request.param
    monkeypatch.setattr("voxpop.edge.purge.ANSWER", 10)
    tell(node, forget_everything(is_hard=True), adopt(("life", 0)), beat(("life", 0)))
    wait_until(lambda: read(node, f"/t/{fresh()}/").status == 200, "a healthy origin")
    yield node
    hang_up_here()


def fresh() -> str:
    """A thread that no test has asked for: a failed fetch is remembered for a second."""
    return f"{next(_numbers):020}"


def tell(node: Node, *orders) -> None:
    line = Line(node.purge_url)
    for order in orders:
        assert line.ask(order, connect=5, answer=10).status == 200
    line.close()


def warm(node: Node, *threads: str) -> None:
    """Every page is in store, and younger than any lease."""
    for thread in threads:
        read(node, f"/t/{thread}/")
        assert read(node, f"/t/{thread}/").is_hit


def is_kept(node: Node, thread: str) -> bool:
    """The node has a new copy that no fence has cut short."""
    told = read(node, f"/t/{thread}/")
    return told.body == "new" and "fenced" not in told.headers["Cache-Status"] and told.is_hit


@pytest.mark.parametrize("is_hard", [False, True])
def test_what_wears_the_key_is_fetched_again_and_nothing_else(node, origin, is_hard):
    a, b = fresh(), fresh()
    warm(node, a, b)
    origin.state = "new"
    purge(Purge([f"t:{a}"], is_hard=is_hard))
    wait_until(lambda: read(node, f"/t/{a}/").body == "new", "the new page")
    assert read(node, f"/t/{b}/").body == "old"


def test_a_key_is_no_pattern_and_no_part_of_another(node, origin):
    a = fresh()
    warm(node, a, f"{a}b")
    origin.state = "new"
    purge(Purge([f"t:{a}"], is_hard=True))
    assert read(node, f"/t/{a}/").body == "new"
    assert read(node, f"/t/{a}b/").body == "old"


def test_every_key_of_a_purge_counts(node, origin):
    threads = [fresh() for _ in range(6)]
    warm(node, *threads)
    origin.state = "new"
    purge(Purge([f"t:{thread}" for thread in threads], is_hard=True))
    assert {read(node, f"/t/{thread}/").body for thread in threads} == {"new"}


def test_hard_keeps_nothing_for_the_bad_day_not_even_of_what_has_expired(node, origin):
    a = fresh()
    origin.ttl = 1
    warm(node, a)
    origin.is_up = False
    wait_until(lambda: "Voxpop-Stale" in read(node, f"/t/{a}/").headers, "the bad day")
    purge(Purge([f"t:{a}"], is_hard=True))
    assert read(node, f"/t/{a}/").status == 503


def test_soft_keeps_a_copy_for_the_bad_day_where_the_transport_can(node, origin, settings):
    a = fresh()
    warm(node, a)
    purge(Purge([f"t:{a}"]))
    origin.is_up = False
    if settings.EDGE_TRANSPORT == "xkey":
        wait_until(lambda: "Voxpop-Stale" in read(node, f"/t/{a}/").headers, "the stale copy")
        assert read(node, f"/t/{a}/").body == "old"
    else:
        assert read(node, f"/t/{a}/").status == 503


@pytest.mark.parametrize("is_hard", [False, True])
def test_what_is_being_fetched_while_it_is_purged_does_not_stay(node, origin, is_hard):
    a = fresh()
    origin.gate.clear()
    first = threading.Thread(target=read, args=(node, f"/t/{a}/"))
    before = origin.fetched[f"/t/{a}/"]
    first.start()
    wait_until(lambda: origin.fetched[f"/t/{a}/"] == before + 1, "the fetch")
    origin.state = "new"
    purge(Purge([f"t:{a}"], is_hard=is_hard))
    origin.gate.set()
    first.join()
    wait_until(lambda: read(node, f"/t/{a}/").body == "new", "the new page", 5)


def test_a_fetch_that_was_fenced_is_told_to_the_counter(node, origin):
    words: list[str] = []
    log = subprocess.Popen(
        ncsa.outcomes_command(node.folder / "varnish"), stdout=subprocess.PIPE, text=True
    )
    assert log.stdout is not None
    reader = threading.Thread(target=words.extend, args=[log.stdout])
    reader.start()

    def is_told() -> bool:
        a = fresh()
        origin.gate.clear()
        first = threading.Thread(target=read, args=(node, f"/t/{a}/"))
        first.start()
        wait_until(lambda: origin.fetched[f"/t/{a}/"] == 1, "the fetch")
        purge(Purge([f"t:{a}"]))
        origin.gate.set()
        first.join()
        return bool(words)

    try:
        wait_until(is_told, "a word")
    finally:
        log.terminate()
        reader.join(10)
        log.stdout.close()
        log.wait()
    assert {word.strip() for word in words} == {"fenced"}


def test_everything_is_fetched_again_and_hard_leaves_nothing(node, origin):
    a, b = fresh(), fresh()
    warm(node, a, b)
    origin.state = "new"
    tell(node, forget_everything())
    assert read(node, f"/t/{a}/").body == "new"
    origin.is_up = False
    assert read(node, f"/t/{b}/").body == "old"
    tell(node, forget_everything(is_hard=True))
    assert read(node, f"/t/{b}/").status == 503


def test_one_address_is_forgotten_however_it_is_written(node, origin):
    a = fresh()
    warm(node, f"{a}/?sort=best", f"{a}/?sort=newest")
    read(node, f"/t/{a}/?after=x&sort=best")
    origin.state = "new"
    tell(node, forget_url(f"/t/{a}/?sort=best&utm_source=x&after=x"))
    assert read(node, f"/t/{a}/?sort=best&after=x").body == "new"


def test_a_purger_and_a_node_agree_on_what_was_counted(node, origin, monkeypatch):
    a, b = fresh(), fresh()
    monkeypatch.setattr(purger, "BEAT", 0.1)
    ours = Purger([node.purge_url])
    ours.add(Purge([f"t:{a}"]))
    ours.add(Purge([f"t:{b}"], is_hard=True))
    ours.catch_up()
    ours.start()
    try:
        wait_until(lambda: ours.reached() == 2, "the adoption")
        warm(node, a)
        origin.state = "new"
        ours.add(Purge([f"t:{n:020}" for n in range(40)]))
        last = ours.add(Purge([f"t:{a}"], is_hard=True))
        wait_until(lambda: ours.reached() == last, "every purge")
        assert read(node, f"/t/{a}/").body == "new"
        node.stop()
        wait_until(lambda: ours.links[0].is_failing, "the failure")
        last = ours.add(Purge([f"t:{b}"]))
        node.start()
        wait_until(lambda: ours.reached() == last, "the return")
        wait_until(lambda: not ours.links[0].is_failing, "the end of the failure")
    finally:
        ours.stop()


def test_a_wrong_secret_is_told_apart_from_silence(node, settings):
    refuse_wrong_secret()
    settings.EDGE_SECRET = "another-secret-of-a-good-length-987654"
    with pytest.raises(SettingsError, match="refuses our secret"):
        refuse_wrong_secret()


def test_the_repetition_of_a_purge_that_came_costs_no_fetch(node, origin, monkeypatch):
    a, b = fresh(), fresh()
    came, lost = next(_numbers), next(_numbers)
    monkeypatch.setattr(purger, "BEAT", 0.1)
    ours = Purger([node.purge_url])
    ours.catch_up()
    ours.start()
    try:
        wait_until(lambda: ours.links[0].reached == 0 and not ours.links[0].is_failing, "a beat")
        warm(node, a, b)
        origin.state = "new"
        purge(Purge([f"t:{a}"], is_hard=True), mark=came)
        # What is fetched within the purge's own millisecond is fenced, and lives 0.1 s.
        wait_until(lambda: is_kept(node, a), "a copy that was fetched after the purge")
        origin.state = "newer"
        ours.add(Purge([f"t:{a}"], is_hard=True), mark=came)
        # The first time of this one was lost: its repetition is what purges.
        last = ours.add(Purge([f"t:{b}"], is_hard=True), mark=lost)
        wait_until(lambda: ours.reached() == last, "both")
        assert read(node, f"/t/{a}/").body == "new"
        assert read(node, f"/t/{b}/").body == "newer"
    finally:
        ours.stop()
