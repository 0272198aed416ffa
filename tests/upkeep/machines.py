"""Machines made of namespaces: each its own network, processes and copy-on-write file system.

They hang on one switch and reach nobody else. A machine ends with its first process, and takes all
its processes along.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.browser.harness.waiting import wait_until
from tests.left_out import leave_out

ROOT = Path(__file__).parents[2]
# What a machine has written, in its system and in its clone, and what the overlays need besides.
LAYERS = ("upper", "work", "clone", "clone-work")
# What a machine of this kind has not: a package archive, and systemd.
APT_GET = """#!/bin/bash
# What is asked for has to be here, and PostgreSQL's package makes a cluster when it comes.
set -euo pipefail
for word in "$@"; do
  case $word in
    -*|install|update) ;;
    postgresql) pg_createcluster --start "$(ls /usr/lib/postgresql | sort -n | tail -1)" main ;;
    *) dpkg-query --show "$word" >/dev/null ;;
  esac
done
"""
FIRST_PROCESS = """
set -e
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work all
mkdir -p all/opt/voxpop
mount -t overlay overlay -o lowerdir={root},upperdir=clone,workdir=clone-work all/opt/voxpop
mount -t proc proc all/proc
mount --rbind /dev all/dev
mount -t tmpfs tmpfs all/run
mount -t tmpfs tmpfs all/tmp
chmod 1777 all/tmp
# A clone below /tmp has just been hidden, and its environment names it by where it lies.
[ -d all{root} ] || {{ mkdir -p all{root}; mount --bind {root} all{root}; }}
ip link set lo up
touch ready
exec sleep infinity
"""


@dataclass
class Machine:
    name: str
    folder: Path
    holder: subprocess.Popen[bytes]

    @property
    def first(self) -> int:
        """Its first process, as this machine numbers it."""
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children")
        return int(children.read_text().split()[0])

    def run(self, script: str, *, seconds: float = 120) -> str:
        """What a shell of root's says there; AssertionError when a command fails."""
        done = subprocess.run(
            [*self._enter(), "chroot", self.folder / "all",
             "bash", "-euo", "pipefail", "-c", script],
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{self.name}: {script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def logs(self) -> str:
        """The end of what every unit has said."""
        return self.run("tail --lines 10 /var/log/voxpop-*.log /var/log/haproxy.log || true")

    def _enter(self) -> tuple[str, ...]:
        spaces = ("--net", "--mount", "--pid", "--uts", "--ipc")
        return ("nsenter", "--target", str(self.first), *spaces)


@contextlib.contextmanager
def machines(addresses: dict[str, str]) -> Iterator[dict[str, Machine]]:
    """Machines by name, each with its address (10.0.0.2, in one network of 24 bits)."""
    folder = Path(tempfile.mkdtemp(prefix="voxpop-machines-"))
    folder.chmod(0o755)
    made: list[Machine] = []
    try:
        switch = _start("switch", folder, made)
        _ip(switch, "link add bridge type bridge")
        _ip(switch, "link set bridge up")
        found = {name: _start(name, folder, made) for name in addresses}
        for name, machine in found.items():
            _ip(switch, f"link add {name} type veth peer name eth0 netns {machine.first}")
            _ip(switch, f"link set {name} master bridge up")
            _ip(machine, f"address add {addresses[name]}/24 dev eth0")
            _ip(machine, "link set eth0 up")
            _furnish(machine)
        yield found
    finally:
        for machine in made:
            machine.holder.kill()
            machine.holder.wait()
            for part in LAYERS:
                shutil.rmtree(machine.folder / part)
            # Empty, as seen from here: nothing that was mounted in a machine can be removed.
            (machine.folder / "all").rmdir()
        shutil.rmtree(folder)


def _start(name: str, folder: Path, made: list[Machine]) -> Machine:
    own = folder / name
    for part in (*LAYERS, "all"):
        (own / part).mkdir(parents=True)
    holder = subprocess.Popen(
        ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child",
         "--propagation", "private", "sh", "-c", FIRST_PROCESS.format(root=ROOT)], cwd=own,
    )  # fmt: skip
    machine = Machine(name, own, holder)
    made.append(machine)
    wait_until(lambda: (own / "ready").exists() or holder.poll() is not None, name, 20)
    if holder.returncode is not None:
        ended = f"a machine ended with code {holder.returncode}: no right to make namespaces?"
        leave_out("three machines", ended)
    return machine


def _ip(machine: Machine, command: str) -> None:
    """`ip` in that machine's network, among processes as they are numbered here."""
    enter = ("nsenter", "--target", str(machine.first), "--net")
    subprocess.run([*enter, "ip", *command.split()], check=True)


def _furnish(machine: Machine) -> None:
    machine.run(f"hostname {machine.name}")
    # A fresh machine's: what stands here is seen through the overlay, and only there taken away.
    machine.run("rm -rf /etc/postgresql/*/main /var/lib/postgresql/*/main /etc/voxpop"
                " /var/lib/voxpop")  # fmt: skip
    machine.run(f"cat > /usr/local/bin/apt-get <<'VOXPOP'\n{APT_GET}VOXPOP\n"
                "cp /opt/voxpop/tests/upkeep/systemctl.py /usr/local/bin/systemctl\n"
                "chmod +x /usr/local/bin/apt-get /usr/local/bin/systemctl")  # fmt: skip
    # systemd makes it for HAProxy.
    machine.run("mkdir --parents /run/haproxy")
    # The interpreter of this clone and its programs, which a user of the machine has to reach.
    for place in (ROOT, Path(os.path.realpath(ROOT / ".venv/bin/python"))):
        for parent in place.parents:
            machine.run(f"chmod o+x {parent}")
