"""`voxpop doctor`: whatever is not well, it says what is wrong and what to do, for every part."""

import json
import sqlite3
import sys
from collections import namedtuple
from datetime import timedelta

import django
import pytest
from django.utils import timezone

from voxpop import cli
from voxpop.events.models import EdgeNode, OutboxEvent
from voxpop.limits.paused import pause_writes
from voxpop.server import doctor
from voxpop.server.database import Unfit
from voxpop.servers import servers
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.django_db

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path


def outbox_event(**how):
    OutboxEvent.objects.create(name="x", payload={}, **how)


def late(patch, settings):
    outbox_event(due=timezone.now() - timedelta(minutes=5))


def given_up(patch, settings):
    outbox_event(is_given_up=True, error="ValueError: no")


def missed(patch, settings):
    EdgeNode.objects.create(address="http://10.0.0.1:6091", away_since=timezone.now())


def closed(patch, settings):
    settings.EDGE_NODES = [f"http://127.0.0.1:{free_port()}"]


def hung_mail(patch, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def public(**wrong):
    def make(patch, settings):
        settings.HOST, settings.HOST_NAME = "http://comments.example.org", "comments.example.org"
        settings.IS_HTTPS = "IS_HTTPS" not in wrong
        for name, value in wrong.items():
            setattr(settings, name, value)

    return make


def away(name):
    return lambda patch, settings: patch.setattr(doctor, "servers", lambda: [(name, lambda: "no")])


def unfit(part):
    wrong = Unfit("It is not", "make it so", part)
    return lambda patch, settings: patch.setattr(doctor, "unfit", lambda: wrong)


def unreadable():
    raise sqlite3.DatabaseError("malformed")


BAD = {
    "Python": lambda patch, settings: patch.setattr(sys, "version_info", (3, 10, 1)),
    "Django": lambda patch, settings: patch.setattr(django, "VERSION", (4, 2, 0, "final", 0)),
    "SQLite": lambda patch, settings: patch.setattr(sqlite3, "sqlite_version_info", (3, 30, 0)),
    "VOXPOP_HOST": public(IS_HTTPS=False),
    "VOXPOP_DEBUG": public(DEBUG=True),
    "VOXPOP_LIMITS": public(LIMITS=False),
    "data folder: none": lambda patch, settings: setattr(
        settings, "DATA", settings.DATA / "nowhere"
    ),
    "data folder: closed": lambda patch, settings: patch.setattr(
        doctor.os, "access", lambda *asked: False
    ),
    "disk": lambda patch, settings: patch.setattr(
        doctor.shutil, "disk_usage", lambda folder: Usage(1, 1, 1000)
    ),
    "writes": lambda patch, settings: pause_writes(),
    "mail": hung_mail,
    "edge node: away": closed,
    "edge node: behind": missed,
    "replica": away("replica"),
    "redis": away("redis"),
    "memcached": away("memcached 10.0.0.7:11211"),
    "cassandra": away("cassandra"),
    "database: unfit": unfit("database"),
    "database: unreadable": lambda patch, settings: patch.setattr(doctor, "unfit", unreadable),
    "database: old": lambda patch, settings: patch.setattr(
        doctor, "due_migrations", lambda: ["threads.0009_more"]
    ),
    "clock": unfit("clock"),
    "worker": late,
    "outbox": given_up,
}  # fmt: skip


def test_what_is_well_needs_no_advice(capsys):
    findings = doctor.examine()
    assert [finding for finding in findings if not finding.is_well or finding.advice] == []
    assert cli._doctor(cli.make_parser().parse_args(["doctor"])) == 0
    assert "->" not in capsys.readouterr().out


# On PostgreSQL it is not asked about.
CASES = [pytest.param(each, marks=pytest.mark.sqlite) if each == "SQLite" else each for each in BAD]


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_well_is_told_with_what_to_do(case, monkeypatch, settings, capsys):
    part = case.partition(":")[0]
    BAD[case](monkeypatch, settings)

    assert cli._doctor(cli.make_parser().parse_args(["doctor", "--json"])) == 1
    bad = [each for each in json.loads(capsys.readouterr().out) if not each["is_well"]]
    assert [each["what"].startswith(part) for each in bad] == [True]
    (finding,) = bad
    assert finding["told"]
    advice = finding["advice"]
    assert advice[0].isupper()
    assert advice.endswith(".")
    assert ". " not in advice  # one sentence

    assert cli._doctor(cli.make_parser().parse_args(["doctor"])) == 1
    assert (
        f"BAD  {finding['what']}: {finding['told']}\n     -> {advice}\n" in capsys.readouterr().out
    )


def test_no_server_that_may_be_lost_is_without_advice(settings):
    settings.DATABASE_REPLICA = settings.REDIS = settings.CASSANDRA = "somewhere"
    settings.MEMCACHED = [("10.0.0.7", 11211)]
    kinds = {name.split()[0] for name, _ in servers()}
    assert kinds == set(doctor.OF_A_SERVER)
    assert all(each.endswith(".") and ". " not in each for each in doctor.OF_A_SERVER.values())
