"""The one secret that Django and the edge nodes share, made at the first `stack up`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from voxpop.settings.environment import SettingsError

SHORTEST = 32


def secret_file(data: Path) -> Path:
    """The file of the secret, made if there is none; raises SettingsError when it is no secret."""
    file = data / "edge_secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file} can be read by others: chmod 600 {file}")
    if len(file.read_text().strip()) < SHORTEST:
        raise SettingsError(
            f"{file} is too short: write at least {SHORTEST} random letters and digits, or delete "
            "it and `voxpop stack up` makes a new one."
        )
    return file
