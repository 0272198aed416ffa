from typing import Any


def measure(report: Any, size: str) -> None: ...
