"""`/metrics` of a running product behind a running node: what docs/metrics.md promises is there,
nothing else is, and every request that reached Django has one reason."""

import json
import os
import re
import time
import uuid
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.harness.waiting import wait_until
from tests.edge.standing import FORUM, SECRET, Edge
from voxpop.edge.counters import WHYS
from voxpop.metrics.table import METRICS, Metric

DOCUMENT = Path(__file__).parents[2] / "docs/metrics.md"
Figures = dict[tuple[str, ...], float]


def row(metric: Metric) -> str:
    name = f"{metric.name}_total" if metric.kind == "counter" else metric.name
    labels = " ".join(f"`{label}`" for label in metric.labels)
    return f"| `{name}` | {metric.kind} | {labels} | {metric.help} |"


def test_every_figure_is_documented() -> None:
    """`WRITE_DOCS=1` writes the table."""
    text = DOCUMENT.read_text()
    made = "\n".join(row(metric) for metric in METRICS.values())
    written = re.sub(
        r"(\| figure .*\n\|[-| ]+\n)(?:\|.*\n)*", lambda found: f"{found[1]}{made}\n", text
    )
    if os.environ.get("WRITE_DOCS"):
        DOCUMENT.write_text(written)
        text = written
    assert text == written


def test_every_reason_is_documented() -> None:
    assert re.findall(
        r"^\| `(\w+)` \| (?!counter|gauge|histogram)", DOCUMENT.read_text(), re.M
    ) == [*WHYS]


def read(edge: Edge) -> Figures:
    """Every sample by its name and its labels' values in the order of their names."""
    answer = edge.ask("GET", "/metrics", port=edge.django.port)
    assert answer.status == 200
    families = text_string_to_metric_families(answer.body.decode())
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def reasons(figures: Figures) -> dict[str, float]:
    """Requests by why, over all surfaces."""
    found = dict.fromkeys(WHYS, 0.0)
    for name, *labels in figures:
        if name == "voxpop_requests_total":
            found[labels[1]] += figures[name, *labels]
    return found


@pytest.mark.server
def test_the_page_shows_what_the_document_promises_and_nothing_else(edge: Edge) -> None:
    edge.get("/embed.js")
    answer = edge.ask("GET", "/metrics", port=edge.django.port)
    families = {each.name: each for each in text_string_to_metric_families(answer.body.decode())}

    # No Redis, no memcached stands behind this one (tests/server/test_f7_…).
    assert set(families) == set(METRICS) - {"voxpop_server_reached"}
    for name, family in families.items():
        assert family.type == METRICS[name].kind, name
        assert family.documentation == METRICS[name].help, name
        labels = {tuple(sorted(s.labels)) for s in family.samples} - {("le",), ()}
        assert labels <= {tuple(sorted(METRICS[name].labels))}, name
    failed = {k: v for k, v in read(edge).items() if k[0] == "voxpop_metrics_source_failed"}
    assert set(failed.values()) == {0}, failed


@pytest.mark.server
def test_the_edge_does_not_show_it(edge: Edge) -> None:
    assert edge.get("/metrics").status == 404
    assert edge.ask(
        "GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}, port=edge.django.port
    ).status == 404  # fmt: skip


@pytest.mark.server
def test_reasons_add_up_to_what_the_node_has_sent(edge: Edge) -> None:
    """Each request of the node is counted once, whatever became of it; none besides."""
    edge.forget_everything()
    before = read(edge)
    _live(edge)
    after = read(edge)
    sent = after["voxpop_varnish_backend_requests_total", "edge1"]
    sent -= before["voxpop_varnish_backend_requests_total", "edge1"]
    was, now = reasons(before), reasons(after)
    grown = {why: now[why] - was[why] for why in WHYS if why != "direct"}

    assert sum(grown.values()) == sent > 10
    for why in ("first", "changed", "evicted", "error", "viewer", "writer", "floor"):
        assert grown[why] > 0, (why, grown)


