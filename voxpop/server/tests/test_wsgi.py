"""What a server has done before it listens."""

import subprocess
import sys

import pytest

# In a process of its own: in this one other tests have loaded everything.
FROZEN = """
import gc, sys
from voxpop.wsgi import freeze
assert "voxpop.urls" not in sys.modules
freeze()
assert "voxpop.api" in sys.modules
assert gc.get_freeze_count() > 100_000
"""


@pytest.mark.broad
def test_the_first_reader_does_not_wait_for_the_views_to_be_loaded():
    done = subprocess.run(
        [sys.executable, "-c", FROZEN], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
