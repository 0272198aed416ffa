"""No command stands in the operator's document that no test runs."""

import re

import pytest

from tests.upkeep import passages
from tests.upkeep.passages import NOT_RUN, OPERATING, ROOT, RUN_BY, blocks, passage

COMMANDS = ("voxpop", "systemctl", "apt-get", "make", "openssl", "runuser", "pg_", "psql", "sed")
# Named in a sentence, not told to be done.
NAMED = {
    "openssl rand -hex 32",
    "voxpop outbox retry --all",
    "voxpop bench timelines",
    "voxpop serve",
}


def machines(heading: str) -> str:
    return " ".join(block.machine for block in passage(heading))


def test_every_block_is_run_by_a_test() -> None:
    headings = {heading for heading, _ in blocks()} - set(NOT_RUN)
    assert {heading: machines(heading) for heading in headings} == {
        heading: told for heading, (_, told) in RUN_BY.items()
    }


@pytest.mark.parametrize("heading", RUN_BY)
def test_that_test_is_there_and_follows_the_passage(heading: str) -> None:
    file, _ = RUN_BY[heading]
    assert f'passage("{heading}")' in (ROOT / file).read_text()


def test_what_a_sentence_tells_to_type_stands_in_a_block_as_well() -> None:
    prose = re.sub(r"^```.*?^```$", "", OPERATING.read_text(), flags=re.M | re.S)
    typed = {each for each in re.findall(r"`([^`]+)`", prose) if is_command(each)}
    lines = "\n".join(block.commands for _, block in blocks())
    assert {each for each in typed if each not in lines} == NAMED


def is_command(code: str) -> bool:
    return " " in code and code.startswith(COMMANDS) and "…" not in code


def test_a_new_block_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    file = tmp_path / "operating.md"
    monkeypatch.setattr(passages, "OPERATING", file)
    told = OPERATING.read_text()
    for added in ("```sh app\nreboot\n```\n", "```\nreboot\n```\n"):
        file.write_text(told + added)
        with pytest.raises(AssertionError):
            test_every_block_is_run_by_a_test()
    file.write_text(told)
    test_every_block_is_run_by_a_test()
