"""What every part of the whole stack holds in memory: idle, and after a load.

`voxpop stack up` with all its parts on a folder of its own; each part's processes, with their
children, are added up by proportional set size (what two share is counted half each), so that the
sum is what the machine needs. The load is readers through the front door and people who write.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import Report, arguments
from voxpop.stack.ports import free_port

SIZES = {"small": (5, 200), "full": (30, 2_000)}  # seconds of reading, comments
SETTLES = 10  # seconds
READERS = 32


def main() -> None:
    options = arguments(__doc__ or "")
    report = Report("memory", options.size)
    seconds, comments = SIZES[options.size]
    with tempfile.TemporaryDirectory() as name, stack(Path(name)) as told:
        time.sleep(SETTLES)
        idle = held(told())
        load(Path(name), told(), seconds, comments)
        loaded = held(told())
        well = told()["well"]
    report.raw_results = [{"idle": idle, "loaded": loaded}]
    for name in idle:
        report.figures[name] = {"idle MiB": idle[name], "loaded MiB": loaded.get(name)}
    report.figures["all parts"] = {
        "idle MiB": round(sum(idle.values())),
        "loaded MiB": round(sum(loaded.values())),
    }
    report.goal("every part answers after the load", goal="yes", got=well, met=well)
    report.finish(as_json=options.json)


@contextmanager
def stack(folder: Path) -> Iterator[Any]:
    """The stack of a fresh data folder; what is given asks for its status."""
    folder.chmod(0o755)  # PostgreSQL's own user passes through it
    environment = {**os.environ, "VOXPOP_DATA": str(folder / "data"), "VOXPOP_LIMITS": "off"}
    run = functools.partial(
        subprocess.run, env=environment, check=True, capture_output=True, text=True
    )
    voxpop = str(Path(sys.executable).with_name("voxpop"))
    run([voxpop, "stack", "up", "--port", str(free_port()), "--json"])
    try:
        yield lambda: json.loads(run([voxpop, "stack", "status", "--json"]).stdout)
    finally:
        run([voxpop, "stack", "down"])


def held(status: dict[str, Any]) -> dict[str, float]:
    """Name of the part → MiB."""
    children = children_of_all()
    return {
        part["name"]: round(sum(pss(pid) for pid in family(part["pid"], children)) / 1024, 1)
        for part in status["parts"]
        if part["pid"]
    }


def children_of_all() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
        found.setdefault(parent, []).append(int(folder.name))
    return found


def family(pid: int, children: dict[int, list[int]]) -> list[int]:
    return [pid, *(each for child in children.get(pid, []) for each in family(child, children))]


def pss(pid: int) -> int:
    """KiB, shared memory divided among those who share it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def load(folder: Path, status: dict[str, Any], seconds: int, comments: int) -> None:
    """Comments in fifty threads, by people; then readers of their pages through the front door."""
    subprocess.run(
        [sys.executable, "-m", "bench.memory", "--write", str(comments)],
        env={**os.environ, **settings_of(Path(status["logs"]))},
        check=True,
    )
    addresses = folder / "addresses"
    addresses.write_text(
        "".join(f"{status['host']}/embed/bench/thread?i=thread-{n}&sort=best\n" for n in range(50))
    )
    subprocess.run(
        [
            *("h2load", "-t1", f"-c{READERS}", "-m4", f"-D{seconds}", "-i", str(addresses)),
            *("-H", "accept-encoding: gzip"),
        ],
        check=True,
        capture_output=True,
    )


def settings_of(logs: Path) -> dict[str, str]:
    """The settings of the stack's own Django processes: what is written goes where they read."""
    plan = json.loads((logs / "plan.json").read_text())
    django = next(part for part in plan["parts"] if part["kind"] == "django")
    told: dict[str, str] = dict(django["environment"])
    return told


def write(comments: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "voxpop.settings"
    django.setup()
    from voxpop.accounts.models import Author
    from voxpop.forums.models import Forum, Site
    from voxpop.threads.actions import ThreadRef, post_comment

    forum = Forum.objects.create(shortname="bench", name="Bench")
    Site.objects.create(forum=forum, origin="https://magazine.test")
    people = [Author.objects.create(kind="user", name=f"Person {n}") for n in range(20)]
    for number in range(comments):
        name = f"thread-{number % 50}"
        ref = ThreadRef(name, f"https://magazine.test/{name}", name)
        text = f"Comment number {number}, with *some* Markdown in it."
        post_comment(forum=forum, thread=ref, author=people[number % 20], source=text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(int(sys.argv[2]))
    else:
        main()
