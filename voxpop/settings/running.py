"""What a stack that runs on the data folder tells the commands that are given the folder."""

import json
from pathlib import Path


def address_of_stack(data: Path) -> str:
    """Where readers reach the stack of this folder; empty when none runs.

    So a link that a command prints opens the stack's pages, and not those of a server that is not
    there.
    """
    folder = data / "run" / "stack"
    try:
        supervisor = json.loads((folder / "state.json").read_text())["supervisor"]
        running = Path(f"/proc/{supervisor['pid']}/stat").read_text().rpartition(")")[2].split()
        # One that was killed has left its word behind, and its number may be somebody else's.
        if int(running[19]) != supervisor["began"]:
            return ""
        return str(json.loads((folder / "plan.json").read_text())["host"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""  # it was killed, is being written by another version, or there is none
