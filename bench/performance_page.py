"""docs/performance.md, written from the kept results: `voxpop bench performance-page`.

A result is the closing object of one benchmark (`voxpop bench NAME --size full --json | tail -1`),
kept as bench/results/NAME.json. Nothing on the page is typed by hand, what was missed included.
"""

import json
from pathlib import Path
from typing import Any

from bench.missed import reason

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
# In this order; others follow by name.
FIRST = ("edge-trace", "edge-throughput", "edge-staleness", "live", "herd", "purge")
HEAD = """# Performance

Written by `bench/performance_page.py` from `bench/results/`; not by hand. Every number is from one
command, `voxpop bench NAME`, at the size and on the machine named with it, load generator
included. A goal that was missed says so. How fast a virtual machine is depends on its neighbours:
where noted, the same loop of Python was timed before and after; it takes 17 ms here at best.
"""


def main() -> None:
    PAGE.write_text(page([json.loads(file.read_text()) for file in kept()]))
    print(f"wrote {PAGE.relative_to(ROOT)}")


def kept() -> list[Path]:
    """One file a benchmark; older raw runs beside them have a date in their name."""
    files = [file for file in RESULTS.glob("*.json") if not file.stem[-1].isdigit()]
    order = {name: place for place, name in enumerate(FIRST)}
    return sorted(files, key=lambda file: (order.get(file.stem, len(order)), file.stem))


def page(results: list[dict[str, Any]]) -> str:
    return "\n".join([HEAD, *(part for result in results for part in section(result))])


def section(result: dict[str, Any]) -> list[str]:
    machine = result["machine"]
    lines = [
        f"## {result['name']}",
        "",
        f"{machine['cpu']}, {machine['cores']} cores; size {result['size']}.{_pace(machine)}",
        "",
        "| goal | wanted | got | |",
        "|---|---|---|---|",
    ]
    for name, goal in result["goals"].items():
        met = "met" if goal["met"] else "**missed**"
        lines.append(f"| {cell(name)} | {cell(goal['goal'])} | {cell(goal['got'])} | {met} |")
    lines.append("")
    if why := reason(result):
        lines += [f"Missed, because: {why}", ""]
    plain = {**result["ratios"]}
    for name, value in result["figures"].items():
        if isinstance(value, dict):
            lines += table(name, value)
        else:
            plain[name] = value
    if plain:
        lines += ["| figure | |", "|---|---|"]
        lines += [f"| {cell(name)} | {cell(value)} |" for name, value in plain.items()]
        lines.append("")
    return lines


def _pace(machine: dict[str, Any]) -> str:
    """How fast the machine was before and after (bench/report.py), where it was noted."""
    if "loop ms" not in machine:
        return ""
    before, after = machine["loop ms"]
    return f" The fixed loop took {before} ms before and {after} ms after."


def table(name: str, rows: dict[str, Any]) -> list[str]:
    """A table of rows that are tables themselves has their names as columns."""
    columns = [c for row in rows.values() if isinstance(row, dict) for c in row]
    columns = list(dict.fromkeys(columns))
    lines = [f"**{name}**", ""]
    if not columns or any(not isinstance(row, dict) for row in rows.values()):
        flat = {**rows}
        for key, row in rows.items():
            if isinstance(row, dict):
                flat |= {f"{key}: {part}": value for part, value in flat.pop(key).items()}
        lines += ["| | |", "|---|---|"]
        lines += [f"| {cell(key)} | {cell(value)} |" for key, value in flat.items()]
    else:
        lines += ["| | " + " | ".join(map(cell, columns)) + " |", "|---" * (len(columns) + 1) + "|"]
        for key, row in rows.items():
            values = " | ".join(cell(row.get(column, "")) for column in columns)
            lines.append(f"| {cell(key)} | {values} |")
    return [*lines, ""]


def cell(value: Any) -> str:
    return str(value).replace("|", "\\|")


if __name__ == "__main__":
    main()
