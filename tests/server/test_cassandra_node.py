"""A real node of Cassandra, as the stack starts it."""

import re
from pathlib import Path

import pytest

from voxpop.stack.engines.cassandra import Cassandra

pytestmark = pytest.mark.server


def test_one_that_is_killed_leaves_nothing_outside_its_folder(cassandra: Cassandra) -> None:
    """What Java unpacks to load it, it takes away only where it ends in good order."""
    maps = Path(f"/proc/{cassandra.pid}/maps").read_text()
    unpacked = set(re.findall(r" (/.*/liblz4[^/\n]*)$", maps, re.M))
    assert unpacked
    assert all(Path(each).is_relative_to(cassandra.folder) for each in unpacked), unpacked