def _live(edge: Edge) -> None:
    """A bit of everything that readers and writers do."""
    page = f"/embed/{FORUM}/thread?i=a-page"
    tail = f"/api/v1/threads/{edge.thread}/events"
    seq = int(edge.get(page).headers["Voxpop-Seq"])
    for path in (page, f"/embed/{FORUM}/thread?i=new-{uuid.uuid4()}", "/embed.js", "/home/"):
        edge.get(path)
    edge.forget_everything()
    edge.get(page)
    edge.get(f"/api/v1/threads/{'0' * 20}")
    edge.get("/api/v1/forums/nobodys")
    body = json.dumps({"thread": {"identifier": "a-page", "url": "https://magazine.test/a-page",
                                  "title": "A page"}, "source": "Another."}).encode()  # fmt: skip
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {edge.owner}",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    posted = edge.ask("POST", f"/api/v1/forums/{FORUM}/comments", body, headers)
    assert posted.status == 201, posted.body
    wait_until(lambda: int(edge.get(page).headers["Voxpop-Seq"]) > seq, "the new page", 10)
    edge.get(f"{tail}?after={seq}&hold=1")
    floor = _floor(edge, int(edge.get(page).headers["Voxpop-Seq"]) + 1)
    edge.get(page)
    edge.get(page, Voxpop_Floor=floor)


def _floor(edge: Edge, seq: int) -> str:
    """A true token for a place that the thread has not reached: every copy is older."""
    return edge.django.run_python(
        f"from voxpop.edge.floor import token\nprint(token({edge.thread!r}, {seq}))"
    )


@pytest.mark.server
def test_what_became_of_each_request_is_counted(edge: Edge) -> None:
    page = f"/embed/{FORUM}/thread?i=counted-{uuid.uuid4()}"
    before = read(edge)
    first = edge.get(page)
    assert not first.is_hit
    assert all(edge.get(page).is_hit for _ in range(3))
    for _ in range(2):
        edge.get("/home/")
    edge.get("/wp-login.php")
    after = read(edge)
    grown = {
        labels[0]: after[name, *labels] - before[name, *labels]
        for name, *labels in after
        if name == "voxpop_varnish_requests_total"
    }
    # Made: the refusal, and an answer to each word of the purger meanwhile.
    assert grown.pop("made") >= 1
    assert {handling for handling in grown if grown[handling]} == {"hit", "miss", "pass"}
    assert (grown["hit"], grown["miss"], grown["pass"]) == (3, 1, 2)


@pytest.mark.server
def test_purges_their_delay_and_the_node_are_shown(edge: Edge) -> None:
    before = read(edge)
    edge.django.post(edge.django.guest("Bea"), "One more.")

    def is_repeated() -> bool:
        figures = read(edge)
        done = ("voxpop_purges_total", "soft", "done", "repeated")
        return figures[done] > before[done]

    wait_until(is_repeated, "the purge's repetition", 20)
    after = read(edge)
    at_once = ("voxpop_purges_total", "soft", "done", "at_once")
    assert after[at_once] > before[at_once]
    count = ("voxpop_purge_delay_seconds_count",)
    assert after[count] > before[count]
    assert after["voxpop_edge_node_reached", edge.node.purge_url] == 1
    assert after["voxpop_edge_node_away_seconds", edge.node.purge_url] == 0
    assert after["voxpop_varnish_backend_healthy", "django1", "edge1"] == 1


@pytest.mark.server
def test_held_readers_are_shown_while_they_wait(edge: Edge) -> None:
    seq = int(edge.ask("GET", f"/t/{edge.thread}/", port=edge.django.port).headers["Voxpop-Seq"])
    reader = edge.django.park(edge.thread, seq)
    held = ("voxpop_held_readers",)
    try:
        wait_until(lambda: read(edge)[held] == 1, "the reader to be held", 10)
        assert read(edge)[("voxpop_held_places",)] == 1
    finally:
        reader.close()
    wait_until(lambda: read(edge)[held] == 0, "the reader's leaving", 10)


@pytest.mark.server
def test_what_waited_for_anothers_fetch_is_told_as_coalesced(edge: Edge) -> None:
    """Nobody has asked for these addresses; of each burst all but one wait."""
    from concurrent.futures import ThreadPoolExecutor

    before = read(edge)["voxpop_varnish_coalesced_total", "edge1"]
    ends = time.monotonic() + 15
    with ThreadPoolExecutor(8) as at_once:
        while time.monotonic() < ends:
            path = f"/embed/{FORUM}/thread?i=herd-{uuid.uuid4()}"
            list(at_once.map(edge.get, [path] * 8))
            if read(edge)["voxpop_varnish_coalesced_total", "edge1"] > before:
                return
    raise AssertionError("nobody waited")


@pytest.mark.server
def test_the_secret_is_in_no_figure(edge: Edge) -> None:
    assert SECRET.encode() not in edge.ask("GET", "/metrics", port=edge.django.port).body
