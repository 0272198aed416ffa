"""The `voxpop` command as INTERFACES 3 promises it."""

import os

import pytest

from voxpop import cli


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("VOXPOP_DATA", os.environ.get("VOXPOP_DATA", ""))


def parse(*arguments):
    return cli.make_parser().parse_args(arguments)


@pytest.mark.parametrize(
    "line",
    [
        "serve --port 8001 --host 127.0.0.1",
        "serve --tls-cert a.pem --tls-key b.pem",
        "doctor --json",
        "writes off",
        "bench thread-page --size full --json",
        "forum create mag --origin https://a.test --origin https://b.test --owner a@b.test --json",
        "token create --email a@b.test",
        "import disqus export.xml --forum mag --dry-run --json",
        "export --forum mag",
    ],
)
def test_every_promised_command_is_understood(line):
    assert callable(parse(*line.split()).run)


@pytest.mark.parametrize(
    "line",
    [
        ["--data", "/tmp/x", "forum", "create", "mag"],
        ["forum", "--data", "/tmp/x", "create", "mag"],
        ["forum", "create", "mag", "--data=/tmp/x"],
    ],
)
def test_the_data_folder_may_be_named_anywhere(line):
    assert cli.load_django(line) == ["forum", "create", "mag"]
    assert os.environ["VOXPOP_DATA"] == "/tmp/x"


def test_a_command_that_only_looks_does_not_make_a_database():
    assert parse("doctor").uses_database is False
    assert parse("export", "--forum", "mag").uses_database is True


def test_an_unknown_benchmark_is_answered_with_those_there_are(capsys):
    assert cli._bench(parse("bench", "nothing")) == 2
    assert "thread-page" in capsys.readouterr().out
