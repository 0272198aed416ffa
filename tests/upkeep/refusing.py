"""A command that is refused."""

import subprocess

from tests.server.running import VOXPOP, Running


def refusal(server: Running, *arguments: str) -> str:
    """What the command says as it refuses; it must."""
    done = subprocess.run(
        [VOXPOP, *arguments],
        env=server._environment(), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    return done.stderr.strip()
