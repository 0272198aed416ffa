"""A server of its own for each test that wants to kill it; one shared by those that do not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.postgres import drop, environment_of_its_own, is_asked_for
from tests.server.running import Running
from voxpop.stack.ports import free_port


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Running:
    """A server that is not running, with a schema, static files and one forum, to be copied."""
    return _founded(tmp_path_factory.mktemp("template"), environment_of_its_own())


@pytest.fixture(scope="session")
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all that in it, on SQLite whatever these tests run on."""
    if not is_asked_for():
        template: Running = request.getfixturevalue("template")
        return template.data
    return _founded(tmp_path_factory.mktemp("prepared"), {}).data


def _founded(folder: Path, environment: dict[str, str]) -> Running:
    server = Running(folder, free_port(), environment)
    server.start()
    try:
        site = ("--origin", "https://magazine.test")
        server.command("forum", "create", "magazine", *site, "--owner", "owner@magazine.test")
    finally:
        code = server.stop()
    assert code == 0
    return server


@pytest.fixture
def server(template: Running, tmp_path: Path) -> Iterator[Running]:
    """A server that is not yet started."""
    data = tmp_path / "data"
    shutil.copytree(template.data, data)
    ours = Running(data, free_port(), environment_of_its_own(template.environment))
    yield ours
    for reader in ours.readers:
        reader.close()
    if ours.process is not None and ours.process.poll() is None:
        ours.kill()
    drop(ours.environment)
