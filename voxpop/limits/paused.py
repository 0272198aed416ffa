"""Writing can be paused, for a backup or a move; reading goes on."""

import os
from pathlib import Path

from django.conf import settings

from voxpop.errors import Problem

RETRY_AFTER = 5


def refuse_while_paused() -> None:
    """Raises Problem while the operator has switched writes off; one stat, no query."""
    if is_paused():
        raise Problem("writes_paused", retry_after=RETRY_AFTER)


def is_paused() -> bool:
    """Whether writes are switched off."""
    return os.path.exists(paused_file())


def pause_writes() -> None:
    """Refuse writes from now on, in every process that shares the data folder."""
    paused_file().touch()


def resume_writes() -> None:
    """Take writes again."""
    paused_file().unlink(missing_ok=True)


def paused_file() -> Path:
    """Where the switch is kept: its existence is the state."""
    folder: Path = settings.DATA
    return folder / "writes-paused"
