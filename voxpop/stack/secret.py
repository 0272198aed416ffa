"""The one secret that Django and the edge nodes share."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voxpop.settings.environment import SettingsError

SHORTEST = 32


@dataclass(frozen=True)
class Secret:
    text: str = field(repr=False)
    # How the product's processes are told of it: by the name of a file, so that the plan of the
    # stack, which is written down, holds no secret.
    settings: Mapping[str, str]


def edge_secret(data: Path, given: str) -> Secret:
    """The secret of the environment, or one kept in the data folder since the first start.

    Raises SettingsError when the kept one is no secret.
    """
    if given:
        return Secret(given, {})
    file = data / "edge_secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file} can be read by others: chmod 600 {file}")
    text = file.read_text().strip()
    if len(text) < SHORTEST:
        raise SettingsError(
            f"{file} is too short: write at least {SHORTEST} random letters and digits, or delete "
            "it and `voxpop stack up` makes a new one."
        )
    return Secret(text, {"VOXPOP_EDGE_SECRET_FILE": str(file)})
