"""Words as they are kept: a folder, in it a file a language."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read(folder: Path, language: str) -> dict[str, Any]:
    """Every word of a language; English stands in for what it lacks."""
    found: dict[str, Any] = json.loads((folder / "en.json").read_text(encoding="utf-8"))
    if language in languages(folder):
        own = (folder / f"{language}.json").read_text(encoding="utf-8")
        found |= json.loads(own)
    return found


@cache
def languages(folder: Path) -> frozenset[str]:
    """The languages there are words in."""
    return frozenset(file.stem for file in folder.glob("*.json"))
