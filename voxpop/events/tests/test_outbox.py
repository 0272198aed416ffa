from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from voxpop.events import Event, claiming, dispatch, record, worker
from voxpop.events.dispatch import Consequences
from voxpop.events.models import OutboxEvent

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Rang(Event):
    bell: int


@dataclass(frozen=True)
class Broken(Event):
    bell: int


@pytest.fixture
def heard(monkeypatch):
    """A table whose consequences write down that they ran; `mail` fails until told otherwise."""
    heard: list[str] = []

    def purge(event):
        heard.append(f"purge {event.bell}")

    def announce(event):
        heard.append(f"announce {event.bell}")

    def notify(event):
        heard.append(f"notify {event.bell}")

    def fail(event):
        heard.append("fail")
        raise OSError("nobody there: ada@reader.test")

    def count(event):
        heard.append(f"count {event.bell}")

    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install(
        {
            Rang: Consequences(at_once=[purge, announce], later=[notify]),
            Broken: Consequences(at_once=[purge], later=[fail, count]),
        }
    )
    return heard


def ring(event=None):
    with transaction.atomic():
        record(event or Rang(7))


def make_everything_due():
    OutboxEvent.objects.update(due=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(heard):
    with pytest.raises(RuntimeError):
        record(Rang(7))


@pytest.mark.django_db(transaction=True)
def test_at_once_runs_in_order_right_after_the_commit_and_later_in_the_worker(heard):
    with transaction.atomic():
        record(Rang(7))
        assert heard == []
    assert heard == ["purge 7", "announce 7"]
    dispatch.worker_runs_here(True)
    heard.clear()
    ring()
    OutboxEvent.objects.filter(due__lte=timezone.now()).delete()  # the one without a worker
    worker.drain_outbox()
    assert heard == ["purge 7", "announce 7", "notify 7"]
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_has_no_consequences(heard):
    with transaction.atomic():
        record(Rang(7))
        transaction.set_rollback(True)
    worker.drain_outbox()
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_a_row_of_another_process_is_followed_whole(heard):
    OutboxEvent.objects.create(name="Rang", payload={"bell": 3})
    worker.drain_outbox()
    assert heard == ["purge 3", "announce 3", "notify 3"]
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_crash_before_the_consequences_were_acknowledged_runs_them_again(heard):
    dispatch.worker_runs_here(True)
    ring()
    dispatch.handed_over.get_nowait()  # the crash: what the process knew is gone
    assert worker.drain_outbox() == 0  # its head start is not over
    make_everything_due()
    worker.drain_outbox()
    assert heard == ["purge 7", "announce 7", "purge 7", "announce 7", "notify 7"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_stops_nothing_else_is_tried_again_alone_and_is_kept_in_the_end(heard):
    ring(Broken(1))
    assert heard == ["purge 1"]
    worker.drain_outbox()
    assert heard == ["purge 1", "purge 1", "fail", "count 1"]
    row = OutboxEvent.objects.get()
    assert row.finished == ["purge", "count"]
    assert "OSError: nobody there" in row.error
    assert "ada@" not in row.error  # T42: it may stay for long
    assert timezone.now() < row.due < timezone.now() + timedelta(seconds=3)
    for _ in range(claiming.ATTEMPTS - 1):
        make_everything_due()
        worker.drain_outbox()
    assert heard.count("fail") == claiming.ATTEMPTS
    assert heard.count("count 1") == 1
    make_everything_due()
    worker.drain_outbox()
    assert heard.count("fail") == claiming.ATTEMPTS
    assert [row.is_given_up for row in claiming.given_up()] == [True]


@pytest.mark.django_db(transaction=True)
def test_readers_are_not_woken_when_the_purge_failed(monkeypatch):
    heard = []

    def purge(event):
        raise OSError("edge away")

    def announce(event):
        heard.append("announce")

    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install({Rang: Consequences(at_once=[purge, announce])})
    ring()
    assert heard == []
    assert OutboxEvent.objects.count() == 1


def any_order(monkeypatch, *later):
    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install({Rang: Consequences(later=later, in_any_order=True)})
    dispatch.worker_runs_here(True)


@pytest.mark.django_db(transaction=True)
def test_what_may_come_in_any_order_is_followed_without_a_claim(monkeypatch):
    heard = []
    any_order(monkeypatch, lambda event: heard.append(event.bell))
    OutboxEvent.objects.create(name="Rang", payload={"bell": 3}, due=timezone.now() + HOUR)
    ring(Rang(7))
    ring(Rang(8))
    with CaptureQueriesContext(connection) as asked:
        worker.drain_outbox()
    assert not [each["sql"] for each in asked if each["sql"].startswith("UPDATE")]
    assert heard == [7, 8]
    assert [row.payload for row in OutboxEvent.objects.all()] == [{"bell": 3}]


@pytest.mark.django_db(transaction=True)
def test_what_fails_in_any_order_is_tried_again_like_all_others(monkeypatch):
    heard = []

    def fail_once(event):
        heard.append(event.bell)
        if len(heard) == 1:
            raise OSError("nobody there: ada@reader.test")

    any_order(monkeypatch, fail_once)
    ring(Rang(7))
    worker.drain_outbox()
    assert heard == [7]
    make_everything_due()
    worker.drain_outbox()
    assert heard == [7, 7]
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(heard):
    OutboxEvent.objects.create(name="Rang", payload={"bell": 3})
    assert len(claiming.claim()) == 1
    assert claiming.claim() == []
    make_everything_due()
    assert len(claiming.claim_tried()) == 1


def test_two_consequences_of_one_name_cannot_be_installed():
    def purge(event): ...

    with pytest.raises(ValueError):
        dispatch.install({Rang: Consequences(at_once=[purge], later=[purge])})


def test_a_failing_periodic_verb_does_not_stop_the_others(monkeypatch):
    called = []

    def fails():
        raise OSError("no")

    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install(
        {}, [dispatch.Periodic(0, fails), dispatch.Periodic(3600, lambda: called.append(1))]
    )
    ours = worker.Worker()
    ours._call_periodic()
    ours._call_periodic()
    assert called == [1]


@pytest.mark.django_db(transaction=True)
def test_what_is_periodic_has_its_turn_though_there_is_no_end_of_what_is_due(monkeypatch):
    heard = []

    def ring_again(event):
        heard.append("rang")
        assert len(heard) < 100
        ring(Rang(event.bell + 1))

    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install(
        {Rang: Consequences(later=[ring_again])},
        [dispatch.Periodic(every=0, run=lambda: heard.append("periodic"))],
    )
    monkeypatch.setattr(worker, "DRAINING", 0)
    ours = worker.Worker()
    monkeypatch.setattr(ours._office, "_known_until", float("inf"))
    ring()
    ours._tick()
    assert heard == ["rang", "periodic"]
    assert ours._woken.is_set()  # for what came meanwhile


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("payload", "heard_of"),
    [({"bell": 3, "tower": "a field that was taken out since"}, ["notify 3"]), ({}, [])],
)
def test_what_another_release_recorded_is_followed_or_kept(heard, payload, heard_of):
    # As the release before this one wrote it: it knew neither lines nor leases.
    OutboxEvent.objects.create(name="Rang", payload=payload)
    OutboxEvent.objects.create(name="Unheard", payload={"of": 1})
    worker.drain_outbox()
    assert heard[2:] == heard_of
    kept = {row.name: row.error for row in OutboxEvent.objects.all()}
    assert kept.pop("Unheard") == "unknown event"
    assert kept == ({} if heard_of else {"Rang": "unknown event"})


@pytest.mark.django_db(transaction=True)
def test_what_has_run_at_once_is_not_run_again_by_the_worker(monkeypatch):
    heard = []

    def purge(event):
        heard.append("purge")

    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())
    dispatch.install({Rang: Consequences(at_once=[purge])})
    dispatch.worker_runs_here(True)
    ring()
    make_everything_due()
    worker.drain_outbox()
    assert heard == ["purge"]
    assert not OutboxEvent.objects.exists()
