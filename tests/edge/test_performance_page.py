"""The page of numbers says what was missed, and shows every figure that was kept."""

from bench.performance_page import page

RESULT = {
    "name": "edge-trace",
    "size": "full",
    "goals": {
        "reached": {"goal": "<= 1.2", "got": 1.17, "met": True},
        "not reached": {"goal": ">= 0.85", "got": 0.5, "met": False},
    },
    "ratios": {"then / now": 6.1},
    "figures": {"rows": {"a": {"x": 1, "y": 2}, "b": {"x": 3}}, "pairs": {"p": 4}, "one": 5},
    "machine": {"cpu": "some", "cores": 2},
}


def test_what_was_missed_is_said() -> None:
    written = page([RESULT])
    assert "| reached | <= 1.2 | 1.17 | met |" in written
    assert "| not reached | >= 0.85 | 0.5 | **missed** |" in written


def test_why_it_was_missed_is_said_where_it_is_known_and_only_there() -> None:
    goal = {"goal": ">= 0.85", "got": 0.73, "met": False}
    figures = {
        "requests/s": {"mix": 30_000, "fixed": 40_000},
        "of the mix reaches the origin": 0.03,
    }
    known = RESULT | {"name": "edge-throughput", "goals": {"mix": goal}, "figures": figures}
    assert "3.0% of the mix reach Django" in page([known])
    assert "556 µs" in page([known])  # 2 × (1/30,000 - 1/40,000) / 0.03
    assert "Missed, because" not in page([known | {"goals": {"mix": goal | {"met": True}}}])
    assert "Missed, because" not in page([RESULT])


def test_tables_of_tables_have_columns_and_the_rest_is_told_too() -> None:
    written = page([RESULT])
    assert "| | x | y |" in written
    assert "| a | 1 | 2 |" in written
    assert "| b | 3 |  |" in written
    for row in ("| p | 4 |", "| one | 5 |", "| then / now | 6.1 |"):
        assert row in written
