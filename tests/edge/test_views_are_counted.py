"""What a node hands out is counted beside it, from a log in which nobody is."""

import http.client
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.standing import FORUM, SECRET, Edge
from tests.server.running import VOXPOP
from voxpop.analytics import ncsa
from voxpop.edge.fence import fence

pytestmark = pytest.mark.server

VIEWS = 10_000
READERS = 4
PAGE = f"/embed/{FORUM}/thread?i=a-page"
TOTALS = """
from voxpop.analytics.models import Figure
from django.db.models import Sum
found = Figure.objects.filter(metric__startswith="views").values_list("metric", "label")
print(*(f"{metric}:{label}:{n}" for metric, label, n in found.annotate(n=Sum("value"))))
"""


@pytest.fixture
def counter(edge: Edge) -> Iterator[subprocess.Popen[bytes]]:
    """The counter of the node; it has written all when it has ended."""
    environment = edge.django._environment()
    counter = subprocess.Popen([VOXPOP, "analytics", "count"], env=environment)
    wait_until(lambda: sum(map(_reads, _children(counter.pid))) == 2, "the readers of the log")
    yield counter
    if counter.poll() is None:
        counter.kill()
        counter.wait()


def _children(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


def _reads(pid: str) -> bool:
    """Whether a program has the node's log before it: until then it has missed what is said."""
    return "/_.Log" in Path(f"/proc/{pid}/maps").read_text()


def test_a_counter_that_is_killed_leaves_no_reader_behind(
    counter: subprocess.Popen[bytes],
) -> None:
    readers = [Path("/proc") / pid for pid in _children(counter.pid)]
    counter.kill()
    counter.wait()
    wait_until(lambda: not any(reader.exists() for reader in readers), "the readers' end")


def totals(edge: Edge) -> dict[tuple[str, str], int]:
    found = [each.split(":") for each in edge.django.run_python(TOTALS).split()]
    return {(metric, label): int(value) for metric, label, value in found}


def read(edge: Edge, times: int) -> None:
    connection = http.client.HTTPConnection("localhost", edge.node.port, timeout=40)
    for _ in range(times):
        connection.request("GET", PAGE, headers={"Host": "localhost"})
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    connection.close()


def test_ten_thousand_views_are_counted_within_one_percent(
    edge: Edge, counter: subprocess.Popen[bytes]
) -> None:
    before = totals(edge)
    readers = [threading.Thread(target=read, args=[edge, VIEWS // READERS]) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    # What is no view: no page, another method, an address that is not there.
    edge.get("/embed.js")
    edge.ask("HEAD", PAGE)
    edge.get("/embed/nobody/thread?i=a-page")
    counter.terminate()
    assert counter.wait(30) == 0
    after = totals(edge)
    for kind in (("views", ""), ("views_by_thread", edge.thread)):
        counted = after[kind] - before.get(kind, 0)
        assert 0.99 * VIEWS <= counted <= 1.01 * VIEWS, (kind, counted)


STALE = """
from voxpop.edge.counters import EDGE, counters
print(counters.sums()[EDGE.name, "stale"])
"""


def test_old_copies_that_are_handed_out_are_counted(
    edge: Edge, counter: subprocess.Popen[bytes]
) -> None:
    before = int(edge.django.run_python(STALE))
    edge.get(PAGE)
    edge.node.adm("backend.set_health", "django1", "sick")
    keys = [f"t:{edge.thread}"]
    order = {"Voxpop-Secret": SECRET, "Voxpop-Kind": "soft", "Voxpop-Keys": keys[0]}
    order["Voxpop-Buckets"] = fence(keys)
    try:
        purged = edge.ask("PURGE", "/", headers=order, port=edge.node.purge_port)
        assert purged.status == 200
        assert [edge.get(PAGE).headers["Voxpop-Stale"] for _ in range(3)] == ["1"] * 3
    finally:
        edge.node.adm("backend.set_health", "django1", "auto")
    wait_until(lambda: int(edge.django.run_python(STALE)) == before + 3, "the old copies", 30)


def test_the_log_that_is_read_has_nobody_in_it(edge: Edge) -> None:
    log = subprocess.Popen(
        ncsa.command(edge.node.folder / "varnish"), stdout=subprocess.PIPE, text=True
    )
    lines: list[str] = []
    assert log.stdout is not None
    reader = threading.Thread(target=lines.extend, args=[log.stdout])
    reader.start()

    def says_something() -> bool:
        edge.get(f"{PAGE}&utm_source=a-secret", User_Agent="A browser", Cookie="session=a-secret")
        return bool(lines)

    try:
        wait_until(says_something, "a line")
    finally:
        log.terminate()
        reader.join(10)
        log.stdout.close()
        log.wait()
    for line in lines:
        second, *keys, seq = line.split()
        assert abs(datetime.now(UTC).timestamp() - int(second)) < 120
        assert (keys, seq.isdecimal()) == ([f"t:{edge.thread}", f"s:{FORUM}"], True)


def test_a_shared_link_that_is_followed_is_counted_by_its_way_and_nobody_is_in_it(
    edge: Edge, counter: subprocess.Popen[bytes]
) -> None:
    before = referrals(edge)
    followed = [f"/c/{edge.comment}?from=mail"] * 3 + [f"/t/{edge.thread}/visit?from=x"]
    for path in followed:
        assert edge.get(path, Cookie="session=of-somebody").status == 302
    # What is no referral: no way, an unknown one, the page that networks read, another method.
    for path in (f"/c/{edge.comment}", f"/c/{edge.comment}?from=nobody"):
        assert edge.get(path).status == 302
    assert edge.get(f"/c/{edge.comment}/?from=mail").status == 200
    edge.ask("HEAD", f"/c/{edge.comment}?from=mail")
    counter.terminate()
    assert counter.wait(30) == 0
    after = referrals(edge)
    counted = {key: after[key] - before.get(key, 0) for key in after}
    expected = {("referrals", "mail"): 3, ("referrals", "x"): 1}
    assert counted == expected | {("referrals_by_thread", edge.thread): 4}


def test_a_reader_is_counted_where_a_browser_asks_for_its_first_mark_of_the_day(
    edge: Edge, counter: subprocess.Popen[bytes]
) -> None:
    before = readers(edge)
    mark = f"/embed/{FORUM}/reader"
    first = edge.get(f"{mark}?20786", Cookie="session=of-somebody")
    assert (first.status, first.body) == (200, b"")
    assert "max-age=604800" in first.headers["Cache-Control"]
    # Whatever the day is called, the node has one copy of the mark.
    assert "hit" in edge.get(f"{mark}?20787").headers["Cache-Status"]
    # What is no reader: who holds the mark, another method, a forum that is not there.
    assert edge.get(f"{mark}?20786", If_None_Match=first.headers["ETag"]).status == 304
    edge.ask("HEAD", f"{mark}?20786")
    assert edge.get("/embed/nobody/reader?20786").status == 404
    counter.terminate()
    assert counter.wait(30) == 0
    assert readers(edge) - before == 2


def readers(edge: Edge) -> int:
    code = TOTALS.replace('metric__startswith="views"', 'metric="readers"')
    return sum(int(each.split(":")[2]) for each in edge.django.run_python(code).split())


def referrals(edge: Edge) -> dict[tuple[str, str], int]:
    code = TOTALS.replace('metric__startswith="views"', 'metric__startswith="referrals"')
    found = [each.split(":") for each in edge.django.run_python(code).split()]
    return {(metric, label): int(value) for metric, label, value in found}
