"""How the database answers a statement: over which indexes, and how much it looks at."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

# SQLite tells no rows; each one that it passes costs it some steps.
STEPS_PER_ROW = 20


@dataclass
class Plan:
    sql: str
    indexes: set[str] = field(default_factory=set)
    read_whole: list[str] = field(default_factory=list)  # tables without an index
    sorted: int = 0  # sorts of what had been read
    rows: int = 0  # looked at, at most

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.indexes}, whole: {self.read_whole}\n{self.sql}"


def analyze() -> None:
    """What the planner goes by, as autovacuum would have it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plans(queries: CaptureQueriesContext) -> list[Plan]:
    """The plan of every SELECT that was captured; each is run once more."""
    return [plan(q["sql"]) for q in queries.captured_queries if q["sql"].startswith("SELECT")]


def plan(sql: str) -> Plan:
    if connection.vendor != "postgresql":
        return _sqlite(sql)
    with connection.cursor() as cursor:
        return _explained(cursor, sql, sql, [])


def prepared_plan(sql: str, parameters: Sequence[Any]) -> Plan:
    """PostgreSQL's plan for a statement that was prepared and has come often."""
    numbered = sql
    for number in range(1, len(parameters) + 1):
        numbered = numbered.replace("%s", f"${number}", 1)
    given = f"EXECUTE hot({', '.join(['%s'] * len(parameters))})"
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE hot AS {numbered}")
        try:
            for _ in range(12):
                cursor.execute(given, parameters)
            return _explained(cursor, sql, given, parameters)
        finally:
            cursor.execute("DEALLOCATE hot")


def _explained(cursor: Any, sql: str, statement: str, parameters: Sequence[Any]) -> Plan:
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters or None)
    ((told,),) = cursor.fetchall()
    found = Plan(sql)
    for node in _nodes(json.loads(told)[0]["Plan"] if isinstance(told, str) else told[0]["Plan"]):
        kind, runs = node["Node Type"], node["Actual Loops"]
        if kind == "Seq Scan" and node["Relation Name"]:
            found.read_whole.append(node["Relation Name"])
        found.sorted += "Sort" in kind
        if "Index Name" in node:
            found.indexes.add(node["Index Name"])
        if "Scan" in kind:
            passed = node.get("Rows Removed by Filter", 0)
            passed += node.get("Rows Removed by Index Recheck", 0)
            found.rows += round(runs * (node["Actual Rows"] + passed))
    return found


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _sqlite(sql: str) -> Plan:
    found = Plan(sql)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        for *_, told in cursor.fetchall():
            words = told.split()
            if "INDEX" in words and "AUTOMATIC" not in words:
                found.indexes.add(words[words.index("INDEX") + 1])
            elif words[0] == "SCAN" and not {"CONSTANT", "VIRTUAL"} & set(words):
                found.read_whole.append(words[1])
            found.sorted += "TEMP B-TREE" in told
        found.rows = _steps(sql) // STEPS_PER_ROW
    return found


def _steps(sql: str) -> int:
    """How many instructions of SQLite's machine the statement takes, in tens."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 10
        return 0

    connection.connection.set_progress_handler(count, 10)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return taken
