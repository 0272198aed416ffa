"""A test that cannot run here says so, and where all must run it has failed."""

import os
import warnings

import pytest

from tests.edge.test_audit_runs import leave_out_what_only_root_may
from tests.left_out import leave_out


def test_where_all_must_run_it_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Cassandra cannot be tested here: no Java"):
        leave_out("Cassandra", "no Java")


def test_elsewhere_it_is_left_out_and_everybody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("error")  # as the suite has it
        with pytest.raises(pytest.skip.Exception):
            leave_out("Cassandra", "no Java")
    assert [str(each.message) for each in told] == ["NOT TESTED: Cassandra: no Java"]


def test_what_the_auditor_leaves_out_is_what_only_root_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    leave_out_what_only_root_may("data")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    leave_out_what_only_root_may("data")
    leave_out_what_only_root_may("storm")
    with pytest.raises(pytest.fail.Exception, match="mounted by root only"):
        leave_out_what_only_root_may("full disk")
