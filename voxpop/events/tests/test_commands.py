"""`voxpop outbox`: the operator looks at what was given up, and decides."""

import json

import pytest

from voxpop.cli import make_parser
from voxpop.events.models import OutboxEvent

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> int:
    options = make_parser().parse_args(["outbox", *arguments])
    return options.run(options) or 0


@pytest.fixture
def lost() -> list[OutboxEvent]:
    OutboxEvent.objects.create(name="Waiting", payload={})
    return [
        OutboxEvent.objects.create(
            name=name, payload={}, is_given_up=True, attempts=16, error=f"OSError: {name}\nat home"
        )
        for name in ("First", "Second", "Third")
    ]


def test_what_was_given_up_is_listed_with_its_error(lost, capsys):
    assert run("list") == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.startswith("1 waiting, 1 of them due")
    assert [row.split("  ")[2:] for row in rows] == [
        [name, f"OSError: {name}"] for name in ("First", "Second", "Third")
    ]
    run("list", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["waiting"], told["due"], told["given_up"]) == (1, 1, 3)
    assert [each["id"] for each in told["events"]] == [row.pk for row in lost]


def test_one_is_tried_again_or_all_are(lost):
    assert run("retry", str(lost[1].pk)) == 0
    row = OutboxEvent.objects.get(pk=lost[1].pk)
    assert (row.is_given_up, row.attempts) == (False, 0)
    assert OutboxEvent.objects.filter(is_given_up=True).count() == 2
    assert run("retry", "--all") == 0
    assert not OutboxEvent.objects.filter(is_given_up=True).exists()


def test_one_is_dropped_and_nothing_that_still_waits(lost):
    waiting = OutboxEvent.objects.get(name="Waiting")
    assert run("drop", str(lost[0].pk)) == 0
    assert run("drop", str(waiting.pk)) == 1
    assert run("retry", str(waiting.pk), str(lost[1].pk)) == 1
    assert OutboxEvent.objects.count() == 3


@pytest.mark.parametrize("line", ["retry", "drop", "retry 1 --all"])
def test_nothing_is_decided_by_leaving_it_out(line, capsys):
    with pytest.raises(SystemExit):
        run(*line.split())
