"""`/metrics`: who may see it, and that it says what is so."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from voxpop.edge import counters
from voxpop.events.models import OutboxEvent
from voxpop.metrics import page, product, varnish
from voxpop.metrics.table import METRICS, Samples

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-thirty-two-letters-at-least"


@pytest.fixture(autouse=True)
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> counters.Counters:
    """Counters at zero."""
    fresh = counters.Counters(lambda: tmp_path)
    monkeypatch.setattr(counters, "counters", fresh)
    return fresh


def asked(**more: Any) -> Any:
    return Client().get("/metrics", **more)


def figures() -> dict[tuple[str, ...], float]:
    """{(name, values of the labels in the order of their names): value}."""
    families = text_string_to_metric_families(asked().content.decode())
    return {
        (s.name, *(s.labels[name] for name in sorted(s.labels))): s.value
        for each in families
        for s in each.samples
    }


def test_this_machine_may_see_it() -> None:
    answer = asked()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("remote", "headers"),
    [
        ("192.0.2.1", {}),
        ("192.0.2.1", {"Authorization": f"Bearer {TOKEN}x"}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"Via": "1.1 varnish"}),
        ("127.0.0.1", {"Voxpop-Node": "edge1"}),
    ],
)
def test_nobody_else_learns_that_it_is_there(
    remote: str, headers: dict[str, str], settings: Any
) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = asked(REMOTE_ADDR=remote, headers=headers)
    assert answer.status_code == 404
    assert b"voxpop_" not in answer.content


def test_without_a_token_no_token_opens_it() -> None:
    assert asked(REMOTE_ADDR="192.0.2.1").status_code == 404
    headers = {"Authorization": "Bearer "}
    assert asked(REMOTE_ADDR="192.0.2.1", headers=headers).status_code == 404


def test_the_operators_token_opens_it_from_anywhere(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}
    assert asked(REMOTE_ADDR="192.0.2.1", headers=headers).status_code == 200


def test_what_was_counted_is_shown(counted: counters.Counters) -> None:
    counted.count(counters.REQUESTS, "first", "tail", by=3)
    counted.count(counters.PURGES, "hard", "repeated", "done")
    counted.set(counters.HELD_READERS, 12)
    counted.observe(counters.PURGE_DELAY, 0.004)
    counted.observe(counters.PURGE_DELAY, 100)
    shown = figures()

    assert shown["voxpop_requests_total", "tail", "first"] == 3
    assert shown["voxpop_requests_total", "tail", "changed"] == 0
    assert shown["voxpop_purges_total", "hard", "done", "repeated"] == 1
    assert shown[("voxpop_held_readers",)] == 12
    assert shown["voxpop_purge_delay_seconds_bucket", "0.002"] == 0
    assert shown["voxpop_purge_delay_seconds_bucket", "0.005"] == 1
    assert shown["voxpop_purge_delay_seconds_bucket", "60.0"] == 1
    assert shown["voxpop_purge_delay_seconds_bucket", "+Inf"] == 2
    assert shown[("voxpop_purge_delay_seconds_count",)] == 2
    assert shown[("voxpop_purge_delay_seconds_sum",)] == pytest.approx(100.004)


def test_the_outbox_is_shown() -> None:
    now = timezone.now()
    for due, is_given_up in ((-90, False), (-10, False), (60, False), (-500, True)):
        OutboxEvent.objects.create(
            name="X", payload={}, due=now + timedelta(seconds=due), is_given_up=is_given_up
        )
    shown = figures()

    assert shown[("voxpop_outbox_waiting",)] == 3
    assert 90 <= shown[("voxpop_outbox_lag_seconds",)] < 120
    assert shown[("voxpop_outbox_given_up",)] == 1


@pytest.mark.broad
def test_a_source_that_fails_takes_no_other_with_it(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    def broken() -> Samples:
        raise OSError
        yield

    monkeypatch.setattr(product, "outbox", broken)
    settings.METRICS_VARNISH = {"nobody": tmp_path / "nobody"}
    shown = figures()

    assert shown["voxpop_metrics_source_failed", "counters"] == 0
    assert shown["voxpop_metrics_source_failed", "outbox"] == 1
    assert shown["voxpop_metrics_source_failed", "varnish nobody"] == 1
    assert ("voxpop_outbox_waiting",) not in shown
    assert ("voxpop_held_readers",) in shown


def test_a_hung_varnishstat_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "varnishstat").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "varnishstat").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(varnish, "SECONDS", 0.2)
    with pytest.raises(subprocess.TimeoutExpired):
        list(varnish.figures("edge1", tmp_path))


def test_no_figure_is_shown_that_the_table_does_not_name() -> None:
    names = {sample.metric.name for sample in page.read_figures()}
    assert names <= set(METRICS)


@pytest.fixture(autouse=True)
def _no_logging(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("CRITICAL", logger="voxpop.metrics"):
        yield
