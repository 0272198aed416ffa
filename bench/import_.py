"""A Disqus export comes in: comments per second, peak memory, and whether cost grows in line.

Every size is imported by the command line in a process of its own, into a new data folder; the
export is written beforehand by bench/disqus_export.py. Cost is processor time, so that a busy
machine does not bend the line; comments per second are by the clock.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.disqus_export import write_export
from bench.report import Report, arguments

SIZES = {"small": [5_000, 20_000], "full": [50_000, 200_000, 1_000_000]}
MOST_MEBIBYTES = 300
MOST_GROWTH = 1.3
RUN = "import sys; from voxpop.cli import main; main(sys.argv[1:])"


@dataclass
class Run:
    """One command: how long, how much processor time, how much memory at its peak."""

    comments: int
    seconds: float
    cpu_seconds: float
    peak_mebibytes: int
    export_mebibytes: int

    @property
    def cost(self) -> float:
        """Processor time of one comment, in microseconds."""
        return self.cpu_seconds / self.comments * 1e6


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("import", options.size)
    runs = [measure(comments) for comments in SIZES[options.size]]
    report.raw_results = [asdict(run) for run in runs]
    largest = runs[-1]
    for run in runs:
        report.figures[f"{run.comments} comments"] = (
            f"{run.comments / run.seconds:.0f}/s, {run.cost:.0f} µs of CPU each,"
            f" peak {run.peak_mebibytes} MiB, export {run.export_mebibytes} MiB"
        )
    growth = round(largest.cost / runs[0].cost, 2)
    report.ratios["cost of one comment, largest against smallest export"] = growth
    report.goal(
        "cost is linear in size",
        goal=f"one comment of the largest costs ≤ {MOST_GROWTH} × one of the smallest",
        got=growth,
        met=growth <= MOST_GROWTH,
    )
    report.goal(
        "memory",
        goal=f"peak ≤ {MOST_MEBIBYTES} MiB for {largest.comments} comments",
        got=f"{largest.peak_mebibytes} MiB",
        met=largest.peak_mebibytes <= MOST_MEBIBYTES,
    )
    report.finish(as_json=options.json)


def measure(comments: int) -> Run:
    """Import so many comments; what starting the command costs without any is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.xml"
        with file.open("w", encoding="utf-8") as out:
            write_export(out, comments=comments)
        os.environ["VOXPOP_DATA"] = str(Path(folder) / "data")
        run_python("-m", "django", "migrate", "-v0", "--settings=voxpop.settings")
        site = ("--origin", "https://magazine.example", "--owner", "owner@magazine.example")
        command("forum", "create", "magazine", *site)
        _, nothing, _ = command("export", "--forum", "magazine")
        seconds, cpu, peak = command("import", "disqus", str(file), "--forum", "magazine")
        size = file.stat().st_size // 1024**2
    return Run(comments, seconds, cpu - nothing, peak, size)


def command(*words: str) -> tuple[float, float, int]:
    """Run `voxpop …`; seconds, processor seconds and peak MiB of that process."""
    return run_python("-c", RUN, *words)


def run_python(*words: str) -> tuple[float, float, int]:
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words[-4:])} ended with {process.returncode}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


if __name__ == "__main__":
    main()
