"""The ledger: whole lines, the last of each subject counts, a torn one takes nothing with it."""

from pathlib import Path
from typing import Any

import pytest

from voxpop import ledger


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.LEDGER = tmp_path / "kept" / "ledger"
    return tmp_path / "kept" / "ledger"


def test_the_last_state_of_each_subject(folder: Path) -> None:
    ledger.note("comment", "a", status="spam")
    ledger.note("comment", "b", status="deleted")
    ledger.note("comment", "a", status="published")
    found = [(line["subject"], line["status"]) for line in ledger.newest_states([folder])]
    assert found == [("b", "deleted"), ("a", "published")]


def test_a_torn_line_is_passed_over_and_the_next_one_is_whole(folder: Path) -> None:
    ledger.note("comment", "a", status="spam")
    (file,) = folder.iterdir()
    with file.open("ab") as stream:
        stream.write(b'{"at":"2026-03-01T00:00:00+00:00","kind":"comm')
    ledger.note("comment", "b", status="deleted")
    assert [line["subject"] for line in ledger.newest_states([folder])] == ["a", "b"]


def test_ledgers_of_several_machines_are_read_in_the_order_of_time(
    folder: Path, tmp_path: Path
) -> None:
    ledger.note("comment", "a", status="spam")
    other = tmp_path / "other"
    folder.rename(other)
    ledger.note("comment", "a", status="published")
    (line,) = ledger.newest_states([folder, other])
    assert line["status"] == "published"
