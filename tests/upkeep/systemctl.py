#!/usr/bin/python3
"""Stands in for systemctl on a machine of namespaces, which has no systemd: it runs what units say.

Of a unit it reads who runs what with which environment. Kept in /run/units: the process of each.
"""

import os
import re
import resource
import shlex
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
PROCESSES = Path("/run/units")
PATIENCE = 30.0
NOT_RUNNING = 2  # what pg_ctlcluster says to that


def main(verb: str, *names: str) -> None:
    wanted = [name for name in names if not name.startswith("-")]
    is_now = verb in {"start", "stop", "restart", "reload"} or "--now" in names
    for name in wanted if is_now else []:
        if name == "postgresql":
            do_with_cluster(verb)
        elif verb == "reload":
            reload(name)
        else:
            if verb not in {"enable", "start"}:
                stop(name)
            if verb not in {"disable", "stop"}:
                start(name)


def do_with_cluster(verb: str) -> None:
    """By Debian's own tool, which its unit calls; one that is down already may be stopped."""
    what = {"enable": "start", "disable": "stop"}.get(verb, verb)
    code = subprocess.run(["pg_ctlcluster", *newest_cluster(), what]).returncode
    if code and (what, code) != ("stop", NOT_RUNNING):
        sys.exit(f"pg_ctlcluster {what} ended with code {code}")


def newest_cluster() -> list[str]:
    found = max(Path("/etc/postgresql").glob("*/*"))
    return [found.parent.name, found.name]


def start(name: str) -> None:
    told = read(name)
    environment = {"PATH": os.environ["PATH"], **environment_of(told)}
    if "VOXPOP_FRONT_CONNECTIONS" in environment:
        # systemd gives every service half a million open files; a container may have fewer.
        most = (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 500) // 2
        fits = min(int(environment["VOXPOP_FRONT_CONNECTIONS"]), most)
        environment["VOXPOP_FRONT_CONNECTIONS"] = str(fits)
    (command,) = told["ExecStart"]
    line = re.sub(r"\$\{?(\w+)\}?", lambda found: environment.get(found[1], ""), command)
    user = told.get("User", ["root"])[0]
    groups = [f"--groups={each}" for each in told.get("SupplementaryGroups", [])]
    ids = [f"--reuid={user}", f"--regid={group_of(user)}", *(groups or ["--init-groups"])]
    PROCESSES.mkdir(exist_ok=True)
    with Path(f"/var/log/{name}.log").open("ab") as log:
        process = subprocess.Popen(
            ["setpriv", *ids, *shlex.split(line)],
            env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    (PROCESSES / name).write_text(str(process.pid))


def stop(name: str) -> None:
    file = PROCESSES / name
    if not file.exists():
        return
    pid = int(file.read_text())
    tell(name, "ExecStop", pid)
    with suppress(ProcessLookupError):
        os.kill(pid, 15)
    until = time.monotonic() + PATIENCE
    while is_alive(pid):
        if time.monotonic() > until:
            sys.exit(f"{name} does not end")
        time.sleep(0.05)
    file.unlink()


def reload(name: str) -> None:
    tell(name, "ExecReload", int((PROCESSES / name).read_text()))


def tell(name: str, what: str, pid: int) -> None:
    """The unit's own commands for this; one that begins with a dash may fail."""
    told = read(name)
    environment = {"PATH": os.environ["PATH"], **environment_of(told), "MAINPID": str(pid)}
    for command in told.get(what, []):
        line = re.sub(r"\$\{?(\w+)\}?", lambda found: environment.get(found[1], ""), command)
        done = subprocess.run(shlex.split(line.removeprefix("-")), env=environment)
        if done.returncode and not line.startswith("-"):
            sys.exit(f"{what} of {name} ended with code {done.returncode}")


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def read(name: str) -> dict[str, list[str]]:
    """Every line `name=value` of the unit, or of the template it is an instance of."""
    stem, at, instance = name.partition("@")
    file = next(
        (each for folder in UNITS if (each := folder / f"{stem}{at}.service").exists()), None
    )
    if file is None:
        sys.exit(f"There is no unit {name}.")
    text = re.sub(r"\\\n\s*", "", file.read_text()).replace("%i", instance)
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        found.setdefault(key, []).append(value)
    return found


def environment_of(told: dict[str, list[str]]) -> dict[str, str]:
    pairs = [pair for line in told.get("Environment", []) for pair in shlex.split(line)]
    for file in told.get("EnvironmentFile", []):
        path = Path(file.removeprefix("-"))
        if path.exists() or not file.startswith("-"):
            lines = path.read_text().splitlines()
            told_there = [line for line in lines if line and not line.startswith("#")]
            # A value in quotes is what stands between them; any other is taken as it stands.
            pairs += [re.sub(r'^(\w+)="(.*)"$', r"\1=\2", line) for line in told_there]
    return dict(pair.split("=", 1) for pair in pairs)


def group_of(user: str) -> str:
    return subprocess.run(
        ["id", "-gn", user], capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
