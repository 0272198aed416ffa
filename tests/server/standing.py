"""A server of its own for each test that wants to kill it; one shared by those that do not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.harness.product import free_port
from tests.server.running import Running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a schema, static files and one forum, to be copied."""
    server = Running(tmp_path_factory.mktemp("prepared"), free_port())
    server.start()
    try:
        site = ("--origin", "https://magazine.test")
        server.command("forum", "create", "magazine", *site, "--owner", "owner@magazine.test")
    finally:
        code = server.stop()
    assert code == 0
    return server.data


@pytest.fixture
def server(prepared: Path, tmp_path: Path) -> Iterator[Running]:
    """A server that is not yet started."""
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    ours = Running(data, free_port())
    yield ours
    for reader in ours.readers:
        reader.close()
    if ours.process is not None and ours.process.poll() is None:
        ours.kill()
