"""The operator's way from one process to three machines: the document's own commands, in order."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness.waiting import wait_until
from tests.upkeep.machines import Machine, machines

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.alone]

OPERATING = Path(__file__).parents[2] / "docs/operating.md"
HEADING = "From one process to three machines"
ADDRESSES = {"web": "10.0.0.1", "app": "10.0.0.2", "data": "10.0.0.3", "reader": "10.0.0.9"}
PAGE = {"identifier": "a-page", "url": "https://magazine.example.org/a-page", "title": "A page"}
PATIENCE = 60
DOCTOR = "voxpop doctor\n"


def steps() -> list[list[tuple[str, str]]]:
    """The section's blocks under each of its headings: machine and commands."""
    section = OPERATING.read_text().split(f"\n## {HEADING}\n")[1].split("\n## ")[0]
    told = [
        re.findall(r"^```sh (\w+)\n(.*?)^```$", step, re.M | re.S)
        for step in section.split("\n### ")[1:]
    ]
    # A block without a machine would be run by nobody.
    assert section.count("\n```") == 2 * sum(len(blocks) for blocks in told)
    return told


@pytest.fixture(scope="module")
def fleet() -> Iterator[dict[str, Machine]]:
    with machines(ADDRESSES) as made:
        made["reader"].run("echo '10.0.0.1 comments.example.org' >> /etc/hosts")
        yield made


class Reader:
    """Somebody who asks, on one of the machines, at the address that serves just now."""

    def __init__(self, machine: Machine, address: str) -> None:
        self.machine, self.address = machine, address
        self.token = ""

    def ask(self, path: str, body: Any = None) -> tuple[int, str]:
        fields = {}
        if body is not None:
            fields = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex()}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        told = "".join(f"-H '{name}: {value}' " for name, value in fields.items())
        told += "" if body is None else f"-d '{json.dumps(body)}' "
        said = self.machine.run(
            f"curl -sk --max-time 20 -w '\\n%{{http_code}}' -H 'Host: comments.example.org' {told}"
            f"'{self.address}{path}' || true"
        )
        text, _, status = said.rpartition("\n")
        return int(status), text

    def post(self, text: str) -> None:
        if not self.token:
            status, said = self.ask("/api/v1/guests", {"forum": "magazine", "name": "Ada"})
            assert status == 201, said
            self.token = json.loads(said)["token"]
        body = {"thread": PAGE, "source": text}
        status, said = self.ask("/api/v1/forums/magazine/comments", body)
        assert status == 201, said

    def sees(self, *texts: str) -> bool:
        status, page = self.ask("/embed/magazine/thread?i=a-page")
        return status == 200 and all(text in page for text in texts)


def follow(fleet: dict[str, Machine], step: list[tuple[str, str]], words: dict[str, str]) -> None:
    for machine, commands in step:
        for word, real in words.items():
            commands = commands.replace(word, real)
        if commands == DOCTOR:
            # It is well when all parts have found each other.
            wait_until(
                lambda: "BAD" not in fleet["app"].run(f"{DOCTOR.strip()} || true"),
                "health",
                PATIENCE,
            )
        fleet[machine].run(commands, seconds=300)


def test_from_one_process_to_three_machines(fleet: dict[str, Machine]) -> None:
    words = {"PASSWORD": secrets.token_hex(12), "=SECRET": f"={secrets.token_hex(32)}"}
    one, data, edge = steps()

    follow(fleet, one, words)
    reader = Reader(fleet["app"], "http://127.0.0.1:8001")
    wait_until(lambda: reader.ask("/readyz")[0] == 200, "one process", PATIENCE)
    reader.post("said to one process")

    follow(fleet, data, words)
    wait_until(lambda: reader.sees("said to one process"), "what was moved", PATIENCE)
    reader.post("said to two machines")
    kept = fleet["data"].run(
        "runuser -u postgres -- psql voxpop --tuples-only --no-align "
        "--command 'SELECT count(*) FROM threads_comment'"
    )
    assert kept == "2\n"

    follow(fleet, edge, words)
    outside = Reader(fleet["reader"], "https://comments.example.org")
    outside.token = reader.token
    both = ("said to one process", "said to two machines")
    try:
        wait_until(lambda: outside.sees(*both), "a page through three machines", PATIENCE)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{fleet['web'].logs()}") from None
    # It is kept at the edge by now, and what is new is there all the same.
    outside.post("said to three machines")
    wait_until(lambda: outside.sees(*both, "said to three machines"), "the purged page", PATIENCE)
    # And nobody reaches what is inside by the front door.
    assert outside.ask("/readyz")[0] == 404
