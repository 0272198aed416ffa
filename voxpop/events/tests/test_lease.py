"""One contract for both kinds of lease: one holder, and another when he is gone."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from voxpop.events import lease, models, office
from voxpop.events.lease import SECONDS, FileLease, Lease, RowLease, lease_for


@pytest.fixture(params=["file", "row"])
def made(request, tmp_path, db):
    """Makes another applicant."""
    applicants: list[Lease] = []

    def make() -> Lease:
        file = tmp_path / "purger.lock"
        applicants.append(FileLease(file) if request.param == "file" else RowLease("purger"))
        return applicants[-1]

    yield make
    for each in applicants:
        each.let_go()


def test_one_has_it_and_keeps_it(made):
    ours, theirs = made(), made()
    assert ours.hold()
    assert not theirs.hold()
    assert ours.hold()


def test_what_is_let_go_is_the_next_ones(made):
    ours, theirs = made(), made()
    assert ours.hold()
    ours.let_go()
    assert theirs.hold()
    assert not ours.hold()
    ours.let_go()  # it was not ours any more
    assert theirs.hold()
    assert not ours.hold()


@pytest.mark.django_db
def test_a_holder_that_is_silent_has_lost_it():
    ours, theirs = RowLease("purger"), RowLease("purger")
    assert ours.hold()
    models.Lease.objects.update(until=Now() - timedelta(seconds=1))
    assert theirs.hold()
    assert not ours.hold()


@pytest.mark.django_db
def test_f14_an_end_that_nobody_can_have_written_is_none():
    """Its holder is gone, and the database's clock was set back by three hours."""
    ours, theirs = RowLease("purger"), RowLease("purger")
    assert theirs.hold()
    models.Lease.objects.update(until=Now() + timedelta(hours=3))
    assert ours.hold()
    assert not theirs.hold()
    assert models.Lease.objects.filter(until__lte=Now() + timedelta(seconds=SECONDS)).exists()


@pytest.mark.django_db
def test_who_looks_by_the_time_before_he_waited_takes_nobodys_office():
    ours, theirs = RowLease("purger"), RowLease("purger")
    assert theirs.hold()
    models.Lease.objects.update(until=Now() + timedelta(seconds=2 * SECONDS - 1))
    assert not ours.hold()


@pytest.mark.django_db
def test_leases_of_other_names_are_others():
    assert RowLease("purger").hold()
    assert RowLease("janitor").hold()


class Pretended:
    def __init__(self) -> None:
        self.is_ours = True

    def hold(self) -> bool:
        if self.is_ours is None:
            raise OSError("nobody knows")
        return self.is_ours

    def let_go(self) -> None: ...


def test_whoever_loses_the_office_stops_being_the_purger(monkeypatch):
    did: list[str] = []

    class Repeats:
        def __init__(self, nodes) -> None: ...

        def start(self) -> None:
            did.append("start")

        def stop(self) -> None:
            did.append("stop")

    pretended = Pretended()
    now = [100.0]
    monkeypatch.setattr(office, "Repeats", Repeats)
    monkeypatch.setattr(office.lease, "lease_for", lambda name: pretended)
    monkeypatch.setattr(office.time, "monotonic", lambda: now[0])
    ours = office.Office(["http://127.0.0.1:1"])
    ours.look()
    ours.look()
    assert (did, ours.is_ours) == (["start"], True)
    # While nobody can say whose it is, ours ends when it would have ended.
    pretended.is_ours = None
    now[0] += lease.SECONDS - 1
    ours.look()
    assert (did, ours.is_ours) == (["start"], True)
    now[0] += 1
    ours.look()
    assert (did, ours.is_ours) == (["start", "stop"], False)
    pretended.is_ours = True
    ours.look()
    pretended.is_ours = False
    ours.look()
    assert did == ["start", "stop", "start", "stop"]
    assert not ours.is_ours


@pytest.mark.django_db
def test_each_database_has_its_kind(settings, tmp_path):
    settings.DATA = tmp_path
    kinds = {"sqlite": FileLease, "postgresql": RowLease}
    assert type(lease_for("purger")) is kinds[lease.connection.vendor]
