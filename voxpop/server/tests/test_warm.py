"""A warm answer is one that would be made again, byte for byte: any commit ends it."""

import io
import sqlite3

import pytest
from django.db import connection

from voxpop.edge.cached import Answer
from voxpop.server import warm
from voxpop.server.warm import Warm

pytestmark = pytest.mark.sqlite  # elsewhere nothing is kept warm

HERE = ("/t/a/", "", True)


@pytest.fixture
def writer(tmp_path, monkeypatch):
    """Another process: it has the same file open."""
    file = tmp_path / "data.sqlite3"
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE t (n)")
    monkeypatch.setitem(connection.settings_dict, "NAME", file)
    yield writer
    writer.close()


@pytest.fixture
def ours(writer):
    ours = Warm()
    yield ours
    ours.close()


def page(body=b"page", status=200):
    return Answer(status, [], body)


def test_an_answer_stays_until_anything_is_committed(ours, writer):
    made = ours.keep(HERE, page(), ours.moment())
    assert ours.answer(HERE) is made
    writer.execute("BEGIN")
    writer.execute("INSERT INTO t VALUES (1)")
    assert ours.answer(HERE) is made
    writer.execute("COMMIT")
    assert ours.answer(HERE) is None


def test_what_was_committed_while_it_was_made_ends_it_too(ours, writer):
    before = ours.moment()
    writer.execute("INSERT INTO t VALUES (1)")
    ours.keep(HERE, page(), before)
    assert ours.answer(HERE) is None


def test_it_is_never_older_than_a_second(ours, monkeypatch):
    ours.keep(HERE, page(), ours.moment())
    now = warm.time.monotonic()
    monkeypatch.setattr(warm.time, "monotonic", lambda: now + warm.SECONDS + 0.01)
    assert ours.answer(HERE) is None


def test_each_address_has_its_own(ours):
    ours.keep(HERE, page(), ours.moment())
    assert ours.answer(("/t/a/", "sort=best", True)) is None
    assert ours.answer(("/t/a/", "", False)) is None


@pytest.mark.parametrize("answer", [page(status=404), page(status=304), page(io.BytesIO(b"x"))])
def test_only_whole_pages_are_kept(ours, answer):
    assert ours.keep(HERE, answer, ours.moment()) is answer
    assert ours.answer(HERE) is None


def test_memory_is_bounded(writer, settings):
    settings.SNAPSHOT_MEGABYTES = 1
    ours = Warm()
    for number in range(20):
        ours.keep((str(number), "", True), page(b"x" * 100_000), ours.moment())
    kept = [number for number in range(20) if ours.answer((str(number), "", True))]
    assert kept == list(range(10, 20))
    ours.close()


def test_made_up_addresses_with_tiny_answers_take_no_more(writer, settings):
    settings.SNAPSHOT_MEGABYTES = 1
    ours = Warm()
    for number in range(2000):
        ours.keep(("/t/a/", f"junk={number}", True), page(b"x"), ours.moment())
    assert len(ours._answers) <= 256
    ours.close()


def test_without_memory_nothing_is_kept(writer, settings):
    settings.SNAPSHOT_MEGABYTES = 0
    ours = Warm()
    ours.keep(HERE, page(), ours.moment())
    assert ours.answer(HERE) is None
    ours.close()


@pytest.fixture
def locked(writer):
    """The whole file belongs to one who keeps everybody out: a repair, a copy gone wrong."""
    writer.execute("PRAGMA journal_mode=DELETE")
    writer.execute("PRAGMA locking_mode=EXCLUSIVE")
    writer.execute("BEGIN EXCLUSIVE")
    return writer


def test_a_locked_file_is_not_waited_for_and_nothing_is_kept(locked):
    ours = Warm()
    assert ours._database.execute("PRAGMA busy_timeout").fetchone() == (0,)
    assert ours.moment() is None
    assert ours.keep(HERE, page(), ours.moment()).status == 200
    assert ours.answer(HERE) is None
    ours.close()


def test_what_was_kept_before_the_file_was_locked_is_made_anew(ours, writer):
    writer.execute("PRAGMA journal_mode=DELETE")
    ours.keep(HERE, page(), ours.moment())
    assert ours.answer(HERE) is not None
    writer.execute("BEGIN EXCLUSIVE")
    assert ours.answer(HERE) is None


def test_a_damaged_file_is_no_reason_not_to_answer(tmp_path, monkeypatch):
    file = tmp_path / "damaged.sqlite3"
    file.write_bytes(b"no database, but long enough to be taken for one" * 100)
    monkeypatch.setitem(connection.settings_dict, "NAME", file)
    ours = Warm()
    assert ours.moment() is None
    assert ours.keep(HERE, page(), ours.moment()).status == 200
    assert ours.answer(HERE) is None
    ours.close()


def test_a_file_that_is_not_there_is_none_either(tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "gone.sqlite3")
    ours = Warm()
    assert ours.moment() is None
    ours.close()


def test_a_folder_may_have_any_name(tmp_path, monkeypatch):
    folder = tmp_path / "what? 100%"
    folder.mkdir()
    writer = sqlite3.connect(folder / "data.sqlite3", isolation_level=None)
    monkeypatch.setitem(connection.settings_dict, "NAME", folder / "data.sqlite3")
    ours = Warm()
    before = ours.moment()
    assert before is not None
    writer.execute("CREATE TABLE t (n)")
    assert ours.moment() != before
    ours.close()
    writer.close()
