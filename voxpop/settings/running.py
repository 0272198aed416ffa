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
        state = json.loads((folder / "state.json").read_text())
        plan = json.loads((folder / "plan.json").read_text())
    except (OSError, ValueError):
        return ""  # it is being written, or there is none
    # One that was killed has left its word behind.
    is_alive = Path(f"/proc/{state['supervisor']['pid']}").exists()
    return str(plan["host"]) if is_alive else ""
