"""The files of a deployment: the program that reads each accepts it, and it says what we say."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.left_out import leave_out
from voxpop.cli import make_parser
from voxpop.edge.node import ENVIRONMENT, HELD_AT_MOST, PARAMETERS, VCL
from voxpop.realtime.holder import HOLD_SECONDS
from voxpop.settings.environment import SETTINGS
from voxpop.stack.layout import KINDS, MOST_EDGES, MOST_WORKERS

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "ops/systemd"
FRONT = (ROOT / "ops/haproxy.cfg").read_text()
EXECUTED = re.compile(r"^Exec\w+=[-@+!]*(\S+)", re.MULTILINE)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
COMMANDS = {
    "haproxy", "varnishd", "postgres", "redis-server", "memcached", "cassandra",
    "/opt/voxpop/.venv/bin/voxpop",
}  # fmt: skip


@pytest.mark.broad
@pytest.mark.parametrize("unit", sorted(SYSTEMD.glob("*.service")), ids=lambda file: file.name)
def test_systemd_understands_every_unit(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        leave_out(unit.name, "systemd-analyze is not installed (make packages)")
    # It insists on programs that are there.
    text = unit.read_text().replace("/opt/voxpop/.venv/bin/voxpop", "/bin/true")
    if missing := [name for name in EXECUTED.findall(text) if not Path(name).exists()]:
        leave_out(unit.name, f"{', '.join(missing)}: not installed (make packages)")
    (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", tmp_path / unit.name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_edges_unit_has_the_parameters_of_our_own_nodes() -> None:
    unit = (SYSTEMD / "voxpop-edge.service").read_text()
    told = re.findall(r"-p (\w+)=(\S+)", unit)
    assert dict(told) == {**PARAMETERS, "vcl_path": "/opt/voxpop/voxpop/edge/vcl"}
    assert dict(re.findall(r"^Environment=(\w+)=(\S+)$", unit, re.M)) == ENVIRONMENT


def test_a_page_is_waited_for_three_seconds_and_what_is_held_longer_than_the_longest_hold() -> None:
    unit = (SYSTEMD / "voxpop-edge.service").read_text()
    assert PARAMETERS["first_byte_timeout"] == "3"
    assert "-p first_byte_timeout=3 " in unit
    held = re.search(r'"held".*\n.*first_byte_timeout = (\d+)s;', (VCL / "stale.vcl").read_text())
    assert held
    # And a look at the database before the hold, and one after it.
    assert HOLD_SECONDS + 2 <= float(held[1]) == 30
    # Twice: a waiter may be parked anew before he is answered.
    patience = re.findall(r"^ +timeout (client|server) (\d+)s$", FRONT, re.MULTILINE)
    assert {who for who, _ in patience} == {"client", "server"}
    assert all(int(seconds) > 2 * float(held[1]) for _, seconds in patience)


def test_what_is_held_leaves_a_node_threads_for_everybody_else() -> None:
    threads = int(PARAMETERS["thread_pools"]) * int(PARAMETERS["thread_pool_max"])
    # Two for each address that is held: who asked first, and what asks Django.
    assert threads - 2 * HELD_AT_MOST >= 2000
    alone = SETTINGS["VOXPOP_HELD_PLACES"]
    assert alone.read(alone.default or "") == HELD_AT_MOST


def test_the_processes_behind_a_node_hold_together_what_it_has_threads_for() -> None:
    told = re.findall(r"^(VOXPOP_\w+)=(.*)$", (SYSTEMD / "voxpop.env").read_text(), re.M)
    behind = re.findall(r"^VOXPOP_DJANGO\d=", (SYSTEMD / "haproxy.env").read_text(), re.M)
    assert len(behind) * int(dict(told)["VOXPOP_HELD_PLACES"]) == HELD_AT_MOST
    held = [
        int(service["environment"]["VOXPOP_HELD_PLACES"])
        for name, service in COMPOSE["services"].items()
        if _kind(name) == "django"
    ]
    assert sum(held) == HELD_AT_MOST


def test_every_variable_of_haproxys_file_is_explained_at_its_head_and_no_other() -> None:
    head, _, rest = FRONT.partition("\nglobal\n")
    used = set(re.findall(r"\$\{(VOXPOP_\w+)\}", rest))
    explained = set(re.findall(r"^#   (VOXPOP_\w+)", head, re.MULTILINE))
    many = {f"VOXPOP_EDGE{n}" for n in range(1, MOST_EDGES + 1)}
    many |= {f"VOXPOP_DJANGO{n}" for n in range(1, MOST_WORKERS + 1)}
    assert many < used
    assert used - many == explained - {"VOXPOP_EDGE1", "VOXPOP_DJANGO1"}


@pytest.mark.parametrize("file", ["haproxy.env", "voxpop.env"])
def test_the_examples_set_what_is_read(file: str) -> None:
    names = set(re.findall(r"^(VOXPOP_\w+)=", (SYSTEMD / file).read_text(), re.MULTILINE))
    assert names
    assert names <= (_of_haproxy() if file == "haproxy.env" else _of_the_product())


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_of_the_compose_file_is_one_of_ours(name: str) -> None:
    service = COMPOSE["services"][name]
    program, *arguments = service["command"]
    assert program in COMMANDS
    if program.endswith("voxpop"):
        assert set(service["environment"]) <= _of_the_product()
        make_parser().parse_args([str(each) for each in arguments])
    assert set(service.get("depends_on", ())) < set(COMPOSE["services"])
    assert {_kind(each) for each in COMPOSE["services"]} == set(KINDS)
    if name == "haproxy":
        assert set(service["environment"]) <= _of_haproxy()
        assert "/opt/voxpop/ops/haproxy.cfg" in arguments


def _kind(service: str) -> str:
    return {"edge": "varnish"}.get(service.rstrip("0123456789"), service.rstrip("0123456789"))


def _of_haproxy() -> set[str]:
    return set(re.findall(r"\$\{(VOXPOP_\w+)\}", FRONT))


def _of_the_product() -> set[str]:
    return set(SETTINGS) | {f"{name}_FILE" for name in SETTINGS}
