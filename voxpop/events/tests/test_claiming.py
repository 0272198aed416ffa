"""Lines: what is followed in which order, whoever follows it, whatever fails."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop.consequences import PERIODIC
from voxpop.events import Event, claiming, dispatch, record, worker
from voxpop.events.dispatch import Consequences
from voxpop.events.models import OutboxEvent

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Said(Event):
    thread: str
    number: int

    @property
    def line(self) -> str:
        return self.thread


class Listener:
    """What was heard of each thread, in order; numbers in `refuses` fail."""

    def __init__(self) -> None:
        self.heard: dict[str, list[int]] = defaultdict(list)
        self.refuses: set[int] = set()

    def listen(self, event: Said) -> None:
        if event.number in self.refuses:
            raise OSError("not this one")
        self.heard[event.thread].append(event.number)


@pytest.fixture
def listener(monkeypatch) -> Listener:
    ours = Listener()
    monkeypatch.setattr(dispatch, "_installed", dispatch._Installed())

    def listen(event: Said) -> None:
        ours.listen(event)

    dispatch.install({Said: Consequences(later=[listen])})
    return ours


def say(thread: str, number: int) -> None:
    with transaction.atomic():
        record(Said(thread, number))


def numbers(rows) -> list[int]:
    return [row.payload["number"] for row in rows]


def make_due(**which) -> None:
    """An hour later, as the outbox sees it."""
    OutboxEvent.objects.filter(is_given_up=False, **which).update(due=F("due") - timedelta(hours=1))


def test_a_line_is_claimed_with_what_stands_behind_its_first(listener):
    for number in range(3):
        say("a", number)
    say("b", 3)
    assert numbers(claiming.claim()) == [0, 1, 2, 3]
    say("a", 4)
    say("c", 5)
    assert numbers(claiming.claim()) == [5]  # another worker has line a


def test_what_is_not_yet_due_keeps_those_behind_it(listener):
    for number in range(4):
        say("a", number)
    OutboxEvent.objects.filter(payload__number=2).update(due=timezone.now() + timedelta(seconds=50))
    assert numbers(claiming.claim()) == [0, 1]


def test_one_that_fails_keeps_its_own_line_waiting_and_no_other(listener):
    listener.refuses = {1}
    for number in range(4):
        say("a", number)
        say("b", 10 + number)
    worker.drain_outbox()
    assert listener.heard == {"a": [0], "b": [10, 11, 12, 13]}
    # Nobody takes what waits behind it, neither now nor when a lease would have ended.
    make_due(payload__number__gt=1)
    worker.drain_outbox()
    assert listener.heard["a"] == [0]
    listener.refuses = set()
    make_due()
    worker.drain_outbox()
    assert listener.heard["a"] == [0, 1, 2, 3]
    assert not OutboxEvent.objects.exists()


@pytest.mark.broad
def test_one_that_failed_for_good_lets_its_line_go_on(listener):
    listener.refuses = {0}
    say("a", 0)
    say("a", 1)
    for _ in range(claiming.ATTEMPTS):
        make_due()
        worker.drain_outbox()
    assert listener.heard == {"a": [1]}
    assert numbers(claiming.given_up()) == [0]
    listener.refuses = set()
    assert claiming.retry() == 1
    worker.drain_outbox()
    assert listener.heard == {"a": [1, 0]}


def test_one_that_kills_its_worker_is_blamed_alone(listener):
    say("a", 0)
    say("b", 1)
    for _ in range(claiming.ATTEMPTS + 3):
        # Whoever claims it is killed before he can say anything.
        claimed = claiming.claim() or claiming.claim_tried()
        if len(claimed) == 1 and numbers(claimed) == [1]:
            worker._follow_all(claimed)
        make_due()
    assert listener.heard == {"b": [1]}
    (lost,) = claiming.given_up()
    assert lost.payload["number"] == 0
    assert "did not come back" in lost.error


def test_whoever_took_too_long_changes_nothing_any_more(listener):
    say("a", 0)
    (slow,) = claiming.claim()
    make_due()
    (quick,) = claiming.claim_tried()
    claiming.put_off(slow, "too late")
    claiming.release([slow])
    row = OutboxEvent.objects.get()
    assert (row.error, row.due, row.attempts) == ("", quick.due, 2)
    claiming.put_off(quick, "in time")
    assert OutboxEvent.objects.get().error == "in time"


def test_what_a_worker_has_no_time_for_is_given_back(listener, monkeypatch):
    for number in range(3):
        say("a", number)
    monkeypatch.setattr(worker, "LEASE", timedelta(seconds=-1))
    worker._follow_all(claiming.claim())
    assert listener.heard == {}
    monkeypatch.undo()
    assert numbers(claiming.claim()) == [0, 1, 2]


def test_f14_no_event_waits_for_a_clock_that_was_set_back(listener):
    for number in range(3):
        say("abc"[number], number)
    failed, not_begun, _left_by_who_was_killed = claiming.claim()
    claiming.put_off(failed, "not now")
    claiming.release([not_begun])
    OutboxEvent.objects.update(due=F("due") + timedelta(hours=3))
    assert claiming.claim() == claiming.claim_tried() == []
    assert claiming.mend_times_far_ahead() == 3
    assert claiming.mend_times_far_ahead in {each.run for each in PERIODIC}
    worker.drain_outbox()
    assert listener.heard == {"a": [0], "b": [1], "c": [2]}


def test_what_waits_as_long_as_may_be_goes_on_waiting(listener):
    for number in range(3):
        say("abc"[number], number)
    seconds = timedelta(seconds=10)
    assert len(claiming.claim()) == 3
    OutboxEvent.objects.filter(payload__number=1).update(
        attempts=claiming.ATTEMPTS, due=timezone.now() + timedelta(seconds=900 * 1.25) - seconds
    )
    OutboxEvent.objects.filter(payload__number=2).update(
        attempts=0, due=timezone.now() + claiming.LEASE - seconds
    )
    assert claiming.mend_times_far_ahead() == 0
    assert claiming.claim() == claiming.claim_tried() == []


def test_the_pauses_grow_and_are_spread(listener):
    rows = [OutboxEvent(name="Said", payload={}, attempts=attempts) for attempts in range(1, 12)]
    OutboxEvent.objects.bulk_create(rows)
    pauses = []
    for row in rows:
        claiming.put_off(row, "no")
        kept = OutboxEvent.objects.get(pk=row.pk)
        pauses.append((kept.due - timezone.now()).total_seconds())
    for attempts, pause in enumerate(pauses, 1):
        middle = min(2**attempts, claiming.LONGEST_PAUSE)
        assert 0.7 * middle - 1 < pause < 1.25 * middle
    middles = [min(2.0**attempts, claiming.LONGEST_PAUSE) for attempts in range(1, 12)]
    ratios = {round(pause / middle, 1) for pause, middle in zip(pauses, middles, strict=True)}
    assert len(ratios) > 1


@pytest.mark.broad
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("say"), st.sampled_from("ab")),
            st.tuples(st.just("claim"), st.just("")),
            st.tuples(st.just("crash"), st.integers(0, 5)),
            st.tuples(st.just("finish"), st.integers(0, 5)),
            st.tuples(st.just("fail"), st.integers(0, 30)),
        ),
        max_size=30,
    )
)
def test_every_line_is_heard_in_order_whoever_crashes(listener, steps):
    """Several workers in any interleaving: what each line hears first is in order, and whole."""
    OutboxEvent.objects.all().delete()
    listener.heard.clear()
    listener.refuses = set()
    said: dict[str, list[int]] = defaultdict(list)
    claims: list[list[OutboxEvent]] = []
    count = 0
    for step, what in steps:
        if step == "say":
            say(what, count)
            said[what].append(count)
            count += 1
        elif step == "claim":
            claims += [rows for rows in (claiming.claim() or claiming.claim_tried(),) if rows]
        elif step == "crash" and claims:
            rows = claims.pop(what % len(claims))
            make_due(pk__in=[row.pk for row in rows])  # its lease has ended
        elif step == "finish" and claims:
            worker._follow_all(claims.pop(what % len(claims)))
        elif step == "fail":
            listener.refuses ^= {what}
    listener.refuses = set()
    for rows in claims:
        make_due(pk__in=[row.pk for row in rows])
    for _ in range(count + 1):
        make_due()
        worker.drain_outbox()
    assert listener.heard == said
    assert not OutboxEvent.objects.exists()
