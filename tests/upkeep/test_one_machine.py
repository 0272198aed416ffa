"""The operator's stack on one machine, its backup and its restore to a moment, and what the doctor
says: by the document's own commands."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.browser.harness.waiting import wait_until
from tests.upkeep.asking import Reader
from tests.upkeep.machines import Machine, machines
from tests.upkeep.passages import PATIENCE, follow, passage

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.alone]

FORUM = (
    "voxpop forum create magazine --origin https://magazine.example.org"
    " --owner owner@example.org --data /srv/voxpop"
)
DOCTOR = "voxpop doctor --data /srv/voxpop || true"
PARTS = {"replica", "redis", "cassandra", "database", "clock", "worker", "outbox", "mail", "disk"}
IN_THE_EXAMPLE = "2026-03-01T12:00:00Z"


@pytest.fixture(scope="module")
def one() -> Iterator[Machine]:
    """A machine with the stack on it."""
    with machines({"one": "10.0.0.2"}) as made:
        follow(made, passage("On one machine, by one command"))
        made["one"].run(FORUM)
        yield made["one"]
        made["one"].run("voxpop stack down --data /srv/voxpop", seconds=120)


@pytest.fixture(scope="module")
def reader(one: Machine) -> Reader:
    return Reader(one, "https://localhost:8443", "localhost:8443")


def test_the_doctor_looks_at_every_part_of_the_stack(one: Machine) -> None:
    told = one.run(DOCTOR)
    assert "BAD" not in told, told
    found = re.findall(r"^ok   (.*?): ", told, re.M)
    assert set(found) >= PARTS
    assert len([each for each in found if each.startswith("memcached ")]) == 2
    assert len([each for each in found if each.startswith("edge node ")]) == 2
    parts = {each.removeprefix("part ") for each in found if each.startswith("part ")}
    assert {"haproxy", "edge1", "edge2", "counter", "django1", "django2", "worker"} < parts


def test_a_part_that_hangs_is_told_with_what_to_do(one: Machine) -> None:
    status = one.run("voxpop stack status --data /srv/voxpop")
    (hung,) = re.findall(r"^memcached1 +answers +(\d+)", status, re.M)
    one.run(f"kill -STOP {hung}")
    told = one.run(DOCTOR)
    one.run(f"kill -CONT {hung}")
    assert re.search(r"^BAD  memcached 127.*\n     -> Start the node", told, re.M), told
    part = rf"^BAD  part memcached1: silent\n     -> Where it stays so, end process {hung}"
    assert re.search(part, told, re.M), told


def test_restored_to_a_moment(one: Machine, reader: Reader) -> None:
    backup, restore = passage("PostgreSQL of the stack")
    removed = reader.post("removed later")
    follow({"one": one}, [backup])
    reader.post("before the moment")
    time.sleep(0.5)
    moment = one.run("date --utc +%Y-%m-%dT%H:%M:%S.%NZ").strip()[:26] + "Z"
    time.sleep(0.5)
    reader.post("after the moment")
    reader.delete(removed)
    follow({"one": one}, [restore], {IN_THE_EXAMPLE: moment})
    wait_until(lambda: reader.sees("before the moment"), "what was restored", PATIENCE)
    assert "after the moment" not in reader.page()
    assert "removed later" not in reader.page()
